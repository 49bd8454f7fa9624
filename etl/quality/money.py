"""Money adds up from line to order."""

from typing import ClassVar

from backend.warehouse.engine import Connection
from etl.load.soundness import lines_unlike_their_prices, orders_unlike_their_lines
from etl.quality.invariants import Invariant, Violation


class LinesAddUp(Invariant):
    """Every line of every order."""

    name: ClassVar[str] = "lines_add_up"
    promise: ClassVar[str] = "a line's amount is quantity * unit price - discount where sold, and 0 where not"

    def check(self, connection: Connection) -> list[Violation]:
        """Reckon every line anew."""
        return [Violation(f.where, f"{f.held} instead of {f.expected}") for f in lines_unlike_their_prices(connection)]


class OrdersAddUp(Invariant):
    """Every order that has lines."""

    name: ClassVar[str] = "orders_add_up"
    promise: ClassVar[str] = "an order's amount is the sum of its lines, and it counts them right"

    def check(self, connection: Connection) -> list[Violation]:
        """Add up the lines of every order."""
        return [Violation(f.where, f"{f.held} instead of {f.expected}") for f in orders_unlike_their_lines(connection)]
