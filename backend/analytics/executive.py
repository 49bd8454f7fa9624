"""The figures for those who look once a week: the last thirty days against the thirty before, in few numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.analytics.board import Figure
from backend.analytics.effect import Asked, Effect, read_effect
from backend.analytics.periods import Period, floor
from backend.analytics.run import Row, load
from backend.analytics.scope import within_scope
from backend.analytics.shape import parse_query
from backend.domain.access import Caller
from backend.warehouse.tables import customer_rfm, customers

DAYS = 30
SUGGESTED_DAYS = 90
_INSTANT = timedelta(milliseconds=1)
_BOUGHT = ["orders.bought"]


@dataclass(frozen=True, slots=True)
class Summary:
    """All of the page; `figures` by name, money as decimal of the main unit, shares in percent."""

    as_of: datetime
    period: Period
    figures: Mapping[str, Figure]
    categories: Sequence[tuple[str, Figure]]
    effects: Sequence[Effect]


async def read_summary(connection: AsyncConnection, caller: Caller, now: datetime) -> Summary:
    """Read the page's figures within the caller's scope; whole days, the running one left out."""
    end = floor(now, "day")
    reader = _Reader(connection, caller, now)
    now_, before = (
        Period(end - timedelta(days=DAYS), end),
        Period(end - timedelta(days=2 * DAYS), end - timedelta(DAYS)),
    )
    this, last = await reader.numbers(now_), await reader.numbers(before)
    suggested = Asked(now - timedelta(days=SUGGESTED_DAYS), now)
    return Summary(
        as_of=now,
        period=now_,
        figures={name: Figure(value, last[name]) for name, value in this.items()},
        categories=_beside(await reader.categories(now_), await reader.categories(before)),
        effects=await read_effect(connection, caller, suggested, now),
    )


class _Reader:
    """One connection, asked in the name of one caller."""

    def __init__(self, connection: AsyncConnection, caller: Caller, now: datetime) -> None:
        self._connection, self._caller, self._now = connection, caller, now

    async def numbers(self, period: Period) -> dict[str, Decimal | None]:
        """Answer the figures of one period, by name."""
        sales = await self._one(["sales.revenue", "sales.units"], "sales.time", period)
        names = ["orders.total_orders", "orders.total_order_amount", "orders.ordering_customers"]
        orders = await self._one(names, "orders.ordered_at", period, _BOUGHT)
        told = await self._one(
            ["suggestions.shown", "suggestions.acceptance_percentage"], "suggestions.created_at", period
        )
        buyers = _decimal(orders["orders.ordering_customers"]) or Decimal(0)
        newcomers = Decimal(await self._newcomers(period))
        n_orders = _decimal(orders["orders.total_orders"]) or Decimal(0)
        amount = _decimal(orders["orders.total_order_amount"]) or Decimal(0)
        return {
            "revenue": _decimal(sales["sales.revenue"]),
            "units": _decimal(sales["sales.units"]),
            "orders": n_orders,
            "average_order": amount / n_orders if n_orders else None,
            "buyers": buyers,
            "new_customers": newcomers,
            "repeat_share": max(buyers - newcomers, Decimal(0)) / buyers * 100 if buyers else None,
            "suggested": _decimal(told["suggestions.shown"]),
            "accepted": _decimal(told["suggestions.acceptance_percentage"]),
        }

    async def categories(self, period: Period) -> dict[str, Decimal]:
        """Answer the revenue of each category."""
        rows = await self._load(["sales.revenue"], "sales.time", period, dimensions=["products.category"])
        return {row["products.category"]: Decimal(row["sales.revenue"]) for row in rows if row["products.category"]}

    async def _one(self, measures: list[str], moment: str, period: Period, segments: Sequence[str] = ()) -> Row:
        return (await self._load(measures, moment, period, segments=list(segments)))[0]

    async def _load(self, measures: list[str], moment: str, period: Period, **more: Any) -> list[Row]:
        span = [period.start.isoformat(), (period.end - _INSTANT).isoformat(timespec="milliseconds")]
        query = {"measures": measures, "timeDimensions": [{"dimension": moment, "dateRange": span}], **more}
        return (await load(self._connection, parse_query(query), self._caller, self._now)).rows

    async def _newcomers(self, period: Period) -> int:
        """Count who bought for the first time of all, as the mart of customers tells it."""
        inside = within_scope(customers.c.store_id, self._caller)
        first = customer_rfm.c.first_purchase_on
        statement = (
            select(func.count())
            .select_from(customer_rfm.join(customers, customers.c.customer_id == customer_rfm.c.customer_id))
            .where(first >= period.start.date(), first < period.end.date(), true() if inside is None else inside)
        )
        return await self._connection.scalar(statement) or 0


def _beside(this: Mapping[str, Decimal], last: Mapping[str, Decimal]) -> list[tuple[str, Figure]]:
    """Put both periods beside each other, the greatest revenue first."""
    names = sorted({*this, *last}, key=lambda name: (-this.get(name, Decimal(0)), name))
    return [(name, Figure(this.get(name, Decimal(0)), last.get(name))) for name in names]


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
