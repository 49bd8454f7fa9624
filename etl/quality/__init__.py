"""What must hold at any moment, checked on a schedule."""

from etl.quality.demand import UnmetDemandIsUnmet
from etl.quality.invariants import Invariant, Violation
from etl.quality.money import LinesAddUp, OrdersAddUp
from etl.quality.sales import (
    DailySalesAddUp,
    PurchasesAddUp,
    PurchasesAreCounted,
    RegionalSalesAddUp,
    SalesRollupAddsUp,
)
from etl.quality.words import MentionsQuoteTheirNotes

INVARIANTS: tuple[Invariant, ...] = (
    LinesAddUp(),
    OrdersAddUp(),
    SalesRollupAddsUp(),
    DailySalesAddUp(),
    RegionalSalesAddUp(),
    PurchasesAreCounted(),
    PurchasesAddUp(),
    MentionsQuoteTheirNotes(),
    UnmetDemandIsUnmet(),
)

__all__ = ["INVARIANTS", "Invariant", "Violation"]
