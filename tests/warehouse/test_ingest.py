"""From the journal into the tables: every row right, nothing written twice, no sum lost among workers."""

import asyncio
import multiprocessing
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, select, text

from backend.documents.client import open_documents
from backend.documents.journal import Draft, Seen, append, append_many, pending, read_head
from backend.documents.references import due_references, put_references
from backend.domain.clock import utc_now
from backend.domain.events import RevisionKind
from backend.domain.ids import AssociateId, CustomerId, StoreId
from backend.settings import Settings
from backend.warehouse import tables as t
from backend.warehouse.engine import open_engine
from etl.load.catalog import catalog_version, read_catalog
from etl.load.checksums import table_checksums
from etl.mentions import NoteReader
from etl.pipeline import Ingested, ingest, load_references
from etl.quality import INVARIANTS, Invariant
from etl.quality.money import LinesAddUp, OrdersAddUp
from etl.quality.sales import DailySalesAddUp, PurchasesAreCounted, SalesRollupAddsUp
from etl.quality.words import MentionsQuoteTheirNotes
from tests.journals import CUSTOMER, HOMESTEAD, WordReader

pytestmark = pytest.mark.usefixtures("documents")

PRODUCTS: list[dict[str, Any]] = [
    {"productid": "P-BOOTS", "skuid": "K-1", "productname": "Ski Boots", "productcategory": "Ski & Snow", "price": "289.00", "cost": 150},
    {"productid": "P-BARS", "productname": "Powerbars", "aliases": ["energy bars"], "brand": "Pow", "shelf": 4},
    {"productid": "P-MASK", "productname": "Ski Mask W", "subcategory": "Ski Masks", "gender": "Women", "size_range": "S-L"},
    {"productid": "P-SOCKS", "productname": "Wool Socks", "launchdate": "2024-02-01"},
]  # fmt: skip
CHANNELS: list[dict[str, Any]] = [
    {"store_id": "S-1", "store_name": "Main Street", "region": "East", "state": "new york", "currency": "USD"},
    {"store_id": "WEB", "platform_name": "Shop", "platform_url": "https://shop.example", "channel_type": "online"},
]


async def write(
    kind: RevisionKind, payload: dict[str, Any], customer_id: str = CUSTOMER, *, posted: bool = True
) -> None:
    head = await read_head(CustomerId(customer_id))
    seen = Seen.ANY if head is not None and head.document_revision else None
    await append(replace(draft(kind, payload, customer_id, posted=posted), seen=seen))


def draft(kind: RevisionKind, payload: dict[str, Any], customer_id: str = CUSTOMER, *, posted: bool = True) -> Draft:
    identity = payload.get(f"{kind.value}_id")
    return Draft(
        customer_id=CustomerId(customer_id),
        kind=kind,
        payload=payload,
        raw=orjson.dumps(payload),
        accepted_at=utc_now(),
        identity=str(identity) if identity is not None else None,
        store_id=StoreId("S-1"),
        author_id=AssociateId("A-7") if posted else None,
    )


async def run(engine: Engine, *customer_ids: str, reader: Any = None) -> Ingested:
    ids = [CustomerId(customer_id) for customer_id in customer_ids or (CUSTOMER,)]
    return await ingest(engine, reader or WordReader(), ids, clock=utc_now)


def rows(engine: Engine, query: str, **values: Any) -> Sequence[Any]:
    with engine.begin() as connection:
        return connection.execute(text(query), values).all()


def checksums(engine: Engine) -> dict[str, str]:
    with engine.begin() as connection:
        return table_checksums(connection)


async def test_the_homestead_document_with_the_real_reader(engine: Engine) -> None:
    await put_references("product", PRODUCTS, utc_now())
    await load_references(engine)
    with engine.begin() as connection:
        reader = NoteReader.from_catalog(read_catalog(connection))
    await write(RevisionKind.DOCUMENT, dict(HOMESTEAD))
    await run(engine, reader=reader)
    (customer,) = rows(engine, "SELECT * FROM customers")
    assert (customer.customer_id, customer.first_name, customer.last_name) == (CUSTOMER, "Fama", "Stres")
    assert (customer.city, customer.state, customer.phone_number) == ("london", "NY", "3084328")
    assert customer.last_interaction_on == date(2012, 7, 11)
    assert [
        tuple(r) for r in rows(engine, "SELECT order_id, status, filed_on, pointer FROM orders ORDER BY pointer")
    ] == [
        ("15122", "open", date(2012, 7, 10), "/orders/0"),
        ("12920", "closed", date(2012, 7, 1), "/orders/1"),
    ]
    assert [tuple(r) for r in rows(engine, "SELECT name, product_id FROM customer_products ORDER BY position")] == [
        ("Ski Boots", "P-BOOTS"),
        ("Powerbars", "P-BARS"),
    ]
    found = rows(
        engine,
        'SELECT m.text, m.product_id, m.intent, m.size, m.pointer, m.revision, substr(n.text, m.start + 1, m."end" - m.start) AS cut '
        "FROM mentions m JOIN notes n USING (customer_id, note_id) ORDER BY m.pointer",
    )
    boots, mask = found
    assert (boots.cut, boots.product_id, boots.pointer, boots.revision) == ("boots", "P-BOOTS", "/orders/0/comments", 1)
    assert (mask.text, mask.cut, mask.product_id, mask.size) == ("women's small ski mask", mask.text, "P-MASK", "S")
    assert mask.intent == "asked"
    assert [r.code for r in rows(engine, "SELECT code FROM warnings")] == ["state_city_mismatch"]


async def test_a_sale_moves_the_rollup_and_a_cancellation_moves_it_back(engine: Engine) -> None:
    sale = {"order_id": "O", "ordered_at": "2026-11-20T10:59:59Z", "status": "open", "lines": [
        {"product_id": "P-BOOTS", "quantity": 2, "unit_price": "100.10"}, {"name": "Glow Stick", "unit_price": 3},
    ]}  # fmt: skip
    await write(RevisionKind.ORDER, sale)
    await run(engine)
    cells = rows(
        engine, "SELECT hour::text, product_id, store_id, units, revenue_cents, n_lines FROM sales_hourly ORDER BY 2"
    )
    assert [tuple(cell) for cell in cells] == [
        ("2026-11-20 10:00:00+00", "P-BOOTS", "S-1", 2, 20020, 1),
        ("2026-11-20 10:00:00+00", "unlisted:glow-stick", "S-1", 1, 300, 1),
    ]
    await write(RevisionKind.ORDER, {"order_id": "O", "status": "canceled"})
    await run(engine)
    assert rows(engine, "SELECT * FROM sales_hourly") == []
    assert [r.amount_cents for r in rows(engine, "SELECT amount_cents FROM order_lines")] == [0, 0]


async def test_ingesting_again_writes_no_row(engine: Engine) -> None:
    await write(RevisionKind.DOCUMENT, dict(HOMESTEAD))
    await write(RevisionKind.ORDER, {"order_id": 3, "lines": ["Powerbars"], "payment_method": "COD"})
    await run(engine)
    names = [name for name in t.metadata.tables if name != "ingested"]
    stamps = {name: sorted(str(tuple(r)) for r in rows(engine, f"SELECT xmin, ctid, * FROM {name}")) for name in names}
    assert (await run(engine)).rows_written == {}
    await write(RevisionKind.DOCUMENT, dict(HOMESTEAD))  # the same document, as another revision
    again = await run(engine)
    assert again.rows_written == {}
    assert [c.revision for c in again.customers] == [3]
    assert stamps == {
        name: sorted(str(tuple(r)) for r in rows(engine, f"SELECT xmin, ctid, * FROM {name}")) for name in names
    }


async def test_markers_go_when_the_rows_are_there_and_the_announcement_was_made(engine: Engine) -> None:
    await write(RevisionKind.NOTE, {"note_id": "n", "text": "the boots"})
    told: list[Ingested] = []

    async def refuse(_: Ingested) -> None:
        raise ConnectionError

    async def tell(ingested: Ingested) -> None:
        told.append(ingested)

    with pytest.raises(ConnectionError):
        await ingest(engine, WordReader(), [CUSTOMER], clock=utc_now, announce=refuse)
    assert await waiting() == 1
    await ingest(engine, WordReader(), [CUSTOMER], clock=utc_now, announce=tell)
    assert told[0].live == (CUSTOMER,)
    assert told[0].customers == ()
    assert await waiting() == 0


async def waiting() -> int:
    return (await pending(utc_now()))[0]


async def test_what_a_run_answers(engine: Engine) -> None:
    await write(RevisionKind.DOCUMENT, dict(HOMESTEAD), posted=False)
    first = await run(engine, CUSTOMER, "nobody")
    assert first.live == ()
    assert rows(engine, "SELECT customer_id FROM ingested") == [(CUSTOMER,)]
    await write(RevisionKind.NOTE, {"note_id": "n", "text": "call tomorrow", "written_at": "2026-11-20T10:00:00Z"})
    second = await run(engine)
    assert (second.live, second.n_notes, second.held) == ((CUSTOMER,), 1, {CUSTOMER: 1})
    assert second.customers[0].sources == ("note/n",)
    steps = second.traces[CUSTOMER]
    assert steps["accepted"] <= steps["extracted"] <= steps["loaded"]
    (note,) = rows(engine, "SELECT * FROM notes WHERE note_id = 'n'")
    assert (note.follow_up_text, note.follow_up_due_on, note.author_id) == ("tomorrow", date(2026, 11, 21), "A-7")


async def test_a_document_that_shrank_takes_its_rows_along(engine: Engine) -> None:
    await write(RevisionKind.DOCUMENT, {**HOMESTEAD, "transactions": [{"transaction_id": "T", "amount": 5}]})
    await write(RevisionKind.ORDER, {"order_id": "O", "comments": "boots", "lines": ["Powerbars"]})
    await run(engine)
    await write(RevisionKind.DOCUMENT, {"firstname": "Fama"})
    await run(engine)
    left = {
        name: len(rows(engine, f"SELECT 1 FROM {name}"))
        for name in ("customer_products", "orders", "notes", "mentions", "transactions")
    }
    assert left == {"customer_products": 0, "orders": 1, "notes": 1, "mentions": 1, "transactions": 0}


async def test_references_are_loaded_once_and_a_named_product_becomes_listed(engine: Engine) -> None:
    await write(RevisionKind.ORDER, {"order_id": "O", "lines": [{"product_id": "P-SOCKS", "name": "socks"}]})
    await run(engine)
    assert [tuple(r) for r in rows(engine, "SELECT productid, productname, listed FROM products")] == [
        ("P-SOCKS", "socks", False)
    ]
    await put_references("product", PRODUCTS, utc_now())
    await put_references("channel", CHANNELS, utc_now())
    assert await load_references(engine) == 6
    with engine.begin() as connection:
        version = catalog_version(connection)
    assert await load_references(engine) == 0
    assert not await due_references(utc_now())
    socks, bars = rows(
        engine, "SELECT * FROM products WHERE productid IN ('P-SOCKS', 'P-BARS') ORDER BY productid DESC"
    )
    assert (socks.productname, socks.listed, socks.launchdate) == ("Wool Socks", True, date(2024, 2, 1))
    assert (bars.aliases, bars.extra) == (["energy bars"], {"/shelf": 4})
    assert rows(engine, "SELECT state FROM channels WHERE store_id = 'S-1'") == [("NY",)]
    await put_references("product", [{**PRODUCTS[0], "price": "199.00"}], utc_now())
    assert await load_references(engine) == 1
    with engine.begin() as connection:
        assert catalog_version(connection) != version
        boots = read_catalog(connection)[1]
    assert (boots.name, boots.price_cents, boots.cost_cents, boots.sku_id) == ("Ski Boots", 19900, 15000, "K-1")


def work(settings: Settings, customers: Sequence[str], seed: int) -> None:
    """Ingest batches that overlap those of the other processes."""
    asyncio.run(_work(settings, customers, random.Random(seed)))


async def _work(settings: Settings, customers: Sequence[str], chance: random.Random) -> None:
    client, engine = await open_documents(settings), open_engine(settings.warehouse_url)
    for _ in range(10):
        await run(engine, *chance.sample(customers, 8))
    engine.dispose()
    await client.close()


async def test_workers_on_the_same_customers_neither_deadlock_nor_count_twice(
    engine: Engine, settings: Settings
) -> None:
    chance = random.Random(4)
    customers = [f"c{n}" for n in range(12)]
    drafts: list[Draft] = []
    for n in range(240):
        line = {
            "product_id": f"P-{chance.randrange(5)}",
            "quantity": chance.randrange(1, 4),
            "unit_price": f"{chance.randrange(9000) / 100}",
        }
        payload = {
            "order_id": f"o{n % 90}",
            "ordered_at": f"2026-11-20T{n % 3:02}:10:00Z",
            "lines": [line, line],
            "n": n,
        }
        drafts.append(draft(RevisionKind.ORDER, payload, chance.choice(customers)))
    assert (await append_many(drafts)).refused == ()

    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=work, args=(settings, customers, seed)) for seed in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        await asyncio.to_thread(worker.join, 120)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    await run(engine, *customers)
    with engine.begin() as connection:
        assert SalesRollupAddsUp().check(connection) == []
        total = connection.execute(select(t.sales_hourly.c.revenue_cents)).scalars().all()
        assert sum(total) == sum(connection.execute(select(t.orders.c.amount_cents)).scalars()) > 0
        assert sum(connection.execute(select(t.ingested.c.revision)).scalars()) == 240


@pytest.mark.parametrize(
    ("invariant", "damage", "where"),
    [
        (SalesRollupAddsUp(), "UPDATE sales_hourly SET units = units + 1, n_lines = 2", "2026-11-20 00:00:00+00/P/S-1"),
        (DailySalesAddUp(), "UPDATE sales_daily SET revenue_cents = 299", "2026-11-20//S-1"),
        (DailySalesAddUp(), "DELETE FROM sales_daily", "2026-11-20//S-1"),
        (PurchasesAreCounted(), "DELETE FROM product_frequency", "2026-11-20/P/S-1"),
        (LinesAddUp(), "UPDATE order_lines SET amount_cents = 299", f"{CUSTOMER}/O/1"),
        (OrdersAddUp(), "UPDATE orders SET amount_cents = 299", f"{CUSTOMER}/O"),
        (MentionsQuoteTheirNotes(), "UPDATE mentions SET start = start - 1", f"{CUSTOMER}/order:O"),
    ],
)
async def test_every_invariant_holds_and_sees_damage(
    engine: Engine, invariant: Invariant, damage: str, where: str
) -> None:
    line = {"product_id": "P", "unit_price": 3}
    await write(
        RevisionKind.ORDER, {"order_id": "O", "filed_on": "2026-11-20", "comments": "the boots", "lines": [line]}
    )
    await run(engine)
    with engine.begin() as connection:
        assert [violation for each in INVARIANTS for violation in each.check(connection)] == []
        connection.execute(text(damage))
        (found,) = invariant.check(connection)
    assert found.where.startswith(where)


@pytest.mark.parametrize("posted", [True, False])
async def test_who_buys_is_no_longer_churned_at_once_where_somebody_posted_it(engine: Engine, *, posted: bool) -> None:
    await write(RevisionKind.DOCUMENT, dict(HOMESTEAD))
    await run(engine)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO customer_churn VALUES (:id, 'churned', 0.9, 28, 'churned', '', 'blend', now())",
            ),
            {"id": CUSTOMER},
        )
    line = {"product_id": "P-BARS", "quantity": 2, "unit_price": "3.00"}
    order = {"order_id": "o-1", "status": "closed", "filed_on": utc_now().date().isoformat(), "lines": [line]}
    await write(RevisionKind.ORDER, order, posted=posted)
    await run(engine)
    (told,) = rows(engine, "SELECT state, probability FROM customer_churn")
    assert told.state == ("active" if posted else "churned")
    assert (told.probability < 0.9) is posted
    assert [tuple(row) for row in rows(engine, "SELECT frequency, monetary_cents FROM customer_rfm")] == (
        [(1, 600)] if posted else []
    )
