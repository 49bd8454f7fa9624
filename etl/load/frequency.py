"""How often products are bought, kept by differences: each order counts once for each product that it sold."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, timedelta
from typing import Any, NamedTuple

import psycopg

from backend.warehouse.tables import product_frequency, product_purchases
from etl.load.cells import Rollup
from etl.normalize.rows import OrderLineRow
from etl.normalize.state import CustomerState

_FREQUENCY = Rollup(product_frequency, "n_orders")
_PURCHASES = Rollup(product_purchases, "n_orders")
_WEEK = 7


class PurchaseKey(NamedTuple):
    """One cell; of several stores within an order the last by name counts, '' where none is known."""

    day: date
    product_id: str
    store_id: str


class PurchaseSum(NamedTuple):
    """How many orders of the day had the product, and how many pieces."""

    n_orders: int
    units: int


class PeriodKey(NamedTuple):
    """A product's day (`n_days` 1) or week (7), over all stores."""

    n_days: int
    starts_on: date
    product_id: str


def add_purchases(raw: psycopg.Connection[Any], differences: Mapping[PurchaseKey, PurchaseSum]) -> int:
    """Add the differences to the mart and to its rollup by day and by week; answer how many cells of the mart."""
    n_cells = _FREQUENCY.change(raw, differences)
    _PURCHASES.change(raw, _by_period(differences))
    return n_cells


def _by_period(differences: Mapping[PurchaseKey, PurchaseSum]) -> Mapping[PeriodKey, PurchaseSum]:
    sums: dict[PeriodKey, list[int]] = defaultdict(lambda: [0, 0])
    for (day, product_id, _), (n_orders, units) in differences.items():
        monday = day - timedelta(days=day.weekday())
        for cell in (PeriodKey(1, day, product_id), PeriodKey(_WEEK, monday, product_id)):
            sums[cell][0] += n_orders
            sums[cell][1] += units
    return {cell: PurchaseSum(*found) for cell, found in sums.items() if any(found)}


def frequency_differences(
    before: Sequence[CustomerState], after: Sequence[CustomerState], orders: Iterable[tuple[str, str]]
) -> Mapping[PurchaseKey, PurchaseSum]:
    """Answer what the mart must gain (or lose) when these orders (customer, order) change from before to after."""
    sums: dict[PurchaseKey, list[int]] = defaultdict(lambda: [0, 0])
    touched = set(orders)
    for sign, states in ((-1, before), (1, after)):
        by_customer = {str(state.customer_id): state for state in states}
        for customer_id, order_id in touched:
            for cell, units in purchases(by_customer[customer_id].lines.of(order_id)):
                sums[cell][0] += sign
                sums[cell][1] += sign * units
    return {cell: PurchaseSum(*found) for cell, found in sums.items() if any(found)}


def purchases(lines: Iterable[OrderLineRow]) -> Iterator[tuple[PurchaseKey, int]]:
    """Answer the cells in which one order counts, with the pieces that it sold of the product."""
    sold: dict[str, list[OrderLineRow]] = defaultdict(list)
    for line in lines:
        if line.sold and line.ordered_at is not None:
            sold[line.product_id].append(line)
    for product_id, several in sold.items():
        day = min(line.ordered_at.astimezone(UTC).date() for line in several if line.ordered_at is not None)
        store_id = max(line.store_id or "" for line in several)
        yield PurchaseKey(day, product_id, store_id), sum(line.quantity for line in several)
