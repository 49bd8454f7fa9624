"""What was read in a note: raw findings, each with the characters that prove it."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from backend.domain.corrections import NOTHING_TAUGHT, Correction, Taught
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


class Shortage(StrEnum):
    """Why the customer could not have what the shop sells otherwise."""

    OUT_OF_STOCK = "out_of_stock"
    SIZE = "size"
    COLOR = "color"


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
    recipient: str | None = None  # whose gift it is, as one word: mother, son, friend
    shortage: Shortage | None = None
    corrected_by: Correction | None = None  # what made or changed it


@dataclass(frozen=True, slots=True)
class UnsoldAsk:
    """A thing that was asked for and that the catalogue does not have: it is linked to nothing, and no mention.

    `text_of_note[start:end] == text`. `wanted` is the thing in plain words (lower case, singular, without colour, size
    and gender), `head` the last of them: what kind of thing it is.
    """

    start: int
    end: int
    text: str
    wanted: str
    head: str
    size: str | None = None
    color: str | None = None
    gender: str | None = None


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
    unsold: tuple[UnsoldAsk, ...] = ()
    sentiment: float = 0.0  # -1 (bad) to 1 (good), 0 where nothing speaks for either
    corrected_by: Correction | None = None  # the newest that made, changed or removed a mention


@dataclass(frozen=True, slots=True)
class NoteContext:
    """What the reader may know beside the text: what the customer has, newest first, and what it was taught."""

    owned: tuple[ProductId, ...] = field(default=())
    taught: Taught = NOTHING_TAUGHT  # the corrections that hold for the note
