"""The hourly rollup of sales, kept by differences in the transaction that writes the order lines."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from backend.warehouse.driver import driver
from backend.warehouse.rollups import SALES_HOURLY
from backend.warehouse.tables import sales_hourly
from etl.normalize.rows import OrderLineRow

_ADD = """
INSERT INTO sales_hourly AS held (hour, product_id, store_id, units, revenue_cents, n_lines)
SELECT * FROM unnest(%s::timestamptz[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[])
ORDER BY 1, 2, 3
ON CONFLICT (hour, product_id, store_id) DO UPDATE SET
  units = held.units + EXCLUDED.units,
  revenue_cents = held.revenue_cents + EXCLUDED.revenue_cents,
  n_lines = held.n_lines + EXCLUDED.n_lines
"""
_SWEEP = """
DELETE FROM sales_hourly USING unnest(%s::timestamptz[], %s::text[], %s::text[]) AS gone (hour, product_id, store_id)
WHERE (sales_hourly.hour, sales_hourly.product_id, sales_hourly.store_id) = (gone.hour, gone.product_id, gone.store_id)
  AND n_lines = 0
"""


class SalesKey(NamedTuple):
    """One cell of the rollup; `store_id` is '' where no store is known."""

    hour: datetime
    product_id: str
    store_id: str


class SalesSum(NamedTuple):
    """What was sold in a cell."""

    units: int
    revenue_cents: int
    n_lines: int


def sales_cell(line: OrderLineRow) -> SalesKey | None:
    """Answer the cell in which a line counts; None where it is not sold (canceled, returned)."""
    if not line.sold or line.ordered_at is None:
        return None
    return SalesKey(line.ordered_at.replace(minute=0, second=0, microsecond=0), line.product_id, line.store_id or "")


def sales_differences(before: Iterable[OrderLineRow], after: Iterable[OrderLineRow]) -> Mapping[SalesKey, SalesSum]:
    """Answer what the rollup must gain (or lose) when these lines take the place of those."""
    sums: dict[SalesKey, list[int]] = defaultdict(lambda: [0, 0, 0])
    for sign, lines in ((-1, before), (1, after)):
        for line in lines:
            if (cell := sales_cell(line)) is not None:
                found = sums[cell]
                found[0] += sign * line.quantity
                found[1] += sign * line.amount_cents
                found[2] += sign
    return {cell: SalesSum(*found) for cell, found in sums.items() if any(found)}


def add_sales(connection: Connection, differences: Mapping[SalesKey, SalesSum]) -> int:
    """Add the differences to the rollup, in the order of its key; cells in which nothing is left are removed."""
    if not differences:
        return 0
    raw = driver(connection)
    ordered = sorted(differences.items())
    keys = [list(column) for column in zip(*(cell for cell, _ in ordered), strict=True)]
    sums = [list(column) for column in zip(*(found for _, found in ordered), strict=True)]
    raw.execute(_ADD, (*keys, *sums))
    losing = [cell for cell, found in ordered if found.n_lines <= 0]
    if losing:
        raw.execute(_SWEEP, tuple(list(column) for column in zip(*losing, strict=True)))
    return len(ordered)


def count_sales(connection: Connection) -> None:
    """Fill the empty rollup from all order lines at once."""
    columns = ", ".join(column.name for column in sales_hourly.columns)
    driver(connection).execute(f"INSERT INTO sales_hourly ({columns}) {SALES_HOURLY}")
