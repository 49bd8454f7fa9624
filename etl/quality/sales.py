"""The rollups that dashboards read equal the rows that they were made from."""

from typing import ClassVar

from backend.warehouse.engine import Connection
from etl.marts.rollups import recount
from etl.quality.invariants import Invariant, Violation


class SalesRollupAddsUp(Invariant):
    """Units, revenue and lines of every hour, product and store."""

    name: ClassVar[str] = "sales_rollup_adds_up"
    promise: ClassVar[str] = "sales_hourly is the sum of the sold order lines, cell by cell, to the cent"

    def check(self, connection: Connection) -> list[Violation]:
        """Recount all lines."""
        return _wrong_cells(connection, "sales_hourly")


class DailySalesAddUp(Invariant):
    """Units, revenue and lines of every day, category and store."""

    name: ClassVar[str] = "daily_sales_add_up"
    promise: ClassVar[str] = "sales_daily is the sum of sales_hourly by the products' categories, to the cent"

    def check(self, connection: Connection) -> list[Violation]:
        """Add up all hours."""
        return _wrong_cells(connection, "sales_daily")


class RegionalSalesAddUp(Invariant):
    """Units, revenue and lines of every day, category and region."""

    name: ClassVar[str] = "regional_sales_add_up"
    promise: ClassVar[str] = "sales_regional is the sum of sales_daily by the stores' regions, to the cent"

    def check(self, connection: Connection) -> list[Violation]:
        """Add up all stores."""
        return _wrong_cells(connection, "sales_regional")


class PurchasesAreCounted(Invariant):
    """Orders and pieces of every day, product and store."""

    name: ClassVar[str] = "purchases_are_counted"
    promise: ClassVar[str] = "product_frequency counts each order once for each product that it sold"

    def check(self, connection: Connection) -> list[Violation]:
        """Recount all orders."""
        return _wrong_cells(connection, "product_frequency")


class PurchasesAddUp(Invariant):
    """Orders and pieces of every product, by day and by week."""

    name: ClassVar[str] = "purchases_add_up"
    promise: ClassVar[str] = "product_purchases is the sum of product_frequency over all stores, by day and by week"

    def check(self, connection: Connection) -> list[Violation]:
        """Add up all stores and days."""
        return _wrong_cells(connection, "product_purchases")


def _wrong_cells(connection: Connection, rollup: str) -> list[Violation]:
    return [
        Violation(wrong.cell, f"held: {wrong.held or 'nothing'}; counted: {wrong.counted or 'nothing'}")
        for wrong in recount(connection, rollup)
    ]
