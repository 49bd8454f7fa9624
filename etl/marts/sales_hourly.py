"""The hourly rollup of sales, recounted from the order lines: it is kept by differences, so that it must be checked."""

from typing import NamedTuple

from sqlalchemy import Connection, text

from backend.warehouse.rollups import SALES_HOURLY

_RECOUNT = f"""
WITH counted AS ({SALES_HOURLY})
SELECT hour, product_id, store_id,
  coalesce(held.revenue_cents, 0) AS held_cents, coalesce(counted.revenue_cents, 0) AS counted_cents
FROM sales_hourly AS held FULL JOIN counted USING (hour, product_id, store_id)
WHERE (held.units, held.revenue_cents, held.n_lines)
  IS DISTINCT FROM (counted.units, counted.revenue_cents, counted.n_lines)
ORDER BY 1, 2, 3 LIMIT :limit
"""  # noqa: S608 - a query of ours within another


class WrongCell(NamedTuple):
    """A cell of the rollup that is not the sum of its lines."""

    cell: str
    held_cents: int
    counted_cents: int


def recount_sales(connection: Connection, *, limit: int = 100) -> list[WrongCell]:
    """Answer cells that are not what a recount gives: none, at any moment, in any snapshot."""
    found = connection.execute(text(_RECOUNT), {"limit": limit})
    return [
        WrongCell(
            f"{row.hour:%Y-%m-%dT%HZ}/{row.product_id}/{row.store_id}", int(row.held_cents), int(row.counted_cents)
        )
        for row in found
    ]
