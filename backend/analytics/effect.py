"""What suggestions brought: what associates made of them, what was sold, and what would have been sold anyway.

Credit: a line that was sold to the customer within the window after a suggestion, of its product (or of any, where it
names none), belongs to one suggestion: to the one that an associate closed with this order, else to the latest. So no
sale counts twice. Lift: customers who were shown a kind against those who were held out of it, each once, both picked
by the same rules: who of them bought so within the window, of suggestions whose window is over.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CTE, ColumnElement, Date, Select, and_, any_, case, cast, distinct, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.analytics.differences import Difference, Share, difference
from backend.analytics.scope import refuse_operators, within_scope
from backend.domain.access import Caller
from backend.domain.suggestions import SuggestionStatus
from backend.warehouse import tables as t

WINDOW_DAYS = 14
POPULAR_DAYS = 7
_S, _L, _O, _F = t.suggestions.c, t.order_lines.c, t.outcomes.c, t.product_frequency.c
_ACCEPTED = ("accepted", "done")


class Group(StrEnum):
    """What suggestions are told apart by."""

    KIND = "kind"
    REASON = "reason"
    ASSOCIATE = "associate_id"
    STORE = "store_id"


_GROUPS: dict[Group, ColumnElement[Any]] = {
    Group.KIND: _S.kind,
    Group.REASON: _S.because[0]["type"].astext,
    Group.ASSOCIATE: _S.associate_id,
    Group.STORE: _S.store_id,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Suggestions made from `since` to before `until`; a sale counts within `window_days` after its suggestion."""

    since: datetime
    until: datetime
    by: Group = Group.KIND
    window_days: int = WINDOW_DAYS


@dataclass(frozen=True, slots=True)
class Effect:
    """One group of suggestions.

    Of its customers `bought` what was suggested, `held_out_bought` what was kept from them, `popular_bought` what had
    sold best in the shop in the week before.
    """

    group: str | None
    n_shown: int
    n_accepted: int
    n_dismissed: int
    n_withdrawn: int
    n_orders: int
    revenue_cents: int
    bought: Share
    held_out_bought: Share
    popular_bought: Share

    @property
    def lift(self) -> Difference | None:
        """Answer by how much the share of buyers is larger than among those held out."""
        return difference(self.bought, self.held_out_bought)


async def read_effect(connection: AsyncConnection, caller: Caller, asked: Asked, now: datetime) -> list[Effect]:
    """Answer every group within the caller's scope, the most shown first."""
    refuse_operators(caller)
    made = _made(caller, asked)
    hits = _hits(made, timedelta(days=asked.window_days))
    counts = {row.grp: row for row in await connection.execute(_counted(made))}
    credits_ = {row.grp: row for row in await connection.execute(_credited(hits))}
    over = made.c.created_at <= now - timedelta(days=asked.window_days)
    rates = {(row.grp, row.held): row for row in await connection.execute(_rates(made, hits, over))}
    popular = {row.grp: row for row in await connection.execute(_popular(made, over, asked.window_days))}
    return list(_effects(counts, credits_, rates, popular))


def _effects(
    counts: dict[Any, Any], credits_: dict[Any, Any], rates: dict[Any, Any], popular: dict[Any, Any]
) -> Iterator[Effect]:
    for group, row in sorted(counts.items(), key=lambda pair: (-pair[1].n_shown, str(pair[0]))):
        credit = credits_.get(group)
        yield Effect(
            group=group,
            n_shown=row.n_shown,
            n_accepted=row.n_accepted,
            n_dismissed=row.n_dismissed,
            n_withdrawn=row.n_withdrawn,
            n_orders=credit.n_orders if credit else 0,
            revenue_cents=int(credit.cents) if credit else 0,
            bought=_share(rates.get((group, False))),
            held_out_bought=_share(rates.get((group, True))),
            popular_bought=_share(popular.get(group)),
        )


def _share(row: Any) -> Share:
    return Share(row.k, row.n) if row is not None else Share(0, 0)


def _made(caller: Caller, asked: Asked) -> CTE:
    scope = within_scope(_S.store_id, caller)
    return (
        select(
            _S.suggestion_id, _S.customer_id, _S.product_ids, _S.created_at, _S.status, _S.kind,
            _GROUPS[asked.by].label("grp"), (_S.status == SuggestionStatus.HELD_OUT.value).label("held"),
        )
        .where(_S.created_at >= asked.since, _S.created_at < asked.until, true() if scope is None else scope)
        .cte("made")
    )  # fmt: skip


def _hits(made: CTE, window: timedelta) -> CTE:
    """Answer each line with each suggestion that it may belong to; `place` 1: that it does belong to."""
    m = made.c
    named = select(_O.suggestion_id).where(_O.suggestion_id == m.suggestion_id, _O.order_id == _L.order_id).exists()
    is_it = _L.product_id == any_(m.product_ids)
    place = func.row_number().over(
        partition_by=(_L.customer_id, _L.order_id, _L.line_number, m.held),
        order_by=(case((named, 0), else_=1), case((is_it, 0), else_=1), m.created_at.desc(), m.suggestion_id),
    )
    return (
        select(m.suggestion_id, m.grp, m.held, _L.customer_id, _L.order_id, _L.amount_cents, place.label("place"))
        .join(t.order_lines, and_(_L.customer_id == m.customer_id, _L.sold))
        .where(
            _L.ordered_at >= m.created_at,
            _L.ordered_at < m.created_at + window,
            or_(func.cardinality(m.product_ids) == 0, is_it, named),
        )
        .cte("hits")
    )


def _counted(made: CTE) -> Select[Any]:
    m = made.c
    shown = ~m.held
    return select(
        m.grp,
        func.count().filter(shown).label("n_shown"),
        func.count().filter(m.status.in_(_ACCEPTED)).label("n_accepted"),
        func.count().filter(m.status == "dismissed").label("n_dismissed"),
        func.count().filter(m.status == "withdrawn").label("n_withdrawn"),
    ).group_by(m.grp)


def _credited(hits: CTE) -> Select[Any]:
    h = hits.c
    order = func.concat(h.customer_id, "/", h.order_id)
    return (
        select(h.grp, func.count(distinct(order)).label("n_orders"), func.sum(h.amount_cents).label("cents"))
        .where(h.place == 1, ~h.held)
        .group_by(h.grp)
    )


def _rates(made: CTE, hits: CTE, over: ColumnElement[bool]) -> Select[Any]:
    """Answer of how many customers how many bought, by group and whether it was kept from them."""
    m = made.c
    bought = select(hits.c.suggestion_id).where(hits.c.suggestion_id == m.suggestion_id).exists()
    each = (
        select(m.grp, m.held, m.customer_id, func.bool_or(bought).label("bought"))
        .where(over)
        .group_by(m.grp, m.held, m.customer_id)
        .cte("each_customer")
    )
    e = each.c
    return select(e.grp, e.held, func.count().label("n"), func.count().filter(e.bought).label("k")).group_by(
        e.grp, e.held
    )


def _popular(made: CTE, over: ColumnElement[bool], window_days: int) -> Select[Any]:
    """Answer of how many customers who were shown a product how many bought the bestseller of the week before."""
    m = made.c
    day = cast(func.timezone("UTC", m.created_at), Date)
    days = select(day.label("day")).distinct().cte("days")
    best = (
        select(_F.product_id)
        .where(_F.day >= days.c.day - POPULAR_DAYS, _F.day < days.c.day)
        .group_by(_F.product_id)
        .order_by(func.sum(_F.units).desc(), _F.product_id)
        .limit(1)
        .scalar_subquery()
    )
    bestsellers = select(days.c.day, best.label("product_id")).cte("bestsellers")
    took = (
        select(_L.order_id)
        .where(
            _L.customer_id == m.customer_id,
            _L.product_id == bestsellers.c.product_id,
            _L.sold,
            _L.ordered_at >= m.created_at,
            _L.ordered_at < m.created_at + timedelta(days=window_days),
        )
        .exists()
    )
    each = (
        select(m.grp, m.customer_id, func.bool_or(took).label("bought"))
        .join(bestsellers, bestsellers.c.day == day)
        .where(over, ~m.held, func.cardinality(m.product_ids) > 0)
        .group_by(m.grp, m.customer_id)
        .cte("each_customer")
    )
    e = each.c
    return select(e.grp, func.count().label("n"), func.count().filter(e.bought).label("k")).group_by(e.grp)
