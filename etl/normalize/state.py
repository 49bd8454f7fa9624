"""What the tables hold for one customer: what an entry of the journal is folded into."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, Protocol

from backend.domain.ids import CustomerId, ProductId
from backend.domain.mentions import NoteContext, NoteReading
from etl.normalize.grouped import Grouped
from etl.normalize.rows import (
    CustomerHistoryRow,
    CustomerProductRow,
    CustomerRow,
    MentionRow,
    NoteRow,
    OrderLineRow,
    OrderRow,
    TransactionRow,
    UnsoldAskRow,
    WarningRow,
)

_OWNED = 100


class ResolvedName(Protocol):
    """A product's name, resolved; confidence is 0..1."""

    @property
    def product_id(self) -> ProductId: ...
    @property
    def confidence(self) -> float: ...


class NameReader(Protocol):
    """Knows the catalogue's products by the names that people give them."""

    def resolve_name(self, name: str) -> ResolvedName | None: ...


class NoteReader(NameReader, Protocol):
    """Reads notes: see `etl.mentions`."""

    @property
    def version(self) -> str: ...
    def read_many(self, notes: Iterable[tuple[str, date, NoteContext]]) -> Sequence[NoteReading]: ...


class Unread(NamedTuple):
    """A note that waits to be read: the day on which it was written, and what its reader may know."""

    written_on: date
    context: NoteContext


class Stub(NamedTuple):
    """A product that was named; unless the catalogue has it, it gets a row of its own with this name."""

    name: str
    named_at: datetime


@dataclass(slots=True)
class CustomerState:
    """Every row of one customer by its key within the customer, and what the fold has yet to say to others."""

    customer_id: CustomerId
    revision: int = 0
    customer: CustomerRow | None = None
    history: dict[tuple[int, str], CustomerHistoryRow] = field(default_factory=dict)
    products: dict[int, CustomerProductRow] = field(default_factory=dict)
    orders: dict[str, OrderRow] = field(default_factory=dict)
    lines: Grouped[tuple[str, int], OrderLineRow] = field(default_factory=lambda: Grouped(_order_of))
    transactions: Grouped[str, TransactionRow] = field(default_factory=lambda: Grouped(_order_of))
    notes: Grouped[str, NoteRow] = field(default_factory=lambda: Grouped(_order_of))
    mentions: Grouped[tuple[str, int], MentionRow] = field(default_factory=lambda: Grouped(_note_of))
    unsold: Grouped[tuple[str, int], UnsoldAskRow] = field(default_factory=lambda: Grouped(_note_of))
    warnings: dict[tuple[str, str, str], WarningRow] = field(default_factory=dict)
    unread: dict[str, Unread] = field(default_factory=dict)
    stubs: dict[str, Stub] = field(default_factory=dict)

    def copy(self) -> "CustomerState":
        """Answer a state that can be folded into while this one stays as it is (rows are values)."""
        twin = copy(self)
        for name in _HELD:
            setattr(twin, name, getattr(self, name).copy())
        return twin

    def context(self) -> NoteContext:
        """Answer what the customer has: the document's products, then what was bought, newest first; each once."""
        named = (row.product_id for _, row in sorted(self.products.items()))
        sold = sorted((line for line in self.lines.values() if line.sold), key=lambda line: line[1:3])
        sold.sort(key=lambda line: line.ordered_at or _NEVER, reverse=True)  # stable: within one moment line by line
        ids = dict.fromkeys([*(p for p in named if p), *(line.product_id for line in sold)])
        return NoteContext(owned=tuple(ProductId(product_id) for product_id in list(ids)[:_OWNED]))

    def lines_of(self, order_id: str) -> list[OrderLineRow]:
        """Answer the lines of an order, first line first."""
        return sorted(self.lines.of(order_id), key=lambda row: row.line_number)

    def name_product(self, product_id: str, name: str, at: datetime) -> None:
        """Remember that a product was named: of several names the alphabet's first counts, and the earliest time."""
        stub = Stub(name, at)
        held = self.stubs.get(product_id)
        self.stubs[product_id] = Stub(min(held.name, name), min(held.named_at, at)) if held else stub


def _order_of(row: OrderLineRow | TransactionRow | NoteRow) -> str | None:
    return row.order_id


def _note_of(row: MentionRow | UnsoldAskRow) -> str:
    return row.note_id


_HELD = (
    "history",
    "products",
    "orders",
    "lines",
    "transactions",
    "notes",
    "mentions",
    "unsold",
    "warnings",
    "unread",
    "stubs",
)

_NEVER = datetime.fromisoformat("1900-01-01T00:00:00+00:00")
