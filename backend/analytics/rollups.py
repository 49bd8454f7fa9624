"""Which queries a rollup serves: the same cubes with fewer members, over a table that is a thousand times smaller."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import func
from sqlalchemy.sql import ClauseElement, visitors

from backend.analytics.cubes.reference import CHANNELS, PRODUCTS
from backend.analytics.cubes.sales import SALES
from backend.analytics.kinds import Cube, Dimension, Join, Measure
from backend.analytics.periods import resolve
from backend.analytics.semantic import SemanticModel
from backend.analytics.shape import Condition, Group, Query, TimeDimension
from backend.warehouse.tables import channels, sales_daily, sales_hourly

_CATEGORY = func.nullif(sales_daily.c.category, "")
_TIME = "sales.time"


def _by_day(element: ClauseElement) -> ClauseElement | None:
    """Answer the day's column in place of the hour's."""
    for column in sales_hourly.c:
        if element is column and column.name in sales_daily.c:
            return sales_daily.c[column.name]
    return None


def _daily(measure: Measure) -> Measure:
    adapted = visitors.replacement_traverse(measure.expression, {}, lambda element, **_: _by_day(element))
    return replace(measure, expression=adapted)


def _member(cube: Cube, name: str) -> Dimension:
    return next(dimension for dimension in cube.dimensions if dimension.name == name)


_SALES_BY_DAY = replace(
    SALES,
    table=sales_daily,
    store=sales_daily.c.store_id,
    dimensions=(
        replace(_member(SALES, "time"), expression=sales_daily.c.day),
        replace(_member(SALES, "store_id"), expression=sales_daily.c.store_id),
    ),
    measures=tuple(_daily(measure) for measure in SALES.measures),
    joins=(Join("products", None), Join("channels", sales_daily.c.store_id == channels.c.store_id)),
)
_PRODUCTS_BY_CATEGORY = replace(
    PRODUCTS,
    table=sales_daily,
    dimensions=tuple(
        replace(_member(PRODUCTS, name), expression=_CATEGORY) for name in ("category", "productcategory")
    ),
    measures=(),
    segments=(),
)
DAILY_MODEL = SemanticModel.of([_SALES_BY_DAY, _PRODUCTS_BY_CATEGORY, CHANNELS])
"""Sales by day, category and store."""


def daily_serves(query: Query, now: datetime) -> bool:
    """Tell whether the rollup by day has all that is asked: sales in whole UTC days, by category or channel."""
    if not any(name.startswith("sales.") for name in query.measures):
        return False
    others = [*query.measures, *query.dimensions, *query.segments, *_filtered(query.filters)]
    return (
        query.timezone == "UTC"
        and _TIME not in others
        and all(DAILY_MODEL.find(member) for member in others)
        and all(_in_whole_days(one, now) for one in query.time_dimensions)
    )


def _filtered(parts: Iterable[Condition | Group]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Group):
            yield from _filtered(part.parts)
        else:
            yield part.member


def _in_whole_days(asked: TimeDimension, now: datetime) -> bool:
    if asked.dimension != _TIME or asked.granularity == "hour":
        return False
    if asked.date_range is None:
        return True
    period = resolve(asked.date_range, now, "UTC", f"{asked.pointer}/dateRange")
    edges = (period.start.astimezone(UTC), period.end.astimezone(UTC))
    return all(edge == edge.replace(hour=0, minute=0, second=0, microsecond=0) for edge in edges)
