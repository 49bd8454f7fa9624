"""Months of sales, loaded order by order: what the rollup tells of them equals the sums over the orders themselves."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import orjson
import pytest
from sqlalchemy import Engine

from backend.analytics.run import load
from backend.analytics.shape import parse_query
from backend.documents.journal import Draft, append_many
from backend.domain.access import Caller, Role
from backend.domain.events import RevisionKind
from backend.domain.ids import CustomerId, StoreId
from backend.settings import Settings
from backend.warehouse.engine import open_async_engine
from etl.pipeline import ingest
from tests.journals import WordReader

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CUSTOMERS = [CustomerId(f"c{n}") for n in range(4)]


def order(draw: random.Random, number: int) -> Draft:
    line = {"product_id": f"p{number % 3}", "quantity": draw.randint(1, 3), "unit_price": f"{draw.randint(1, 99)}.50"}
    payload = {
        "order_id": f"o{number}",
        "ordered_at": (NOW - timedelta(hours=draw.randrange(24 * 300))).isoformat(),
        "status": "canceled" if number % 9 == 0 else "closed",
        "lines": [line],
    }
    return Draft(
        customer_id=CUSTOMERS[number % len(CUSTOMERS)],
        kind=RevisionKind.ORDER,
        payload=payload,
        raw=orjson.dumps(payload),
        accepted_at=NOW,
        identity=f"o{number}",
        store_id=StoreId("S-1"),
        author_id=None,
    )


@pytest.mark.usefixtures("documents")
async def test_ten_months_from_the_rollup_equal_the_orders(settings: Settings, engine: Engine) -> None:
    draw = random.Random(11)
    drafts = [order(draw, number) for number in range(120)]
    for part in (drafts[:70], drafts[70:]):  # two runs: the second moves what the first wrote
        await append_many(part)
        await ingest(engine, WordReader(), CUSTOMERS, clock=lambda: NOW)
    sold: Counter[str] = Counter()
    for draft in drafts:
        for line in draft.payload["lines"] if draft.payload["status"] == "closed" else ():
            cents = int(Decimal(line["unit_price"]) * 100) * line["quantity"]
            sold[draft.payload["ordered_at"][:7]] += cents
    time = {"dimension": "sales.time", "granularity": "month", "dateRange": ["2026-01-01", "2026-11-22"]}
    query = parse_query({"measures": ["sales.revenue"], "timeDimensions": [time]})
    doors = open_async_engine(settings.warehouse_url)
    async with doors.connect() as connection:
        answer = await load(connection, query, Caller("chief", Role.MANAGER), NOW)
    await doors.dispose()
    months = {row["sales.time"][:7]: int(Decimal(row["sales.revenue"]) * 100) for row in answer.rows}
    assert months == {month: sold[month] for month in months}
    assert len(months) == 11
    assert sum(months.values()) == sold.total() > 0
