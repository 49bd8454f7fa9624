"""What was read in a note: raw findings, each with the characters that prove it."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from backend.domain.ids import ProductId


class Intent(StrEnum):
    """What the customer has to do with the product."""

    WANTS = "wants"
    ASKED = "asked"
    BOUGHT = "bought"
    ORDERED = "ordered"
    RETURNED = "returned"
    REJECTED = "rejected"
    OWNS = "owns"
    COMPLAINT = "complaint"
    SUGGESTED = "suggested"  # by the associate


@dataclass(frozen=True, slots=True)
class Mention:
    """A product or kind of product named in a text.

    `start` and `end` are Python character offsets: `text_of_note[start:end] == text`.
    `product_ids` is best first; it is empty where a kind is named and no single product, and `category`
    is then the catalogue's subcategory. `confidence` is 0..1.
    """

    start: int
    end: int
    text: str
    product_ids: tuple[ProductId, ...]
    category: str | None
    intent: Intent
    confidence: float
    size: str | None = None
    color: str | None = None
    gender: str | None = None
    quantity: int | None = None


@dataclass(frozen=True, slots=True)
class FollowUpCue:
    """A day on which to come back to the customer, and the words that say so."""

    start: int
    end: int
    text: str
    due_on: date


@dataclass(frozen=True, slots=True)
class NoteReading:
    """All that was read in one note."""

    mentions: tuple[Mention, ...]
    follow_up: FollowUpCue | None
    extractor_version: str


@dataclass(frozen=True, slots=True)
class NoteContext:
    """What the reader may know of the customer: products they have, newest first, and their names where unresolved."""

    owned: tuple[ProductId, ...] = field(default=())
