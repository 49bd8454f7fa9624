"""How the customers stand: segments with their recency, frequency and money, and who is likely not to come back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.analytics.kinds import Mask
from backend.analytics.scope import is_masked, refuse_operators, within_scope
from backend.domain.access import Caller
from backend.warehouse.tables import customer_churn, customer_rfm, customers

N_LEAVING, N_POINTS = 25, 600
LIKELY = 0.5
_C, _R, _H = customers.c, customer_rfm.c, customer_churn.c


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment: its customers and their means; money in cents."""

    name: str
    n_customers: int
    recency_days: float
    frequency: float
    monetary_cents: float


@dataclass(frozen=True, slots=True)
class Point:
    """One customer in the plot."""

    segment: str
    recency_days: int
    frequency: int
    monetary_cents: int


@dataclass(frozen=True, slots=True)
class Leaving:
    """A customer who is likely not to come back; `name` None: not for this caller."""

    customer_id: str
    name: str | None
    city: str | None
    store_id: str | None
    segment: str
    state: str
    probability: float
    reason: str
    last_purchase_on: date
    frequency: int
    monetary_cents: int


@dataclass(frozen=True, slots=True)
class Standings:
    """The whole page; `refreshed_at` None: nobody has been told of yet."""

    states: Mapping[str, int]  # churned, active, never_purchased
    segments: Sequence[SegmentRow]  # most customers first
    points: Sequence[Point]
    leaving: Sequence[Leaving]  # who costs most, first: probability times what they have spent
    horizon_days: int | None
    refreshed_at: datetime | None


async def read_standings(connection: AsyncConnection, caller: Caller, *, segment: str | None = None) -> Standings:
    """Read the marts of the customers within the caller's scope; the list and the points of one segment where named."""
    refuse_operators(caller)
    scope = within_scope(_C.store_id, caller)
    within: ColumnElement[bool] = true() if scope is None else scope
    chosen = within if segment is None else and_(within, _R.segment == segment)
    states = (await connection.execute(_states(within))).all()
    segments = (await connection.execute(_segments(within))).all()
    points = (await connection.execute(_points(chosen))).all()
    leaving = (await connection.execute(_leaving(chosen))).all()
    hides_names = is_masked(Mask.CONTACT, caller)
    return Standings(
        states={row.state: row.n for row in states},
        segments=[SegmentRow(r.segment, r.n, float(r.recency), float(r.frequency), float(r.money)) for r in segments],
        points=[Point(row.segment, row.recency_days, row.frequency, row.monetary_cents) for row in points],
        leaving=[_told(row, hides_name=hides_names) for row in leaving],
        horizon_days=max((row.horizon for row in states), default=None),
        refreshed_at=max((row.refreshed_at for row in states), default=None),
    )


def _states(within: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            _H.state,
            func.count().label("n"),
            func.max(_H.horizon_days).label("horizon"),
            func.max(_H.refreshed_at).label("refreshed_at"),
        )
        .select_from(customer_churn.join(customers, _C.customer_id == _H.customer_id))
        .where(within)
        .group_by(_H.state)
    )


def _segments(within: ColumnElement[bool]) -> Select[Any]:
    n = func.count()
    return (
        select(
            _R.segment,
            n.label("n"),
            func.avg(_R.recency_days).label("recency"),
            func.avg(_R.frequency).label("frequency"),
            func.avg(_R.monetary_cents).label("money"),
        )
        .select_from(customer_rfm.join(customers, _C.customer_id == _R.customer_id))
        .where(within)
        .group_by(_R.segment)
        .order_by(n.desc(), _R.segment)
    )


def _points(chosen: ColumnElement[bool]) -> Select[Any]:
    """Choose points by a digest of the id: the same ones each time, whoever looks."""
    return (
        select(_R.segment, _R.recency_days, _R.frequency, _R.monetary_cents)
        .select_from(customer_rfm.join(customers, _C.customer_id == _R.customer_id))
        .where(chosen)
        .order_by(func.md5(_R.customer_id))
        .limit(N_POINTS)
    )


def _leaving(chosen: ColumnElement[bool]) -> Select[Any]:
    joined = customer_churn.join(customer_rfm, _R.customer_id == _H.customer_id).join(
        customers, _C.customer_id == _H.customer_id
    )
    return (
        select(
            _H.customer_id, _C.first_name, _C.last_name, _C.city, _C.store_id, _R.segment, _H.state, _H.probability,
            _H.reason, _R.last_purchase_on, _R.frequency, _R.monetary_cents,
        )
        .select_from(joined)
        .where(chosen, _H.probability >= LIKELY)
        .order_by((_H.probability * _R.monetary_cents).desc(), _H.customer_id)
        .limit(N_LEAVING)
    )  # fmt: skip


def _told(row: Any, *, hides_name: bool) -> Leaving:
    name = " ".join(part for part in (row.first_name, row.last_name) if part) or row.customer_id
    return Leaving(
        row.customer_id, None if hides_name else name, row.city, row.store_id, row.segment, row.state, row.probability,
        row.reason, row.last_purchase_on, row.frequency, row.monetary_cents,
    )  # fmt: skip
