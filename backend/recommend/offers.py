"""What is offered to a customer, from what is known of the customer, and what may not be offered at all."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.domain.ids import ProductId
from backend.domain.suggestions import NoteSpan, SuggestedProduct

_GONE = frozenset({"discontinued", "is_discontinued", "isdiscontinued", "sold_out", "soldout"})
_THERE = frozenset({"in_stock", "instock", "available", "is_available", "active", "is_active"})
_COUNTED = frozenset({"stock", "stock_quantity", "stock_level", "quantity_in_stock", "inventory", "on_hand"})
_TOLD = frozenset({"status", "availability", "product_status", "stock_status"})
_GONE_WORDS = frozenset(
    {"discontinued", "out of stock", "out_of_stock", "outofstock", "sold out", "soldout", "inactive"}
)
_NO_WORDS = frozenset({"no", "false", "0", "n"})
ASK_DAYS = 30.0
"""An ask counts in full for so long, and half as much for as long again."""


@dataclass(frozen=True, slots=True)
class History:
    """What a customer bought and kept, an entry a line: `days` since 1970 with their fraction, UTC.

    `owned`: what the document says he has, though nobody saw it bought.
    """

    product_ids: Sequence[str] = ()
    order_ids: Sequence[str] = ()
    days: Sequence[float] = ()
    quantities: Sequence[int] = ()
    owned: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A product that a note asks for and that was not bought since; the very words, and how sure the reader is."""

    product_id: ProductId
    span: NoteSpan
    confidence: float
    age_days: float


@dataclass(frozen=True, slots=True)
class Past:
    """One customer as the tables know him; `refused`: rejected or returned, and not asked for since."""

    history: History = field(default_factory=History)
    refused: frozenset[ProductId] = frozenset()
    asks: tuple[Ask, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A product to offer: `score` ranks, `probability` is that of its being taken next; both 0..1. Reasons as data."""

    product_id: str
    score: float
    probability: float
    because: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class ShelfProduct:
    """A product as filters look at it."""

    shown: SuggestedProduct
    listed: bool = True
    category: str | None = None
    subcategory: str | None = None
    gender: str | None = None
    sizes: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller wants to see; None: all the same. What does not say its price, gender or size passes."""

    least_cents: int | None = None
    most_cents: int | None = None
    gender: str | None = None
    size: str | None = None
    category: str | None = None

    @property
    def any(self) -> bool:
        """Tell whether anything is asked for."""
        return self != Wishes()


def can_be_offered(product: ShelfProduct, wishes: Wishes) -> bool:
    """Tell whether the product is in the catalogue, to be had as far as its fields say, and as wished."""
    return product.listed and is_to_be_had(product.extra) and _as_wished(product, wishes)


def is_to_be_had(extra: Mapping[str, Any]) -> bool:
    """Tell whether no field says that the product is discontinued or out of stock; `extra` is by JSON pointer."""
    return not any(_says_gone(pointer.rpartition("/")[2].lower(), value) for pointer, value in extra.items())


def _says_gone(name: str, value: Any) -> bool:
    word = str(value).strip().lower()
    if name in _GONE:
        return word not in _NO_WORDS and value not in {None, ""}
    if name in _THERE:
        return word in _NO_WORDS
    if name in _COUNTED:
        return word.lstrip("-").replace(".", "", 1).isdigit() and float(word) <= 0
    return name in _TOLD and word in _GONE_WORDS


def _as_wished(product: ShelfProduct, wishes: Wishes) -> bool:
    price = product.shown.price_cents
    if price is not None and not (wishes.least_cents or 0) <= price <= (wishes.most_cents or price):
        return False
    if wishes.gender and product.gender and product.gender.lower() not in {wishes.gender.lower(), "unisex"}:
        return False
    if wishes.size and product.sizes and not _has_size(product.sizes, wishes.size):
        return False
    return wishes.category is None or wishes.category in {product.category, product.subcategory}


def _has_size(sizes: str, wanted: str) -> bool:
    """Tell whether a size is named, or lies between two numbers (`36-46`)."""
    named = sizes.lower().replace("–", "-")
    low, dash, high = named.partition("-")
    if dash and low.strip().isdigit() and high.strip().isdigit() and wanted.strip().isdigit():
        return int(low) <= int(wanted) <= int(high)
    return wanted.lower() in {word.strip() for word in named.replace("/", ",").replace(";", ",").split(",")}


def with_asks(offers: Iterable[Offer], asks: Iterable[Ask], *, share: float, opportunity: float = 1.0) -> list[Offer]:
    """Put what notes ask for among the offers, best first; `share`: of asks, how many were bought within a month.

    What the model offers and a note asks for is as likely as the likelier of the two says, and has both reasons.
    """
    merged = {offer.product_id: offer for offer in offers}
    for ask in asks:
        likely = share * ask.confidence * 0.5 ** max(0.0, ask.age_days / ASK_DAYS - 1)
        known = merged.get(ask.product_id, Offer(ask.product_id, 0.0, 0.0, ()))
        merged[ask.product_id] = Offer(
            ask.product_id,
            max(known.score, likely),
            max(known.probability, likely * opportunity),
            (span_of(ask), *known.because),
        )
    return sorted(merged.values(), key=lambda offer: (-offer.score, offer.product_id))


def span_of(ask: Ask) -> dict[str, Any]:
    """Answer the reason: the very words."""
    span = ask.span
    return {
        "type": span.type, "note_id": span.note_id, "revision": span.revision, "pointer": span.pointer,
        "start": span.start, "end": span.end, "text": span.text,
    }  # fmt: skip
