"""The mart of unmet demand beside the same told by pandas; whatever order things come in, told once or twice."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, Table, delete, insert, select, text, update

from backend.documents.references import put_references
from backend.domain.clock import utc_now
from backend.domain.events import RevisionKind
from backend.domain.ids import CustomerId
from backend.warehouse import tables as t
from etl.load.catalog import read_catalog
from etl.load.checksums import table_checksums
from etl.marts.unmet_demand import LEAST_CONFIDENCE, PURCHASE_DAYS, misjudged_asks, refresh_all, refresh_unmet_demand
from etl.mentions import NoteReader
from etl.pipeline import ingest, load_references
from tests.warehouse.test_ingest import CHANNELS, PRODUCTS, write

Row = dict[str, Any]
FIRST_DAY = datetime(2026, 9, 1, tzinfo=UTC)
FROM = {"revision": 1, "source_kind": "note", "pointer": "/text"}
KINDS = {"A1": "Boots", "A2": "Boots", "B1": "Socks", "C1": None}
INTENTS = ("wants", "asked", "bought", "rejected", "owns")


def world(seed: int, n_customers: int = 40) -> dict[str, list[Row]]:
    """Draw notes, mentions, asks and orders at random, edges included: hours around midnight, the last day, no store."""
    draw = random.Random(seed)
    rows: dict[str, list[Row]] = {
        name: [] for name in ("customers", "notes", "mentions", "unsold_asks", "orders", "order_lines")
    }
    rows["products"] = [
        {
            "productid": p,
            "productname": p,
            "subcategory": kind,
            "aliases": [],
            "listed": True,
            "extra": {},
            "updated_at": FIRST_DAY,
        }
        for p, kind in KINDS.items()
    ]
    for customer_id in (f"c{n:02d}" for n in range(n_customers)):
        rows["customers"].append(
            {
                **FROM,
                "customer_id": customer_id,
                "store_id": draw.choice(["S1", None]),
                "search_text": "",
                "extra": {},
                "updated_at": FIRST_DAY,
            }
        )
        for number in range(draw.randrange(4)):
            at = _moment(draw)
            order = {"customer_id": customer_id, "order_id": f"o{number}", "ordered_at": at}
            rows["orders"].append(
                {
                    **FROM,
                    **order,
                    "filed_on": draw.choice([None, at.date()]),
                    "n_lines": 1,
                    "amount_cents": 1,
                    "extra": {},
                }
            )
            line = {
                "line_number": 1,
                "product_id": draw.choice(list(KINDS)),
                "quantity": 1,
                "sold": draw.random() < 0.8,
            }
            rows["order_lines"].append(
                {**FROM, **order, **line, "unit_price_cents": 1, "discount_cents": 0, "amount_cents": 1}
            )
        for number in range(draw.randrange(4)):
            rows["notes"].append(_note(draw, customer_id, number))
            note = {"customer_id": customer_id, "note_id": f"n{number}", "text": "x", "extractor_version": "1", **FROM}
            for position in range(draw.randrange(3)):
                rows["mentions"].append(
                    {**note, **_mention(draw), "position": position, "start": position, "end": position + 1}
                )
            if draw.random() < 0.3:
                rows["unsold_asks"].append(
                    {**note, "position": 0, "start": 0, "end": 1, "wanted": "ice axe", "head": "axe"}
                )
    return rows


def _moment(draw: random.Random) -> datetime:
    return FIRST_DAY + timedelta(days=draw.randrange(40), hours=draw.choice([0, 12, 23]), minutes=draw.choice([0, 59]))


def _note(draw: random.Random, customer_id: str, number: int) -> Row:
    common = {
        **FROM,
        "customer_id": customer_id,
        "note_id": f"n{number}",
        "text": "xyz",
        "extra": {},
        "extractor_version": "1",
    }
    said = {"written_at": draw.choice([None, _moment(draw)]), "accepted_at": _moment(draw)}
    return common | said | {"store_id": draw.choice(["S2", "", None]), "order_id": draw.choice([None, None, "o0"])}


def _mention(draw: random.Random) -> Row:
    ids = draw.choice([["A1"], ["A1", "A2"], ["B1"], []])
    said: Row = {"product_ids": ids, "product_id": ids[0] if ids else None}
    said |= {"category": draw.choice(["Boots", "Socks"]) if not ids else KINDS[ids[0]]}
    said |= {
        "intent": draw.choice(INTENTS),
        "confidence": draw.choice([LEAST_CONFIDENCE - 0.01, LEAST_CONFIDENCE, 0.9]),
    }
    return said | {
        "shortage": draw.choice([None, None, "size", "color", "out_of_stock"]),
        "color": draw.choice([None, "plum"]),
    }


def fill(connection: Connection, rows: dict[str, list[Row]]) -> None:
    for name, found in rows.items():
        table: Table = t.metadata.tables[name]
        for row in found:
            connection.execute(insert(table).values(row))


def expected(rows: dict[str, list[Row]]) -> set[tuple[Any, ...]]:
    """Tell the mart from the rows with pandas alone."""
    notes = pd.DataFrame(rows["notes"]).merge(
        pd.DataFrame(rows["customers"])[["customer_id", "store_id"]], on="customer_id", suffixes=("", "_of")
    )
    notes = notes.merge(
        pd.DataFrame(rows["orders"])[["customer_id", "order_id", "filed_on"]],
        on=["customer_id", "order_id"],
        how="left",
    )
    written = pd.to_datetime(notes.written_at, utc=True).fillna(pd.to_datetime(notes.accepted_at, utc=True))
    notes["asked_on"] = [
        filed if isinstance(filed, date) and not pd.isna(filed) else at.date()
        for filed, at in zip(notes.filed_on, written, strict=True)
    ]
    notes["store"] = [_text(own) or _text(other) for own, other in zip(notes.store_id, notes.store_id_of, strict=True)]
    keys = ["customer_id", "note_id"]
    mentions = pd.DataFrame(rows["mentions"]).merge(notes[[*keys, "asked_on", "store"]], on=keys)
    wanted = mentions.intent.isin(["wants", "asked"]) | ((mentions.intent == "rejected") & mentions.shortage.notna())
    lines = pd.DataFrame(rows["order_lines"])
    lines = lines[lines.sold].assign(
        day=lambda f: pd.to_datetime(f.ordered_at, utc=True).dt.date, kind=lambda f: f.product_id.map(KINDS)
    )
    found: set[tuple[Any, ...]] = set()
    asks: list[Any] = mentions[wanted & (mentions.confidence >= LEAST_CONFIDENCE)].to_dict("records")
    for ask in asks:
        until = ask["asked_on"] + timedelta(days=PURCHASE_DAYS)
        own = lines[(lines.customer_id == ask["customer_id"]) & (lines.day >= ask["asked_on"]) & (lines.day <= until)]
        if not (own.product_id.isin(ask["product_ids"]) if ask["product_ids"] else own.kind == ask["category"]).any():
            key = (ask["customer_id"], ask["note_id"], "mention", ask["position"])
            found.add(
                (
                    *key,
                    ask["asked_on"],
                    until,
                    _text(ask["shortage"]) or "not_bought",
                    _text(ask["store"]),
                    ask["category"],
                )
            )
    unsold: list[Any] = (
        pd.DataFrame(rows["unsold_asks"]).merge(notes[[*keys, "asked_on", "store"]], on=keys).to_dict("records")
    )
    for ask in unsold:
        until = ask["asked_on"] + timedelta(days=PURCHASE_DAYS)
        key = (ask["customer_id"], ask["note_id"], "unsold_ask", 0)
        found.add((*key, ask["asked_on"], until, "not_carried", _text(ask["store"]), None))
    return found


def _text(value: object) -> str | None:
    """Answer a text, or None where pandas has NaN."""
    return value if isinstance(value, str) else None


def held(connection: Connection) -> set[tuple[Any, ...]]:
    c = t.unmet_demand.c
    columns = (
        c.customer_id,
        c.note_id,
        c.source,
        c.position,
        c.asked_on,
        c.open_until,
        c.reason,
        c.store_id,
        c.subcategory,
    )
    return {tuple(row) for row in connection.execute(select(*columns))}


@pytest.mark.parametrize("seed", range(5))
def test_the_mart_is_what_pandas_tells(engine: Engine, seed: int) -> None:
    rows = world(seed)
    with engine.begin() as connection:
        fill(connection, rows)
        n_written = refresh_unmet_demand(connection, None)
        told = held(connection)
        assert told == expected(rows)
        assert n_written == len(told) > 20
        assert refresh_unmet_demand(connection, None) == 0
        assert misjudged_asks(connection) == []


def test_customer_by_customer_is_the_same_as_all_at_once(engine: Engine) -> None:
    with engine.begin() as connection:
        fill(connection, world(7))
        refresh_unmet_demand(connection, None)
        whole = held(connection)
        connection.execute(delete(t.unmet_demand))
        for n in random.Random(1).sample(range(40), 40):
            refresh_unmet_demand(connection, [f"c{n:02d}"])
        assert held(connection) == whole


def test_a_refresh_in_batches_follows_the_catalogue(engine: Engine) -> None:
    rows = world(11)
    with engine.begin() as connection:
        fill(connection, rows)
        refresh_unmet_demand(connection, None)
        connection.execute(update(t.products).where(t.products.c.productid == "B1").values(subcategory="Boots"))
        assert misjudged_asks(connection)
    assert refresh_all(engine, utc_now()) > 0
    with engine.begin() as connection:
        assert misjudged_asks(connection) == []
        (mart,) = connection.execute(select(t.mart_refreshes)).all()
        assert (mart.mart, mart.n_rows) == ("unmet_demand", len(held(connection)))


def test_misjudged_asks_are_named(engine: Engine) -> None:
    with engine.begin() as connection:
        fill(connection, world(3))
        refresh_unmet_demand(connection, None)
        connection.execute(text("DELETE FROM unmet_demand WHERE source = 'unsold_ask'"))
        connection.execute(text("UPDATE mentions SET intent = 'owns'"))
        wrong = misjudged_asks(connection, limit=1000)
    assert {is_held for _, is_held in wrong} == {True, False}
    assert all("/unsold_ask/" in ask for ask, is_held in wrong if not is_held)


async def asked_for(engine: Engine) -> Sequence[Any]:
    with engine.begin() as connection:
        order = (t.unmet_demand.c.note_id, t.unmet_demand.c.start)
        return connection.execute(select(t.unmet_demand).order_by(*order)).all()


@pytest.mark.usefixtures("documents")
async def test_a_note_asks_an_order_meets_and_its_cancellation_leaves_it_unmet_again(engine: Engine) -> None:
    await put_references("product", PRODUCTS, utc_now())
    await put_references("channel", CHANNELS, utc_now())
    await load_references(engine)
    with engine.begin() as connection:
        reader = NoteReader.from_catalog(read_catalog(connection))

    async def load() -> Any:
        return await ingest(engine, reader, [CustomerId("c")], clock=utc_now)

    said = "Wants the ski boots in plum. Do we sell splitboards? We don't."
    await write(RevisionKind.NOTE, {"note_id": "n1", "text": said, "written_at": "2026-11-02T10:00:00Z"}, "c")
    loaded = await load()
    assert loaded.rows_written["unmet_demand"] == 2
    boots, board = await asked_for(engine)
    assert (boots.product_id, boots.color, boots.reason, boots.store_id) == ("P-BOOTS", "plum", "not_bought", "S-1")
    assert (board.wanted, board.reason, board.product_id) == ("splitboard", "not_carried", None)
    assert (
        [said[ask.start : ask.end] for ask in (boots, board)]
        == [boots.text, board.text]
        == ["ski boots", "splitboards"]
    )
    assert (board.revision, board.source_kind, board.pointer) == (1, "note", "/text")

    sale = {
        "order_id": "O",
        "ordered_at": "2026-11-16T23:59:00Z",
        "status": "closed",
        "lines": [{"product_id": "P-BOOTS", "quantity": 1, "unit_price": "100"}],
    }
    await write(RevisionKind.ORDER, sale, "c")
    await load()
    assert [ask.wanted for ask in await asked_for(engine)] == ["splitboard"]
    await write(RevisionKind.ORDER, {**sale, "status": "canceled"}, "c")
    await load()
    assert [ask.wanted for ask in await asked_for(engine)] == [None, "splitboard"]
    await write(RevisionKind.ORDER, {**sale, "ordered_at": "2026-11-17T00:00:00Z"}, "c")  # a day too late
    await load()
    assert len(await asked_for(engine)) == 2

    with engine.begin() as connection:
        before = table_checksums(connection)
        for table in (
            t.ingested,
            t.notes,
            t.mentions,
            t.unsold_asks,
            t.unmet_demand,
            t.orders,
            t.order_lines,
            t.sales_hourly,
            t.sales_daily,
            t.sales_regional,
            t.product_purchases,
            t.product_frequency,
            t.warnings,
        ):
            connection.execute(delete(table))
    await load()
    with engine.begin() as connection:
        assert table_checksums(connection) == before
    await write(RevisionKind.RETRACTION, {"note_id": "n1"}, "c")
    await load()
    assert await asked_for(engine) == []
