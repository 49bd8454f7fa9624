"""The rollups of sales, kept by differences in the transaction that writes the order lines."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection

from backend.warehouse.driver import driver
from backend.warehouse.tables import sales_daily, sales_hourly, sales_regional
from etl.load.arrays import array_literals
from etl.load.cells import Rollup
from etl.normalize.rows import OrderLineRow

_HOURLY = Rollup(sales_hourly, "n_lines")
_DAILY = Rollup(sales_daily, "n_lines")
_REGIONAL = Rollup(sales_regional, "n_lines")
_SUMS = "sum(units)::bigint, sum(revenue_cents)::bigint, sum(n_lines)::bigint"
_ADD_TO_DAYS = f"""
INSERT INTO sales_daily AS held (day, category, store_id, units, revenue_cents, n_lines)
SELECT day, category, store_id, {_SUMS} FROM ({{changed}}) AS changed GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
{_DAILY.on_conflict}
"""  # noqa: S608 - names of ours
_ADD_TO_REGIONS = f"""
INSERT INTO sales_regional AS held (day, category, region, units, revenue_cents, n_lines)
SELECT day, category, coalesce(region, ''), {_SUMS} FROM ({{changed}}) AS changed LEFT JOIN channels USING (store_id)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 {_REGIONAL.on_conflict}
"""  # noqa: S608 - names of ours
_CHANGED = """
SELECT (hour AT TIME ZONE 'UTC')::date AS day, coalesce(productcategory, '') AS category, store_id, units,
  revenue_cents, n_lines
FROM unnest(%s::timestamptz[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[])
  AS given (hour, product_id, store_id, units, revenue_cents, n_lines)
LEFT JOIN products ON productid = product_id
"""
_ADD_DAYS, _ADD_REGIONS = (add.format(changed=_CHANGED) for add in (_ADD_TO_DAYS, _ADD_TO_REGIONS))
_SWEEP_DAYS = "DELETE FROM {} WHERE n_lines = 0 AND day = ANY(%s)"
_SWEEP = "DELETE FROM {} WHERE n_lines = 0"
_MOVED = """
CREATE TEMPORARY TABLE moved ON COMMIT DROP AS
WITH changed AS (
  SELECT staged.productid, coalesce(known.productcategory, '') AS was, coalesce(staged.productcategory, '') AS is_now
  FROM staged LEFT JOIN products AS known USING (productid)
  WHERE coalesce(known.productcategory, '') <> coalesce(staged.productcategory, '')
), sold AS (
  SELECT (hour AT TIME ZONE 'UTC')::date AS day, was, is_now, store_id, units, revenue_cents, n_lines
  FROM changed JOIN sales_hourly ON product_id = productid
)
SELECT day, is_now AS category, store_id, units, revenue_cents, n_lines FROM sold
UNION ALL SELECT day, was, store_id, -units, -revenue_cents, -n_lines FROM sold
"""
_MOVE_REGIONS = f"""
WITH changed AS (
  SELECT staged.store_id, coalesce(known.region, '') AS was, coalesce(staged.region, '') AS is_now
  FROM staged LEFT JOIN channels AS known USING (store_id)
  WHERE coalesce(known.region, '') <> coalesce(staged.region, '')
)
INSERT INTO sales_regional AS held (day, category, region, units, revenue_cents, n_lines)
SELECT day, category, region, {_SUMS} FROM (
  SELECT day, category, is_now AS region, units, revenue_cents, n_lines FROM sales_daily JOIN changed USING (store_id)
  UNION ALL SELECT day, category, was, -units, -revenue_cents, -n_lines FROM sales_daily JOIN changed USING (store_id)
) AS moved GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 {_REGIONAL.on_conflict}
"""  # noqa: S608 - names of ours
_CATEGORIES = 0x43415445  # "CATE": sales are added by categories and regions that do not change meanwhile
_KEEP_CATEGORIES = f"SELECT pg_advisory_xact_lock_shared({_CATEGORIES}, hashtext(current_schema()))"
_CHANGE_CATEGORIES = f"SELECT pg_advisory_xact_lock({_CATEGORIES}, hashtext(current_schema()))"


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
    """Add the differences to the rollups by hour, by day and by region; cells in which nothing is left are removed."""
    if not differences:
        return 0
    raw = driver(connection)
    raw.execute(_KEEP_CATEGORIES)
    n_cells = _HOURLY.change(raw, differences)
    given = array_literals([(*cell, *sums) for cell, sums in sorted(differences.items())])
    raw.execute(_ADD_DAYS, given)
    raw.execute(_ADD_REGIONS, given)
    days = {cell.hour.date() for cell, sums in differences.items() if sums.n_lines <= 0}
    if days:
        for rollup in (_DAILY, _REGIONAL):
            raw.execute(_SWEEP_DAYS.format(rollup.table.name), (list(days),))
    return n_cells


def move_categories(raw: psycopg.Connection[Any]) -> None:
    """Move the days' sales of those products `staged` in this transaction that are of another category than before."""
    raw.execute(_CHANGE_CATEGORIES)
    raw.execute(_MOVED)
    for add, rollup in ((_ADD_TO_DAYS, _DAILY), (_ADD_TO_REGIONS, _REGIONAL)):
        raw.execute(add.format(changed="SELECT * FROM moved"))
        raw.execute(_SWEEP.format(rollup.table.name))
    raw.execute("DROP TABLE moved")


def move_regions(raw: psycopg.Connection[Any]) -> None:
    """Move the days' sales of those channels `staged` in this transaction that are in another region than before."""
    raw.execute(_CHANGE_CATEGORIES)
    raw.execute(_MOVE_REGIONS)
    raw.execute(_SWEEP.format(_REGIONAL.table.name))
