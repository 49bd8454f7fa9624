"""What suggestions brought, and what would have come anyway."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from backend.analytics.differences import Share
from backend.analytics.effect import WINDOW_DAYS, Asked, Effect, Group, read_effect
from backend.analytics.shape import refuse
from backend.api.auth import READERS, allow
from backend.api.parts import PartsDep
from backend.domain.access import Caller
from backend.domain.money import decimal_string

router = APIRouter(prefix="/v1/analytics", tags=["analytics"])
_DAYS = 90
_LONGEST = timedelta(days=3660)
Day = Annotated[date | None, Query(ge=date(1900, 1, 1), le=date(2199, 12, 31))]


class Buyers(BaseModel):
    """Of so many customers so many bought; `share` null: there was nobody."""

    customers: int
    bought: int
    share: float | None


class Lift(BaseModel):
    """The share of buyers less that among those held out, with its 95 % interval."""

    value: float
    low: float
    high: float


class EffectOut(BaseModel):
    """One group. Revenue is that of lines sold within the window, each credited to one suggestion."""

    group: str | None
    shown: int
    accepted: int
    dismissed: int
    withdrawn: int
    acceptance: float | None
    orders: int
    revenue: str
    buyers: Buyers
    held_out: Buyers
    popular: Buyers
    lift: Lift | None


class Effects(BaseModel):
    """The groups, the most shown first."""

    as_of: datetime
    since: date
    until: date
    by: Group
    window_days: int
    items: list[EffectOut]


@router.get("/suggestion-effect")
async def get_suggestion_effect(  # noqa: PLR0917 - each is a parameter of the query
    parts: PartsDep,
    caller: Annotated[Caller, Depends(allow(*READERS))],
    since: Day = None,
    until: Day = None,
    by: Group = Group.KIND,
    window_days: Annotated[int, Query(ge=1, le=90)] = WINDOW_DAYS,
) -> Effects:
    """Answer for suggestions of these days (both included, UTC) what became of them, what was sold, and the lift."""
    now = parts.clock()
    last = until or max(now.astimezone(UTC).date(), since or date.min)
    first = since or last - timedelta(days=_DAYS - 1)
    if not timedelta(0) <= last - first <= _LONGEST:
        raise refuse("/query/until", f"until comes after since, by at most {_LONGEST.days} days")
    begins = datetime.combine(first, time.min, UTC)
    asked = Asked(begins, datetime.combine(last, time.min, UTC) + timedelta(days=1), by, window_days)
    async with parts.engine.connect() as connection:
        found = await read_effect(connection, caller, asked, now)
    items = [_effect(one) for one in found]
    return Effects(as_of=now, since=first, until=last, by=by, window_days=window_days, items=items)


def _effect(one: Effect) -> EffectOut:
    decided = one.n_accepted + one.n_dismissed
    return EffectOut(
        group=one.group,
        shown=one.n_shown,
        accepted=one.n_accepted,
        dismissed=one.n_dismissed,
        withdrawn=one.n_withdrawn,
        acceptance=round(one.n_accepted / decided, 4) if decided else None,
        orders=one.n_orders,
        revenue=decimal_string(one.revenue_cents),
        buyers=_buyers(one.bought),
        held_out=_buyers(one.held_out_bought),
        popular=_buyers(one.popular_bought),
        lift=None if (lift := one.lift) is None else Lift(value=lift.value, low=lift.low, high=lift.high),
    )


def _buyers(share: Share) -> Buyers:
    return Buyers(customers=share.n, bought=share.k, share=share.value)
