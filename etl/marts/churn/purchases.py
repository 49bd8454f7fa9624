"""Who bought on which days: what every figure about customers is counted from."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Purchases:
    """One entry for each day on which a customer bought, by customer, then day.

    `customer` is a number below `n_customers`; `day` counts from 1970; `amount` is the money of the day, 0 where no
    price is known; `n_products` counts its lines.
    """

    customer: Ints
    day: Ints
    amount: Floats
    n_products: Ints
    n_customers: int

    def __len__(self) -> int:
        return len(self.customer)

    def until(self, day: int) -> "Purchases":
        """Answer those up to the day, itself included; customers keep their numbers."""
        return self._where(self.day <= day)

    def some(self, most: int) -> "Purchases":
        """Answer those of at most so many customers, evenly chosen; they keep their numbers."""
        stride = -(-self.n_customers // most)
        return self._where(self.customer % stride == 0) if stride > 1 else self

    def _where(self, kept: Flags) -> "Purchases":
        columns = ("customer", "day", "amount", "n_products")
        return replace(self, **{name: getattr(self, name)[kept] for name in columns})

    def bought_within(self, first: int, last: int) -> Flags:
        """Answer for each customer whether there is a purchase from day `first` to day `last`, both included."""
        bought = np.zeros(self.n_customers, dtype=bool)
        bought[self.customer[(self.day >= first) & (self.day <= last)]] = True
        return bought


def count_purchases(customer: Ints, ordered_at_us: Ints, amount: Floats, n_customers: int) -> Purchases:
    """Answer the purchases of lines (microseconds since 1970, UTC; money of the line, NaN where not known)."""
    keys, lines = np.unique(customer * (1 << 32) + ordered_at_us // _DAY_US + (1 << 31), return_inverse=True)
    paid = np.where(np.isfinite(amount), np.maximum(amount, 0.0), 0.0)
    return Purchases(
        customer=keys >> 32,
        day=(keys & ((1 << 32) - 1)) - (1 << 31),
        amount=np.bincount(lines, weights=paid, minlength=len(keys)).astype(np.float64),
        n_products=np.bincount(lines, minlength=len(keys)).astype(np.int64),
        n_customers=n_customers,
    )
