"""Other databases are read page by page; stopped and begun again, nothing is missed, and twice is once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from sqlalchemy import create_engine, text

from backend.documents.source_positions import read_source_position
from backend.settings import Settings
from backend.warehouse.databases import create_database
from cli.commands.pull import read_table
from cli.errors import CommandError, UnusableInputError
from cli.importing.connections import Reading, read_connections
from cli.importing.database import Position, Table, open_database, read_position, written
from cli.importing.load import Import, Tally
from cli.importing.rejects import Rejects
from cli.importing.shapes import SHAPES
from tests.servers import Servers

Documents = AsyncMongoClient[dict[str, Any]]
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONNECTIONS = """
[crm]
url = "CRM_URL"
[[crm.read]]
kind = "customers"
table = "people"
changed = "touched"
[crm.read.columns]
"Id" = "customer_id"
"Given Name" = "first_name"
[[crm.read]]
kind = "orders"
query = "SELECT o.id AS order_id, o.person AS customer_id, o.at AS ordered_at, l.item AS product_id, l.n AS quantity, l.price AS unit_price FROM sales o JOIN items l ON l.sale = o.id"
key = "order_id"
"""


@pytest.fixture
def there(servers: Servers) -> str:
    """Somebody else's PostgreSQL database with three people, and two orders of two lines."""
    url = create_database(servers.warehouse_url, f"crm_{datetime.now(UTC).timestamp():.0f}_{id(servers) % 1000}")
    with changed(url) as run:
        run(
            'CREATE TABLE people ("Id" integer PRIMARY KEY, "Given Name" text, "shoeWidth" numeric, touched timestamptz)'
        )
        run("CREATE TABLE sales (id integer PRIMARY KEY, person integer, at timestamp)")
        run("CREATE TABLE items (sale integer, item text, n integer, price numeric)")
        for number in (1, 2, 3):
            run(f"INSERT INTO people VALUES ({number}, 'Ada {number}', 4.5, '2026-11-0{number} 10:00:00.123456+00')")
        run("INSERT INTO sales VALUES (7, 1, '2026-11-02 09:00'), (8, 2, '2026-11-03 09:00')")
        run("INSERT INTO items VALUES (7, 'P1', 1, 9.90), (7, 'P2', 2, 5), (8, 'P1', 1, 9.90), (8, 'P3', 1, 1)")
    return url


@contextmanager
def changed(url: str) -> Iterator[Any]:
    engine = create_engine(url)
    with engine.begin() as connection:
        yield lambda statement: connection.execute(text(statement))
    engine.dispose()


@contextmanager
def table(reading: Reading, n_entries: int = 100) -> Iterator[Table]:
    engine = open_database(reading.url)
    yield Table(reading, engine, n_entries)
    engine.dispose()


def readings(folder: Path, url: str) -> dict[str, Reading]:
    file = folder / "crm.toml"
    file.write_text(CONNECTIONS, encoding="utf-8")
    return {reading.kind: reading for reading in read_connections(file, {"CRM_URL": url})}


async def pulled(reading: Reading, folder: Path) -> tuple[Tally, str | None]:
    with Rejects(folder / "rejects.jsonl") as rejects:
        tally = await read_table(reading, Import(SHAPES[reading.kind], lambda: NOON), rejects)
    return tally, rejects.first


async def stored(documents: Documents, settings: Settings) -> list[dict[str, Any]]:
    found = documents[settings.mongo_database]["revisions"].find({}).sort("_id")
    return [entry async for entry in found]


async def test_people_come_with_all_their_columns_and_then_only_who_changed(
    documents: Documents, settings: Settings, tmp_path: Path, there: str
) -> None:
    people = readings(tmp_path, there)["customers"]
    assert (await pulled(people, tmp_path))[0] == Tally(rows=3, taken=3)
    first = (await stored(documents, settings))[0]
    assert first["customer_id"] == "1"
    assert first["payload"]["first_name"] == "Ada 1"
    assert first["payload"]["shoeWidth"] == "4.5"  # unknown columns are kept

    with changed(there) as run:
        run("""UPDATE people SET "Given Name" = 'Adele', touched = '2026-11-05 10:00+00' WHERE "Id" = 2""")
        run("INSERT INTO people VALUES (4, 'Zoe', NULL, '2026-11-05 11:00+00'), (5, 'Never', NULL, NULL)")
    tally, _ = await pulled(people, tmp_path)
    assert (tally.taken, tally.known) == (2, 1), "the one that came last is looked at again: commits may be late"
    assert {one["payload"]["first_name"] for one in await stored(documents, settings)} == {
        "Ada 1", "Ada 2", "Ada 3", "Adele", "Zoe",
    }  # fmt: skip


async def test_an_order_is_whole_whatever_the_page(
    documents: Documents, settings: Settings, tmp_path: Path, there: str
) -> None:
    orders = readings(tmp_path, there)["orders"]
    with table(orders, n_entries=1) as opened:
        pages = list(opened.pages(None))
    assert [[row["order_id"] for row in page.cells] for page in pages] == [[7, 7], [8, 8]]
    assert (await pulled(orders, tmp_path))[0] == Tally(rows=4, taken=2)
    assert [len(one["payload"]["lines"]) for one in await stored(documents, settings)] == [2, 2]
    assert (await pulled(orders, tmp_path))[0] == Tally(rows=4, known=2)
    assert await read_source_position(orders.name) is None  # no column tells what changed: all is read each time


async def test_stopped_half_way_it_goes_on_where_it_was(there: str, tmp_path: Path) -> None:
    people = readings(tmp_path, there)["customers"]
    with table(people, n_entries=1) as opened:
        first = next(iter(opened.pages(None)))
        exact = Position(first.after.key, first.after.changed)
        assert [page.cells[0]["customer_id"] for page in opened.pages(exact)] == [2, 3]
    after = read_position(written(first.after))
    assert isinstance(after.changed, datetime)
    assert first.after.changed - after.changed == timedelta(minutes=5)  # to the microsecond


async def test_what_can_not_be_taken_is_put_aside_and_the_rest_comes(
    documents: Documents, settings: Settings, tmp_path: Path, there: str
) -> None:
    with changed(there) as run:
        run("INSERT INTO items VALUES (8, NULL, 1, 2)")
    tally, first = await pulled(readings(tmp_path, there)["orders"], tmp_path)
    assert tally.taken == 2
    assert first is not None
    assert first.startswith("crm/orders:")
    assert "no product_id" in first


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("", "nothing to read"),
        ('[crm]\nurl = "postgresql://me:secret@host/db"\n', "holds an address"),
        ('[crm]\nurl = "NOT_SET"\n', "NOT_SET is not set"),
        ('[crm]\nurl = "CRM_URL"\n[[crm.read]]\nkind = "people"\ntable = "t"\n', "kind is one of"),
        ('[crm]\nurl = "CRM_URL"\n[[crm.read]]\nkind = "customers"\n', "either a table or a query"),
        ('[crm]\nurl = "CRM_URL"\n[[crm.read]]\nkind = "customers"\ntable = "t"\n', "key names the column"),
        ('[crm]\nurl = "CRM_URL"\n[[crm.read]]\nkind = "customers"\ntable = "t"\nwhere = "x"\n', "'where' is none of"),
    ],
)
def test_a_file_that_can_not_be_used_is_refused_with_the_place(tmp_path: Path, said: str, what: str) -> None:
    file = tmp_path / "c.toml"
    file.write_text(said, encoding="utf-8")
    with pytest.raises(UnusableInputError, match=what):
        read_connections(file, {"CRM_URL": "sqlite://"})


def test_a_database_that_does_not_answer_is_said_without_its_password() -> None:
    url = "postgresql+psycopg://me:hunter2@127.0.0.1:1/none?connect_timeout=1"
    reading = Reading("crm/people", url, "customers", "people", None, "id")
    with table(reading) as opened, pytest.raises(CommandError, match="crm/people") as refused:
        list(opened.pages(None))
    assert "hunter2" not in str(refused.value)
    with pytest.raises(UnusableInputError, match="address"):
        open_database("nonsense")
