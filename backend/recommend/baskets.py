"""Customers' orders as baskets: which products, in which of the customer's orders, when."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.recommend.order_lines import Codes, Floats, OrderLines

DAY = np.timedelta64(1, "D")
EPOCH = np.datetime64("1970-01-01", "us")

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Baskets:
    """One entry for each product of each order, sorted by customer, product and time.

    `nth` numbers a customer's orders from 0; `day` is the time of the order in days since 1970, with its fraction.
    Orders with nothing kept (returns alone) are left out. `n_orders` and `last_day` have one entry a customer.
    """

    customer: Codes
    product: Codes
    nth: Codes
    day: Floats
    quantity: Floats
    n_customers: int
    n_products: int
    n_orders: Codes
    last_day: Floats

    def before(self, day: float) -> "Baskets":
        """Answer what was ordered before the day."""
        return self.take(self.day < day)

    def of(self, customers: Codes) -> "Baskets":
        """Answer the baskets of these customers, numbered anew in the order given.

        A customer of the number after the last has none: that is one who is not known.
        """
        place = np.full(self.n_customers + 1, -1, dtype=np.int32)
        place[customers] = np.arange(len(customers), dtype=np.int32)
        chosen = place[self.customer] >= 0
        return _sorted(
            place[self.customer[chosen]],
            self.product[chosen],
            self.nth[chosen],
            self.day[chosen],
            self.quantity[chosen],
            len(customers),
            self.n_products,
        )

    def take(self, chosen: Mask) -> "Baskets":
        """Answer these entries; they must be whole orders, and the first ones of each customer."""
        n_orders, last_day = _counted(self.customer[chosen], self.nth[chosen], self.day[chosen], self.n_customers)
        return Baskets(
            self.customer[chosen],
            self.product[chosen],
            self.nth[chosen],
            self.day[chosen],
            self.quantity[chosen],
            self.n_customers,
            self.n_products,
            n_orders,
            last_day,
        )

    def orders_ago(self) -> Codes:
        """Answer for each entry how many orders the customer made since: 0 is the last one."""
        return self.n_orders[self.customer] - 1 - self.nth


def baskets_of(lines: OrderLines) -> Baskets:
    """Answer the baskets of the lines; what was returned in the same order is taken off."""
    key = lines.order.astype(np.int64) * max(1, len(lines.products)) + lines.product
    _, first, cell = np.unique(key, return_index=True, return_inverse=True)
    quantity: Floats = np.bincount(cell, weights=lines.quantity, minlength=len(first)).astype(np.float64)
    kept = quantity > 0
    first, quantity = first[kept], quantity[kept]
    day = (lines.ordered_at[first] - EPOCH) / DAY
    customer, order = lines.customer[first], lines.order[first]
    nth = _numbered(customer, order, day)
    return _sorted(customer, lines.product[first], nth, day, quantity, len(lines.customers), len(lines.products))


def _numbered(customer: Codes, order: Codes, day: Floats) -> Codes:
    """Answer the number of each line's order among its customer's, by time."""
    orders, first, place = np.unique(order, return_index=True, return_inverse=True)
    by_time = np.lexsort((orders, day[first], customer[first]))
    owner = customer[first][by_time]
    begins = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(owner) else np.empty(0, dtype=np.int64)
    nth = np.empty(len(orders), dtype=np.int32)
    nth[by_time] = np.arange(len(orders)) - np.repeat(begins, np.diff(np.r_[begins, len(orders)]))
    return nth[place]


def _sorted(  # noqa: PLR0917 - the columns of Baskets, in their order
    customer: Codes, product: Codes, nth: Codes, day: Floats, quantity: Floats, n_customers: int, n_products: int
) -> Baskets:
    by = np.lexsort((nth, product, customer))
    customer, product, nth, day, quantity = customer[by], product[by], nth[by], day[by], quantity[by]
    n_orders, last_day = _counted(customer, nth, day, n_customers)
    return Baskets(customer, product, nth, day, quantity, n_customers, n_products, n_orders, last_day)


def _counted(customer: Codes, nth: Codes, day: Floats, n_customers: int) -> tuple[Codes, Floats]:
    n_orders = np.zeros(n_customers, dtype=np.int32)
    np.maximum.at(n_orders, customer, nth + 1)
    last_day = np.full(n_customers, -np.inf)
    np.maximum.at(last_day, customer, day)
    return n_orders, last_day
