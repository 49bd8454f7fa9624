"""The rollup that dashboards read equals the rows that it was made from."""

from typing import ClassVar

from backend.warehouse.engine import Connection
from etl.marts.sales_hourly import recount_sales
from etl.quality.invariants import Invariant, Violation


class SalesRollupAddsUp(Invariant):
    """Units, revenue and lines of every hour, product and store."""

    name: ClassVar[str] = "sales_rollup_adds_up"
    promise: ClassVar[str] = "sales_hourly is the sum of the sold order lines, cell by cell, to the cent"

    def check(self, connection: Connection) -> list[Violation]:
        """Recount all lines."""
        return [
            Violation(wrong.cell, f"{wrong.held_cents} cents are held, {wrong.counted_cents} counted")
            for wrong in recount_sales(connection)
        ]
