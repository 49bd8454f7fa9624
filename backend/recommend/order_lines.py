"""A shop's order lines as columns: what every model of this package counts from."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int32]
Times = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]
Names = npt.NDArray[Any]
"""Ids as text, sorted: the code of an id is its place here, so that codes do not depend on the order of the lines."""


@dataclass(frozen=True, slots=True)
class OrderLines:
    """One entry a line in each column; `customer`, `order` and `product` are places in the names beside them.

    An order is told by its customer and its id. `ordered_at` is UTC (datetime64[us]) and the same for all lines of an
    order: the earliest. `quantity` below zero is a return. `unit_price` is NaN where it is not known.
    """

    customer: Codes
    order: Codes
    product: Codes
    ordered_at: Times
    quantity: Floats
    unit_price: Floats
    customers: Names
    products: Names
    n_orders: int

    def __len__(self) -> int:
        return len(self.customer)

    def take(self, chosen: npt.NDArray[Any]) -> "OrderLines":
        """Answer these lines alone (a mask, or places); all codes keep their meaning."""
        columns = ("customer", "order", "product", "ordered_at", "quantity", "unit_price")
        return replace(self, **{name: getattr(self, name)[chosen] for name in columns})

    def before(self, moment: np.datetime64) -> "OrderLines":
        """Answer the lines ordered before the moment."""
        return self.take(self.ordered_at < moment)
