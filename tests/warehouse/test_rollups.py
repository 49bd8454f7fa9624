"""The rollups are what a recount gives, whatever is sold, returned, recategorised or loaded again."""

import random
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text

from backend.analytics.compile import compile_query
from backend.analytics.semantic import MODEL
from backend.analytics.shape import parse_query
from backend.documents.references import put_references
from backend.domain.access import Caller, Role
from backend.domain.clock import utc_now
from backend.domain.events import RevisionKind
from backend.warehouse.engine import create_schema
from backend.warehouse.rollups import ROLLUPS
from etl.marts.rollups import recount
from etl.pipeline import load_references
from tests.warehouse.test_ingest import rows, run, write

pytestmark = pytest.mark.usefixtures("documents")
CHIEF = Caller("chief", Role.MANAGER)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _sales(granularity: str) -> list[dict[str, Any]]:
    return [{"dimension": "sales.time", "granularity": granularity, "dateRange": ["2026-09-01", "2026-11-21"]}]


def _bought(first: str, last: str) -> list[dict[str, Any]]:
    return [{"dimension": "product_frequency.day", "dateRange": [first, last]}]


_BOUGHT = {
    "measures": ["product_frequency.purchases", "product_frequency.units"],
    "dimensions": ["product_frequency.product_id"],
}
ASKED: list[dict[str, Any]] = [
    {
        "measures": ["sales.revenue", "sales.units", "sales.average_price"],
        "dimensions": ["products.category", "sales.store_id"],
        "timeDimensions": _sales("week"),
    },
    {
        "measures": ["sales.revenue", "sales.lines"],
        "dimensions": ["products.category", "channels.region"],
        "timeDimensions": _sales("month"),
    },
    *(
        {**_BOUGHT, "timeDimensions": _bought(*ends)}
        for ends in (
            ("2026-09-01", "2026-11-21"),  # days, weeks, days
            ("2026-09-07", "2026-09-20"),  # weeks only
            ("2026-09-05", "2026-09-12"),  # not one whole week
            ("2026-09-02", "2026-09-30"),
        )
    ),
]
"""Asked of a rollup, and of what it was made from."""


def soundness(engine: Engine) -> dict[str, list[Any]]:
    with engine.begin() as connection:
        return {rollup: list(recount(connection, rollup)) for rollup in ROLLUPS}


def as_written(row: Any) -> str:
    """A day is written without a zone, be it told from a date or from an hour."""
    return str([value.replace(tzinfo=None) if isinstance(value, datetime) else value for value in row])


def order(draw: random.Random, number: int) -> dict[str, Any]:
    lines = [
        {"product_id": f"P{draw.randrange(4)}", "quantity": draw.randrange(1, 4), "unit_price": draw.randrange(5, 50)}
        for _ in range(draw.randrange(1, 4))
    ]
    at = f"2026-{draw.randrange(9, 12):02}-{draw.randrange(1, 20):02}T{draw.randrange(24):02}:30:00Z"
    return {
        "order_id": f"o{number % 25}",
        "ordered_at": at,
        "status": draw.choice(["closed", "closed", "returned"]),
        "lines": lines,
        "store_id": draw.choice(["S1", "S2", "S3", None]),
    }


async def place(engine: Engine, **regions: str | None) -> None:
    await put_references("channel", [{"store_id": id_, "region": named} for id_, named in regions.items()], utc_now())
    await load_references(engine)


async def categorise(engine: Engine, **categories: str | None) -> None:
    products = [{"productid": id_, "productname": id_, "productcategory": named} for id_, named in categories.items()]
    await put_references("product", products, utc_now())
    await load_references(engine)


async def test_they_stay_sums_while_orders_and_categories_change(engine: Engine) -> None:
    draw = random.Random(3)
    sound: dict[str, list[Any]] = {rollup: [] for rollup in ROLLUPS}
    await categorise(engine, P0="Shoes", P1="Shoes", P2="Hats")
    await place(engine, S1="North", S2="North")
    for number in range(60):
        await write(RevisionKind.ORDER, order(draw, number), f"c{number % 3}")
        if number % 15 == 14:
            await run(engine, "c0", "c1", "c2")
            assert soundness(engine) == sound
    await categorise(engine, P1="Hats", P2=None, P3="Bags")
    assert soundness(engine) == sound
    await place(engine, S2="South", S3="East")
    assert soundness(engine) == sound
    assert {row.region for row in rows(engine, "SELECT region FROM sales_regional")} == {"North", "South", "East", ""}
    await place(engine, S1=None)
    assert soundness(engine) == sound
    assert {row.category for row in rows(engine, "SELECT category FROM sales_daily")} == {"Shoes", "Hats", "Bags", ""}

    for query in ASKED:
        with engine.begin() as connection:
            served, raw = (
                connection.execute(
                    compile_query(parse_query(query), CHIEF, NOW, model=model).statement, {"as_of": NOW}
                ).all()
                for model in (None, MODEL)
            )
        assert sorted(map(as_written, served)) == sorted(map(as_written, raw))
        assert len(raw) > 3


async def test_an_order_counts_once_for_a_product_however_many_lines_name_it(engine: Engine) -> None:
    line = {"product_id": "P", "unit_price": 3}
    said = {
        "order_id": "O",
        "filed_on": "2026-11-20",
        "lines": [line, {**line, "quantity": 2}, line | {"product_id": "Q"}],
    }
    await write(RevisionKind.ORDER, said)
    await write(RevisionKind.ORDER, {**said, "order_id": "O2", "lines": [line]})
    await run(engine)
    found = rows(engine, "SELECT day, product_id, n_orders, units FROM product_frequency ORDER BY 2")
    assert [tuple(row) for row in found] == [(date(2026, 11, 20), "P", 2, 4), (date(2026, 11, 20), "Q", 1, 1)]
    await write(RevisionKind.ORDER, {**said, "status": "canceled"})
    await run(engine)
    left = rows(engine, "SELECT product_id, n_orders, units FROM product_frequency")
    assert Counter(tuple(row) for row in left) == Counter([("P", 1, 1)])


async def test_a_warehouse_of_before_the_rollup_gets_it_filled(engine: Engine) -> None:
    await write(
        RevisionKind.ORDER, {"order_id": "O", "filed_on": "2026-11-20", "lines": [{"product_id": "P", "unit_price": 3}]}
    )
    await run(engine)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE sales_daily, product_frequency"))
    create_schema(engine)
    assert soundness(engine) == {rollup: [] for rollup in ROLLUPS}
    assert len(rows(engine, "SELECT * FROM product_frequency")) == 1
    create_schema(engine)  # again: nothing is counted twice
    assert soundness(engine) == {rollup: [] for rollup in ROLLUPS}
