"""The mart of unmet demand equals what the notes, the orders and the catalogue say."""

from typing import ClassVar

from backend.warehouse.engine import Connection
from etl.marts.unmet_demand import misjudged_asks
from etl.quality.invariants import Invariant, Violation


class UnmetDemandIsUnmet(Invariant):
    """Every ask that was not met has its row, and no other has one."""

    name: ClassVar[str] = "unmet_demand_is_unmet"
    promise: ClassVar[str] = (
        "unmet_demand has exactly the asks of which no order of the customer sold the thing in time"
    )

    def check(self, connection: Connection) -> list[Violation]:
        """Judge all asks anew."""
        return [
            Violation(ask, "held, but met, gone or told otherwise" if is_held else "not held, but unmet")
            for ask, is_held in misjudged_asks(connection)
        ]
