"""The store as a whole: made from a seed, read as often as one likes, never held in memory at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sample_store.baskets import Baskets
from sample_store.calendar import DAYS, Calendar
from sample_store.catalog import Product, make_catalog
from sample_store.checkout import order_rows, transaction_rows
from sample_store.files import Format, write_rows
from sample_store.lives import Life, Town
from sample_store.notes import NoteWriter
from sample_store.people import make_associates, make_customer
from sample_store.places import make_channels
from sample_store.spikes import make_spikes

CUSTOMERS_AT_FULL_SCALE = 20_000
Row = dict[str, Any]


@dataclass(frozen=True)
class SampleStore:
    """Two years of a footwear and outdoor retailer, ending at midnight (UTC) before `until`.

    Everything is told from seed, scale and `until` alone. The iterators live the customers one after another, so
    memory stays the same at every scale; `lives` gives all that belongs to one customer in one go.
    """

    seed: int
    scale: float
    until: date

    @property
    def n_customers(self) -> int:
        """How many customers there are."""
        return max(1, round(CUSTOMERS_AT_FULL_SCALE * self.scale))

    @cached_property
    def _catalog(self) -> list[Product]:
        return make_catalog(self.seed, self.until)

    @cached_property
    def _town(self) -> Town:
        calendar = Calendar(self.until)
        spikes = make_spikes(self.seed, self._catalog, self.n_customers, calendar)
        return Town(self.seed, calendar, Baskets(self._catalog), spikes, NoteWriter())

    @property
    def products(self) -> list[Row]:
        """The catalogue; the same at every scale."""
        return [product.row() for product in self._catalog]

    @property
    def channels(self) -> list[Row]:
        """Twelve stores and two online channels."""
        return make_channels()

    @property
    def associates(self) -> list[Row]:
        """Three hundred associates with their stores."""
        return make_associates(self.seed)

    @property
    def spikes(self) -> list[Row]:
        """The labels of the regional demand spikes, oldest first."""
        return [spike.label() for spike in self._town.spikes]

    def lives(self) -> Iterator[Life]:
        """Every customer with their orders and notes."""
        for number in range(1, self.n_customers + 1):
            yield self._town.live(make_customer(self.seed, number, self.until, DAYS))

    def customers(self) -> Iterator[Row]:
        """Every customer's fields."""
        for number in range(1, self.n_customers + 1):
            yield dict(make_customer(self.seed, number, self.until, DAYS).fields)

    def orders(self) -> Iterator[Row]:
        """Every order, with its lines."""
        for life in self.lives():
            yield from life.orders

    def order_rows(self) -> Iterator[Row]:
        """Every order line as a flat row."""
        for order in self.orders():
            yield from order_rows(order)

    def transactions(self) -> Iterator[Row]:
        """Every transaction: one per order line."""
        for order in self.orders():
            yield from transaction_rows(order)

    def notes(self) -> Iterator[Row]:
        """Every note."""
        for life in self.lives():
            yield from life.notes

    def write(self, folder: Path, file_format: Format) -> dict[str, Path]:
        """Write one file per kind into the folder and answer them by kind; orders lie flat in CSV and Parquet."""
        folder.mkdir(parents=True, exist_ok=True)
        rows: dict[str, Iterator[Row]] = {
            "products": iter(self.products),
            "channels": iter(self.channels),
            "associates": iter(self.associates),
            "customers": self.customers(),
            "orders": self.orders() if file_format == "jsonl" else self.order_rows(),
            "transactions": self.transactions(),
            "notes": self.notes(),
            "spikes": iter(self.spikes),
        }
        return {kind: write_rows(folder / f"{kind}.{file_format}", found, file_format) for kind, found in rows.items()}


def generate(seed: int = 1, scale: float = 1.0, until: date | None = None) -> SampleStore:
    """Answer the store of that seed; `until` is today (UTC) unless told otherwise."""
    return SampleStore(seed, scale, until or datetime.now(UTC).date())
