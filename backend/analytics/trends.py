"""What sells more than usual right now, per product and region, told from the hourly rollup.

The usual is the mean of the same hours of the week over the last four weeks; the running hour counts for the part of
it that has passed. A spike is three hours that a Poisson count with the usual mean would reach once in a million, with
at least six pieces. That is honest for slow sellers and a bit eager for goods sold by the dozen, whose counts vary
more than Poisson's.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Text, and_, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from backend.analytics.poisson import surprise
from backend.analytics.scope import refuse_operators, within_scope
from backend.domain.access import Caller
from backend.warehouse.tables import channels, products, sales_hourly

WINDOW_HOURS = 3
BASELINE_WEEKS = 4
LEAST_UNITS = 6
LEAST_SCORE = 6.0
_PRIOR_UNITS = 0.5  # Jeffreys' prior over the weeks seen: what was never sold is usual at 1/8 piece, not at 0
_LONGEST_HOURS = 48
_READ_AT_ONCE = 150
_RISEN = 1.3  # one hour this unlikely (1 in 20) still belongs to the run
_S = sales_hourly.c

Pair = tuple[str, str | None]
Counts = Mapping[Pair, Mapping[datetime, int]]


@dataclass(frozen=True, slots=True)
class Trend:
    """One product in one region: pieces this hour and in the last three, against the usual."""

    product_id: str
    product_name: str
    category: str | None
    region: str | None
    this_hour: int
    observed: int
    expected: float
    hours: tuple[int, ...]  # pieces an hour, oldest first, the running one last

    @property
    def score(self) -> float:
        """How surprising: -log10 of the chance."""
        return surprise(self.observed, self.expected)


def expected_units(before: Iterable[tuple[int, float]]) -> float:
    """Answer the usual number for a window from (pieces in the same hour over all weeks, weight of the hour)."""
    parts = list(before)
    weeks_of_hours = sum(weight for _, weight in parts)
    if not weeks_of_hours:
        return 0.0
    seen = sum(units * weight for units, weight in parts)
    return (seen + _PRIOR_UNITS) / BASELINE_WEEKS


def window_of(now: datetime) -> list[datetime]:
    """Answer the starts of the window's hours, oldest first; the last one is running."""
    running = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return [running - timedelta(hours=n) for n in reversed(range(WINDOW_HOURS))]


def read_trends(
    connection: Connection, caller: Caller, now: datetime, limit: int, *, at_once: int = _READ_AT_ONCE
) -> list[Trend]:
    """Answer the products and regions that sold within the window, the `limit` most surprising ones, in that order.

    What is usual is only read for those that have sold the most: it ends where the rest, had they never been sold
    before, could not surprise as much as the last one that is answered.
    """
    refuse_operators(caller)
    most = limit + at_once
    while True:
        sold = _sold(connection, caller, window_of(now), most=most)
        several = [pair for pair, _ in sold]
        found = sorted(_trends(connection, caller, now, several), key=_most_surprising_first)[:limit]
        if len(sold) < most or _is_beyond(found, limit, sold[-1][1] - 1):
            return found
        most *= 4


def _is_beyond(found: Sequence[Trend], limit: int, observed: int) -> bool:
    """Tell whether nothing of which so many pieces were sold can be among the first."""
    return len(found) == limit and found[-1].score > surprise(observed, _PRIOR_UNITS / BASELINE_WEEKS)


def _most_surprising_first(trend: Trend) -> tuple[float, int, str, str]:
    return -trend.score, -trend.observed, trend.product_id, trend.region or ""


def _sold(
    connection: Connection, caller: Caller, window: list[datetime], *, least: int = 1, most: int | None = None
) -> list[tuple[Pair, int]]:
    """Answer what was sold within the window, most pieces first: at least so many; the first ones, ties included."""
    units = func.sum(_S.units).label("units")
    statement = (
        select(_S.product_id, channels.c.region, units)
        .join_from(sales_hourly, channels, _S.store_id == channels.c.store_id, isouter=True)
        .where(_S.hour.in_(window))
        .group_by(_S.product_id, channels.c.region)
        .having(units >= least)
        .order_by(units.desc())
    )
    if (scope := within_scope(_S.store_id, caller)) is not None:
        statement = statement.where(scope)
    if most is not None:
        statement = statement.fetch(most, with_ties=True)
    return [((row.product_id, row.region), int(row.units)) for row in connection.execute(statement)]


def _trends(connection: Connection, caller: Caller, now: datetime, pairs: Collection[Pair]) -> list[Trend]:
    window = window_of(now)
    counts = _count(connection, caller, [*window, *_weeks_before(window)], pairs)
    named = _names(connection, {product_id for product_id, _ in pairs})
    return [_trend(pair, counts[pair], window, now, named) for pair in pairs]


def _weeks_before(hours: Iterable[datetime]) -> list[datetime]:
    return [hour - timedelta(weeks=week) for hour in hours for week in range(1, BASELINE_WEEKS + 1)]


def _count(
    connection: Connection, caller: Caller, hours: list[datetime], pairs: Collection[Pair]
) -> dict[Pair, dict[datetime, int]]:
    ids, regions = ([pair[place] for pair in pairs] for place in (0, 1))
    asked = func.unnest(literal(ids, ARRAY(Text)), literal(regions, ARRAY(Text)))
    wanted = asked.table_valued("product_id", "region").render_derived(name="wanted")
    statement = (
        select(_S.product_id, channels.c.region, _S.hour, func.sum(_S.units).label("units"))
        .join_from(sales_hourly, channels, _S.store_id == channels.c.store_id, isouter=True)
        .join(
            wanted,
            and_(
                wanted.c.product_id == _S.product_id,
                func.coalesce(wanted.c.region, "") == func.coalesce(channels.c.region, ""),
            ),
        )
        .where(_S.hour.in_(hours))
        .group_by(_S.product_id, channels.c.region, _S.hour)
    )
    if (scope := within_scope(_S.store_id, caller)) is not None:
        statement = statement.where(scope)
    counts: dict[Pair, dict[datetime, int]] = defaultdict(dict)
    for row in connection.execute(statement):
        counts[row.product_id, row.region][row.hour.astimezone(UTC)] = int(row.units)
    return counts


def _names(connection: Connection, product_ids: set[str]) -> dict[str, tuple[str, str | None]]:
    c = products.c
    statement = select(c.productid, c.productname, c.productcategory).where(
        c.productid == any_(literal(sorted(product_ids), ARRAY(Text)))
    )
    return {row.productid: (row.productname, row.productcategory) for row in connection.execute(statement)}


def _usual(units: Mapping[datetime, int], hour: datetime) -> int:
    return sum(units.get(before, 0) for before in _weeks_before([hour]))


def _trend(
    pair: Pair,
    units: Mapping[datetime, int],
    window: list[datetime],
    now: datetime,
    named: Mapping[str, tuple[str, str | None]],
) -> Trend:
    product_id, region = pair
    passed = (now - window[-1]) / timedelta(hours=1)
    weights = [*([1.0] * (WINDOW_HOURS - 1)), min(max(passed, 0.0), 1.0)]
    name, category = named.get(product_id, (product_id, None))
    return Trend(
        product_id=product_id,
        product_name=name,
        category=category,
        region=region,
        this_hour=units.get(window[-1], 0),
        observed=sum(units.get(hour, 0) for hour in window),
        expected=expected_units((_usual(units, hour), weight) for hour, weight in zip(window, weights, strict=True)),
        hours=tuple(units.get(hour, 0) for hour in window),
    )


def read_spikes(connection: Connection, caller: Caller, now: datetime) -> list[tuple[Trend, datetime]]:
    """Answer the trends that are spikes, each with the hour since which it has been above the usual."""
    refuse_operators(caller)
    window = window_of(now)
    enough = [pair for pair, _ in _sold(connection, caller, window, least=LEAST_UNITS)]
    spikes = sorted(
        (t for t in _trends(connection, caller, now, enough) if is_spike(t.observed, t.expected)),
        key=_most_surprising_first,
    )
    if not spikes:
        return []
    hours = [window[-1] - timedelta(hours=n) for n in range(_LONGEST_HOURS)]
    pairs = [(spike.product_id, spike.region) for spike in spikes]
    counts = _count(connection, caller, [*hours, *_weeks_before(hours)], pairs)
    return [(spike, started_at(counts[spike.product_id, spike.region], hours)) for spike in spikes]


def is_spike(observed: int, expected: float) -> bool:
    """Whether three hours with so many pieces are to be told."""
    return observed >= LEAST_UNITS and surprise(observed, expected) >= LEAST_SCORE


def started_at(units: Mapping[datetime, int], hours: list[datetime]) -> datetime:
    """Answer the first hour of the run of risen hours that reaches the window; `hours` are newest first."""
    window, before = hours[:WINDOW_HOURS], hours[WINDOW_HOURS:]
    risen = [hour for hour in window if _has_risen(units, hour)]
    first = min(risen, default=window[-1])
    if first != window[-1]:
        return first
    for hour in before:
        if not _has_risen(units, hour):
            break
        first = hour
    return first


def _has_risen(units: Mapping[datetime, int], hour: datetime) -> bool:
    return surprise(units.get(hour, 0), expected_units([(_usual(units, hour), 1.0)])) >= _RISEN


def describe_trend(trend: Trend) -> dict[str, Any]:
    """Answer the trend as the wire has it."""
    return {
        "product_id": trend.product_id,
        "product_name": trend.product_name,
        "category": trend.category,
        "region": trend.region,
        "units_this_hour": trend.this_hour,
        "observed": trend.observed,
        "expected": round(trend.expected, 2),
        "ratio": round(trend.observed / trend.expected, 2) if trend.expected else None,
        "score": round(trend.score, 2),
        "hours": list(trend.hours),
    }
