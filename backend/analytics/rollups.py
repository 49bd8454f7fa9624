"""Which queries a rollup serves: the same cubes with fewer members, over a table that is a thousand times smaller."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Column, FromClause, func, select, union_all
from sqlalchemy.sql import ClauseElement, visitors

from backend.analytics.cubes.frequency import PRODUCT_FREQUENCY
from backend.analytics.cubes.reference import CHANNELS, PRODUCTS
from backend.analytics.cubes.sales import SALES
from backend.analytics.kinds import Cube, Dimension, Join, Measure
from backend.analytics.periods import Period, resolve
from backend.analytics.scope import within_scope
from backend.analytics.semantic import SemanticModel
from backend.analytics.shape import Condition, Group, Query, TimeDimension
from backend.domain.access import Caller
from backend.warehouse.tables import channels, product_purchases, sales_daily, sales_hourly, sales_regional

_TIME = "sales.time"
_DAY = "product_frequency.day"
_WEEK = 7


def _member(cube: Cube, name: str) -> Dimension:
    return next(dimension for dimension in cube.dimensions if dimension.name == name)


def _over(table: FromClause, measures: Iterable[Measure]) -> tuple[Measure, ...]:
    """Answer the measures told from the columns of this table that have the same names."""

    def moved(element: ClauseElement, **_: object) -> ClauseElement | None:
        return table.c[element.name] if isinstance(element, Column) and element.name in table.c else None

    return tuple(replace(m, expression=visitors.replacement_traverse(m.expression, {}, moved)) for m in measures)


def _products_of(table: FromClause) -> Cube:
    """Answer the products, of whom a table of sales by category knows nothing else."""
    category = func.nullif(table.c.category, "")
    members = (replace(_member(PRODUCTS, name), expression=category) for name in ("category", "productcategory"))
    return replace(PRODUCTS, table=table, dimensions=tuple(members), measures=(), segments=())


_SALES_BY_DAY = replace(
    SALES,
    table=sales_daily,
    store=sales_daily.c.store_id,
    dimensions=(
        replace(_member(SALES, "time"), expression=sales_daily.c.day),
        replace(_member(SALES, "store_id"), expression=sales_daily.c.store_id),
    ),
    measures=_over(sales_daily, SALES.measures),
    joins=(Join("products", None), Join("channels", sales_daily.c.store_id == channels.c.store_id)),
)
DAILY_MODEL = SemanticModel.of([_SALES_BY_DAY, _products_of(sales_daily), CHANNELS])
"""Sales by day, category and store."""

_SALES_BY_REGION = replace(
    SALES,
    table=sales_regional,
    store=None,
    dimensions=(replace(_member(SALES, "time"), expression=sales_regional.c.day),),
    measures=_over(sales_regional, SALES.measures),
    joins=(Join("products", None), Join("channels", None)),
)
_REGIONS = replace(
    CHANNELS,
    table=sales_regional,
    store=None,
    dimensions=(replace(_member(CHANNELS, "region"), expression=func.nullif(sales_regional.c.region, "")),),
    measures=(),
    segments=(),
)
REGIONAL_MODEL = SemanticModel.of([_SALES_BY_REGION, _products_of(sales_regional), _REGIONS])
"""Sales by day, category and region, over the whole shop."""


def rollup_for(query: Query, caller: Caller, now: datetime) -> SemanticModel | None:
    """Answer the smallest rollup that has all that is asked; None: there is none."""
    sees_all = within_scope(sales_hourly.c.store_id, caller) is None
    if sees_all and _sales_served(query, now, REGIONAL_MODEL):
        return REGIONAL_MODEL
    if _sales_served(query, now, DAILY_MODEL):
        return DAILY_MODEL
    return purchases_over(period) if sees_all and (period := _purchases_served(query, now)) else None


def _sales_served(query: Query, now: datetime, model: SemanticModel) -> bool:
    """Tell whether the model has all that is asked: sales in whole UTC days, by category or channel."""
    if not any(name.startswith("sales.") for name in query.measures):
        return False
    others = _members(query)
    return (
        query.timezone == "UTC"
        and _TIME not in others
        and all(model.find(member) for member in others)
        and all(_in_whole_days(one, now) for one in query.time_dimensions)
    )


def purchases_over(period: Period) -> SemanticModel:
    """Answer how often products were bought within whole days: whole weeks by the week, the days around them by day."""
    c, (first, last) = product_purchases.c, _weeks_within(period.start.date(), period.end.date())
    pieces = ((1, period.start.date(), first), (_WEEK, first, last), (1, last, period.end.date()))
    columns = select(c.starts_on, c.product_id, c.n_orders, c.units)
    parts = union_all(
        *(
            columns.where(c.n_days == n_days, c.starts_on >= start, c.starts_on < end)
            for n_days, start, end in pieces
            if start < end
        )
    ).subquery("purchases")
    cube = replace(
        PRODUCT_FREQUENCY,
        table=parts,
        store=None,
        dimensions=(
            replace(_member(PRODUCT_FREQUENCY, "day"), expression=parts.c.starts_on),
            replace(_member(PRODUCT_FREQUENCY, "product_id"), expression=parts.c.product_id),
        ),
        measures=_over(parts, PRODUCT_FREQUENCY.measures),
        joins=(Join("products", parts.c.product_id == PRODUCTS.table.c.productid),),
    )
    return SemanticModel.of([cube, PRODUCTS])


def _weeks_within(start: date, end: date) -> tuple[date, date]:
    """Answer the first Monday and the Monday after the last whole week; an empty range begins and ends at `end`."""
    first = start + timedelta(days=-start.weekday() % _WEEK)
    last = end - timedelta(days=end.weekday())
    return (first, last) if first < last else (end, end)


def _purchases_served(query: Query, now: datetime) -> Period | None:
    """Answer the whole UTC days over which purchases are asked for, by product and nothing else."""
    if len(query.time_dimensions) != 1 or not any(m.startswith("product_frequency.") for m in query.measures):
        return None
    asked, others = query.time_dimensions[0], _members(query)
    has_all = all(name.partition(".")[0] == "products" or name in _OF_PURCHASES for name in others)
    if not has_all or asked.dimension != _DAY or asked.granularity or asked.date_range is None:
        return None
    if query.timezone != "UTC" or not _in_whole_days(asked, now):
        return None
    return resolve(asked.date_range, now, "UTC", f"{asked.pointer}/dateRange")


_OF_PURCHASES = frozenset({"product_frequency.purchases", "product_frequency.units", "product_frequency.product_id"})


def _members(query: Query) -> list[str]:
    return [*query.measures, *query.dimensions, *query.segments, *_filtered(query.filters)]


def _filtered(parts: Iterable[Condition | Group]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Group):
            yield from _filtered(part.parts)
        else:
            yield part.member


def _in_whole_days(asked: TimeDimension, now: datetime) -> bool:
    if asked.dimension not in (_TIME, _DAY) or asked.granularity == "hour":
        return False
    if asked.date_range is None:
        return True
    period = resolve(asked.date_range, now, "UTC", f"{asked.pointer}/dateRange")
    edges = (period.start.astimezone(UTC), period.end.astimezone(UTC))
    return all(edge == edge.replace(hour=0, minute=0, second=0, microsecond=0) for edge in edges)
