"""Sizes: whether a size that a customer named lies within the range that a product is made in."""

import re
from dataclasses import dataclass

_LETTERS = ["XXS", "XS", "S", "M", "L", "XL", "XXL", "XXXL"]
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LETTER = re.compile(r"(?<![A-Z])(X{0,3}[SL]|M|2XL|3XL|2XS)(?![A-Z])")
_ALIASES = {"2XL": "XXL", "3XL": "XXXL", "2XS": "XXS"}


@dataclass(frozen=True, slots=True)
class SizeRange:
    """Numbers from `low` to `high`, or letter sizes."""

    low: float | None
    high: float | None
    letters: frozenset[str]

    def holds(self, size: str) -> bool | None:
        """Say whether the size is made; None where the two can't be compared."""
        if self.letters and size in _LETTERS:
            return size in self.letters
        if self.low is not None and self.high is not None and _NUMBER.fullmatch(size):
            return self.low <= float(size) <= self.high
        return None


def parse_size_range(text: str) -> SizeRange | None:
    """Read `S-XL`, `22.5-31.5`, `XS, S, M`, `US 5-11`; None where no size is told."""
    letters = [_ALIASES.get(found, found) for found in _LETTER.findall(text.upper())]
    if letters:
        span = range(_LETTERS.index(letters[0]), _LETTERS.index(letters[-1]) + 1)
        ranged = "-" in text or "\u2013" in text or " to " in text
        return SizeRange(None, None, frozenset(_LETTERS[i] for i in span) if ranged else frozenset(letters))
    numbers = [float(found) for found in _NUMBER.findall(text)]
    if numbers:
        return SizeRange(min(numbers), max(numbers), frozenset())
    return None
