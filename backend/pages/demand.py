"""Unmet demand as the templates print it."""

from decimal import Decimal

from backend.analytics.unmet import UnmetThing
from backend.analytics.unmet_examples import Quote
from backend.pages import figures

_REASONS = {
    "not_bought": "not bought",
    "out_of_stock": "out of stock",
    "size": "size",
    "color": "color",
    "not_carried": "not carried",
}
_MOST_WISHES = 3


def reason(thing: UnmetThing) -> str:
    """Answer the reason that most asks have in words."""
    return _REASONS[thing.said["reason"][0][0]]


def wishes(thing: UnmetThing) -> str:
    """Answer in which colors, sizes and for whom it was asked for, most asks first: "plum ×4, size 26.5"."""
    said = [(n, name, value) for name in ("color", "size", "gender") for value, n in thing.said[name]]
    best = sorted(said, key=lambda one: -one[0])[:_MOST_WISHES]
    words = ((n, f"size {value}" if name == "size" else value) for n, name, value in best)
    return ", ".join(f"{word} ×{n}" if n > 1 else word for n, word in words)


def unit(n: int, word: str) -> str:
    """Answer what is counted: 1 customer, 2 customers."""
    return word if n == 1 else f"{word}s"


def weeks(thing: UnmetThing) -> str:
    """Answer the points of the asks a week; none where there is one week alone."""
    return figures.spark([Decimal(n) for n in thing.weeks]) if len(thing.weeks) > 1 else ""


def quoted(quote: Quote) -> tuple[str, str, str]:
    """Answer what stands before the words of the ask, the words, and what stands after them."""
    return quote.text[: quote.start], quote.text[quote.start : quote.end], quote.text[quote.end :]
