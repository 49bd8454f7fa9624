"""What a dataset's columns hold: nulls, distinct values, extremes and the most frequent values."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, Text, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.analytics.datasets import Column, Kind, extract_of

SAMPLE_ROWS = 100_000
_TOP = 5
_ORDERED = {Kind.INTEGER, Kind.MONEY, Kind.NUMBER, Kind.DATE, Kind.TIME}
_FREE_TEXT = frozenset({"text", "comments", "title", "detail", "follow_up_text", "reason", "name", "hobbies"})
_Statement = Select[*tuple[Any, ...]]


async def read_profile(connection: AsyncConnection, dataset: str, now: datetime) -> dict[str, Any]:
    """Profile a dataset, its first 100,000 rows at most.

    Columns that are masked for anybody, and free text, show counts but no values: operators watch, they do not read.
    """
    extract = extract_of(dataset, None, None, now)
    sample = extract.statement.limit(SAMPLE_ROWS).subquery()
    n_rows = int(await connection.scalar(select(func.count()).select_from(sample)) or 0)
    return {
        "dataset": dataset,
        "as_of": now,
        "rows_profiled": n_rows,
        "complete": n_rows < SAMPLE_ROWS,
        "columns": [await _column(connection, sample, column, n_rows) for column in extract.columns],
    }


async def _column(connection: AsyncConnection, sample: Subquery, column: Column, n_rows: int) -> dict[str, Any]:
    value = sample.c[column.name]
    extremes = column.kind in _ORDERED and column.mask is None
    row = (await connection.execute(_counted(sample, value, extremes=extremes))).one()
    hidden = column.mask is not None or column.kind in {Kind.JSON, Kind.LIST} or column.name in _FREE_TEXT
    top = [] if hidden else (await connection.execute(_top(value))).all()
    return {
        "column": column.name,
        "kind": column.kind.value,
        "nulls": n_rows - row.n_present,
        "null_share": round(1 - row.n_present / n_rows, 4) if n_rows else None,
        "distinct": row.n_distinct,
        "min": _plain(row.least) if extremes else None,
        "max": _plain(row.most) if extremes else None,
        "top": [{"value": one.value, "rows": one.n} for one in top],
    }


def _counted(sample: Subquery, value: ColumnElement[Any], *, extremes: bool) -> _Statement:
    columns = [func.count(value).label("n_present"), func.count(cast(value, Text).distinct()).label("n_distinct")]
    if extremes:
        columns += [func.min(value).label("least"), func.max(value).label("most")]
    return select(*columns).select_from(sample)


def _top(value: ColumnElement[Any]) -> _Statement:
    n = func.count().label("n")
    text = func.left(cast(value, Text), 80)
    grouped = select(text.label("value"), n).where(value.is_not(None)).group_by(text)
    return grouped.order_by(n.desc(), text).limit(_TOP)


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
