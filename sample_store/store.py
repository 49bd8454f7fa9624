"""The store as a whole: made from a seed, read as often as one likes, never held in memory at once."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from sample_store.baskets import Baskets
from sample_store.calendar import DAYS, Calendar
from sample_store.catalog import Product, make_catalog
from sample_store.checkout import order_rows, transaction_rows
from sample_store.files import Format, RowFile, open_rows
from sample_store.lives import Life, Town
from sample_store.notes import NoteWriter
from sample_store.people import make_associates, make_customer
from sample_store.places import make_channels
from sample_store.spikes import make_spikes

CUSTOMERS_AT_FULL_SCALE = 20_000
KINDS = ("products", "channels", "associates", "customers", "orders", "transactions", "notes", "spikes")
_LIVED = {"customers", "orders", "transactions", "notes"}
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

    def lives(self, numbers: range | None = None) -> Iterator[Life]:
        """Live every customer, or those of these numbers (from 1): each with their orders and notes."""
        for number in numbers or range(1, self.n_customers + 1):
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

    def write(
        self, folder: Path, file_format: Format, kinds: Collection[str] = KINDS, numbers: range | None = None
    ) -> dict[str, Path]:
        """Write one file of each kind into the folder and answer them by kind; orders lie flat in CSV and Parquet.

        Everybody's life is lived once for all the files. `numbers`: of these customers only.
        """
        folder.mkdir(parents=True, exist_ok=True)
        paths = {kind: folder / f"{kind}.{file_format}" for kind in KINDS if kind in kinds}
        with ExitStack() as stack:
            files = {kind: stack.enter_context(open_rows(path, file_format)) for kind, path in paths.items()}
            for kind in files.keys() & {"products", "channels", "associates", "spikes"}:
                for row in getattr(self, kind):
                    files[kind].put(row)
            if files.keys() & _LIVED:
                self._write_lives(files, self.lives(numbers), flat=file_format != "jsonl")
        return paths

    def _write_lives(self, files: Mapping[str, RowFile], lives: Iterable[Life], *, flat: bool) -> None:
        for life in lives:
            rows: dict[str, Iterable[Row]] = {
                "customers": (dict(life.customer.fields),),
                "orders": chain.from_iterable(map(order_rows, life.orders)) if flat else life.orders,
                "transactions": chain.from_iterable(map(transaction_rows, life.orders)),
                "notes": life.notes,
            }
            for kind in files.keys() & _LIVED:
                for row in rows[kind]:
                    files[kind].put(row)


def generate(seed: int = 1, scale: float = 1.0, until: date | None = None) -> SampleStore:
    """Answer the store of that seed; `until` is today (UTC) unless told otherwise."""
    return SampleStore(seed, scale, until or datetime.now(UTC).date())
