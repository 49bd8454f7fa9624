"""Rebuilding from the journal alone gives the tables that loading bit by bit has given."""

import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine, text

from backend.documents.references import put_references
from backend.documents.suggestions import merge_suggestions, read_suggestions
from backend.domain.clock import utc_now
from backend.domain.errors import ConflictError
from backend.domain.events import JournalEntry, RevisionKind
from backend.domain.ids import CustomerId, NoteId, ProductId, SuggestionId
from backend.domain.suggestions import NoteSpan, SuggestedProduct, Suggestion, SuggestionKind
from backend.settings import Settings as FloorbookSettings
from backend.warehouse.engine import create_schema, open_engine
from cli.commands.rebuild import lines_of
from etl.load.catalog import read_catalog
from etl.load.checksums import COMPARED, table_checksums
from etl.load.schemas import drop_schema
from etl.load.statements import PLANS
from etl.load.states import lock_customers, mark_ingested, read_states
from etl.load.write import write_states
from etl.mentions import NoteReader
from etl.normalize.fold import fold
from etl.normalize.note_rows import read_notes
from etl.normalize.state import CustomerState
from etl.pipeline import ingest, load_references, load_suggestions, orders_alone
from etl.rebuild import RebuildReport, rebuild
from tests.journals import ACCEPTED_AT, CUSTOMER, HOMESTEAD, WordReader, journals
from tests.warehouse.test_ingest import CHANNELS, PRODUCTS, checksums, rows, write


async def a_week_of_work(engine: Engine) -> None:
    """Twenty customers' documents, orders and notes, ingested in many small batches."""
    await put_references("product", PRODUCTS, utc_now())
    await put_references("channel", CHANNELS, utc_now())
    await load_references(engine)
    with engine.begin() as connection:
        reader = NoteReader.from_catalog(read_catalog(connection))
    chance = random.Random(5)
    customers = [CustomerId(f"c{n}") for n in range(20)]
    for n in range(120):
        customer = chance.choice(customers)
        kind = chance.choice(list(RevisionKind))
        await write(kind, payload(kind, n, chance), customer)
        if n % 7 == 0:
            await ingest(engine, reader, [customer, chance.choice(customers)], clock=utc_now)
    await ingest(engine, reader, customers, clock=utc_now)


def payload(kind: RevisionKind, n: int, chance: random.Random) -> dict[str, Any]:
    line = {
        "product_id": chance.choice(["P-BOOTS", "P-SOCKS"]),
        "quantity": chance.randrange(1, 4),
        "unit_price": "19.99",
    }
    match kind:
        case RevisionKind.DOCUMENT:
            return {
                **HOMESTEAD,
                "customerId": None,
                "phone": f"308432{n % 3}",
                "products": chance.sample(["Ski Boots", "Glow Stick", "Powerbars"], 2),
            }
        case RevisionKind.ORDER:
            status = chance.choice(["closed", "canceled"])
            return {
                "order_id": f"o{n % 40}",
                "status": status,
                "filed_on": "2026-11-02",
                "lines": [line, {"name": "Tent Peg", "price": n}],
            }
        case RevisionKind.NOTE:
            return {
                "note_id": f"n{n}",
                "text": "wants the boots, call back tomorrow",
                "written_at": "2026-11-20T10:00:00Z",
            }
        case RevisionKind.TRANSACTION:
            return {"transaction_id": f"t{n % 30}", "transaction_amount": f"{n}.10", "order_id": f"o{n % 40}"}
        case RevisionKind.RETRACTION:
            return {"note_id": f"n{n - 4}"}


async def run(settings_: FloorbookSettings, *, swap: bool, processes: int | None = None) -> RebuildReport:
    return await rebuild(settings_, clock=utc_now, swap=swap, processes=processes)


def suggestion() -> Suggestion:
    reason = NoteSpan(NoteId("order:12920"), 1, "/orders/1/comments", 12, 34, "women's small ski mask")
    product = SuggestedProduct(ProductId("P-MASK"), "Ski Mask W", 2900, "USD")
    return Suggestion(
        id=SuggestionId("s-1"),
        kind=SuggestionKind.FOLLOW_UP,
        customer_id=CUSTOMER,
        associate_id=None,
        store_id=None,
        title="Call Fama",
        body="about the mask",
        products=(product,),
        due_on=None,
        expires_at=ACCEPTED_AT,
        score=0.5,
        because=(reason,),
        model_version="1",
    )


def schemas(engine: Engine) -> list[str]:
    return [row.nspname for row in rows(engine, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rebuild%'")]


@pytest.mark.usefixtures("documents")
async def test_rebuild_equals_what_was_loaded_bit_by_bit(engine: Engine, settings: FloorbookSettings) -> None:
    await a_week_of_work(engine)
    before = checksums(engine)
    for swap, processes in ((False, 2), (True, None)):
        report = await run(settings, swap=swap, processes=processes)
        assert report.differences == []
        assert report.progress.entries == 120
        assert lines_of(report)[-1] == "The fresh tables equal the live ones."
        assert checksums(engine) == before
        assert schemas(engine) == []
    assert all(
        report.n_rows[name]
        for name in (
            "customers",
            "customer_history",
            "orders",
            "order_lines",
            "notes",
            "mentions",
            "transactions",
            "sales_hourly",
        )
    )
    indexes = rows(engine, "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND tablename = 'orders'")
    assert {row.indexname for row in indexes} == {"orders_pkey", "orders_ordered_at"}


@pytest.mark.usefixtures("documents")
async def test_diff_shows_what_is_wrong_and_changes_nothing_and_a_rebuild_mends_it(
    engine: Engine, settings: FloorbookSettings
) -> None:
    await a_week_of_work(engine)
    right = checksums(engine)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE order_lines SET amount_cents = amount_cents + 1 WHERE line_number = 1 AND sold")
        )
        connection.execute(text("DELETE FROM notes WHERE order_id IS NULL"))
        connection.execute(text("INSERT INTO channels (store_id, updated_at) VALUES ('GHOST', now())"))
    wrong = checksums(engine)
    report = await run(settings, swap=False)
    assert checksums(engine) == wrong
    found = {d.table: (d.n_added > 0, d.n_removed, d.n_changed > 0) for d in report.differences}
    assert found == {"channels": (False, 1, False), "order_lines": (False, 0, True), "notes": (True, 0, False)}
    assert "channels would change: 0 added, 1 removed, 0 changed" in lines_of(report)
    assert "  removed: (GHOST)" in lines_of(report)
    assert (await run(settings, swap=True)).swapped
    assert checksums(engine) == right


@pytest.mark.usefixtures("documents")
async def test_suggestions_come_back_too(engine: Engine, settings: FloorbookSettings) -> None:
    await merge_suggestions([suggestion()], region_of={}, traces={}, now=ACCEPTED_AT)
    load_suggestions(engine, await read_suggestions(["s-1"]))
    before = checksums(engine)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM suggestions"))
    await run(settings, swap=True)
    assert checksums(engine) == before
    (row,) = rows(engine, "SELECT * FROM suggestions")
    assert (row.customer_id, row.product_ids, row.status, row.because[0]["type"]) == (
        CUSTOMER,
        ["P-MASK"],
        "new",
        "note_span",
    )


@pytest.mark.usefixtures("documents")
async def test_a_view_on_the_tables_is_not_lost_in_silence(engine: Engine, settings: FloorbookSettings) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE VIEW mine AS SELECT * FROM orders"))
    with pytest.raises(ConflictError, match=r"public\.mine"):
        await run(settings, swap=True)
    assert schemas(engine) == []


@pytest.mark.usefixtures("documents")
async def test_the_command_prints_what_would_change(
    engine: Engine, settings: FloorbookSettings, tmp_path: Path
) -> None:
    await write(RevisionKind.DOCUMENT, dict(HOMESTEAD))
    environment = {
        "PATH": os.environ["PATH"],
        "FLOORBOOK_DATA": str(tmp_path),
        "FLOORBOOK_MONGO_URL": settings.mongo_url,
        "FLOORBOOK_MONGO_DATABASE": settings.mongo_database,
        "FLOORBOOK_REDIS_URL": settings.redis_url,
        "FLOORBOOK_WAREHOUSE_URL": settings.warehouse_url,
    }
    command = [sys.executable, "-m", "cli.main", "rebuild", "--diff"]
    done = await asyncio.to_thread(subprocess.run, command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0].startswith("1 customers, 1 entries in ")
    assert "orders would change: 2 added, 0 removed, 0 changed" in done.stdout
    assert rows(engine, "SELECT 1 FROM orders") == []


def test_checksums_do_not_depend_on_the_order_of_rows_and_see_every_change(engine: Engine) -> None:
    def fill(*stores: tuple[str, str]) -> str:
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM channels"))
            for store, name in stores:
                connection.execute(
                    text("INSERT INTO channels (store_id, store_name, updated_at) VALUES (:s, :n, now())"),
                    {"s": store, "n": name},
                )
            found = table_checksums(connection)
        assert set(found) == set(COMPARED)
        return found["channels"]

    one = fill(("a", "x"), ("b", "y"))
    assert fill(("b", "y"), ("a", "x")) == one
    assert len({one, fill(("a", "y"), ("b", "x")), fill(("a", "x")), fill()}) == 4


@given(journal=journals())
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_tables_hold_exactly_what_was_folded(engine: Engine, journal: list[JournalEntry]) -> None:
    """Loaded entry by entry, orders by what is held of them alone, the tables equal the fold of the whole journal."""
    fresh = "fold_and_load"
    with engine.begin() as connection:
        drop_schema(connection, fresh)
    own = open_engine(str(engine.url.render_as_string(hide_password=False)), schema=fresh)
    create_schema(own, schema=fresh)
    for entry in journal:
        with own.begin() as connection:
            held = lock_customers(connection, [CUSTOMER], ACCEPTED_AT)
            before = list(read_states(connection, held, orders_alone({CUSTOMER: [entry]})).values())
            after = [fold(state, [entry], WordReader()) for state in before]
            read_notes(after, WordReader())
            write_states(connection, before, after)
            mark_ingested(connection, {CUSTOMER: after[0].revision}, ACCEPTED_AT)
    at_once = fold(CustomerState(CUSTOMER), journal, WordReader())
    read_notes([at_once], WordReader())
    with own.begin() as connection:
        loaded = read_states(connection, {CUSTOMER: len(journal)})[CUSTOMER]
    own.dispose()
    for plan in PLANS:
        assert dict(plan.held(loaded)) == dict(plan.held(at_once)), plan.name
