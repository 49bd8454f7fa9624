"""What associates have taught the reader: words and what they mean here, for one associate, one store or everybody."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Final

from backend.domain.ids import AssociateId, CorrectionId, CustomerId, NoteId, ProductId, StoreId

FORGOTTEN_PHRASE: Final = "(erased)"
"""In place of words that only a person who was erased has ever had in their notes."""
LONGEST_PHRASE: Final = 80
MOST_WORDS: Final = 8
_WORD = re.compile(
    "[^\\W\\d_]+(?:[\u0300-\u036f\u200d]+[^\\W\\d_]*)*(?:['\u2019][^\\W\\d_]+)*"
    r"|\d+(?:[.,/]\d+)*(?:(?:[sS][tT]|[nNrR][dD]|[tT][hH]|[sS])(?![^\W_]))?"  # 26.5, 110s, the number of 5qt
)
_LEADING = frozenset(
    {"a", "an", "the", "this", "that", "these", "those", "some", "my", "our", "your", "her", "his", "their"}
)
_SMALL = frozenset(
    "it its they them one ones he she him we us you i me and or for to of in on at with by from as is was be has had"  # noqa: SIM905
    " have no not yes so but if then when who what which too also very just".split()
)


class Verdict(StrEnum):
    """What the words mean."""

    PRODUCT = "product"
    CATEGORY = "category"
    NOT_A_PRODUCT = "not_a_product"
    NOT_THIS_PRODUCT = "not_this_product"


class CorrectionScope(StrEnum):
    """For whose notes a correction holds."""

    ASSOCIATE = "associate"
    STORE = "store"
    ALL = "all"


_NARROWNESS = {CorrectionScope.ASSOCIATE: 0, CorrectionScope.STORE: 1, CorrectionScope.ALL: 2}


@dataclass(frozen=True, slots=True)
class CitedWords:
    """Where the words stood that were corrected: characters of the text at `pointer` in an entry of the journal."""

    customer_id: CustomerId
    note_id: NoteId
    revision: int
    pointer: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Correction:
    """One rule. `version` is its place in the one log of corrections and undoings: dense, never reused.

    `associate_id` and `store_id` say whose it is: of scope `associate` the associate (and their store), of scope
    `store` the store.
    """

    correction_id: CorrectionId
    version: int
    phrase: str
    verdict: Verdict
    scope: CorrectionScope
    author_id: AssociateId
    made_at: datetime
    associate_id: AssociateId | None = None
    store_id: StoreId | None = None
    product_ids: tuple[ProductId, ...] = ()
    category: str | None = None
    cited: CitedWords | None = None
    undone_at: datetime | None = None
    undone_by: AssociateId | None = None

    def holds_for(self, associate_id: str | None, store_id: str | None) -> bool:
        """Say whether it speaks of a note by this associate about a customer of this store."""
        if self.undone_at is not None:
            return False
        if self.scope is CorrectionScope.ASSOCIATE:
            return self.associate_id is not None and self.associate_id == associate_id
        return self.scope is CorrectionScope.ALL or (self.store_id is not None and self.store_id == store_id)

    @property
    def precedence(self) -> tuple[int, int]:
        """Sort by this: the narrower scope comes before the wider, then the newer before the older."""
        return _NARROWNESS[self.scope], -self.version


def words_in(text: str) -> list[str]:
    """Split a text into its words; linear in any text."""
    return _WORD.findall(text)


def places_in(text: str) -> list[tuple[int, int]]:
    """Answer where the words of a text begin and end, in the order of `words_in`."""
    return [found.span() for found in _WORD.finditer(text)]


def core_words(phrase: str) -> list[str]:
    """Answer the words of a phrase that tell: "the dutchie" is "dutchie"."""
    words = words_in(phrase)
    first = next((place for place, word in enumerate(words) if word.lower() not in _LEADING), len(words))
    return words[first:]


def is_telling(words: list[str]) -> bool:
    """Say whether words are enough to teach something by: "it" and "&" are not."""
    return any(word.lower() not in _SMALL and (len(word) > 1 or not word.isascii()) for word in words)


@dataclass(frozen=True, eq=False)
class Taught:
    """The corrections that hold for a note, the strongest first. Compared by identity: a reader compiles each once."""

    corrections: tuple[Correction, ...] = ()


NOTHING_TAUGHT: Final = Taught()


@dataclass(frozen=True, eq=False)
class CorrectionBook:
    """All corrections as of one version of their log."""

    corrections: tuple[Correction, ...] = ()
    version: int = 0
    _known: dict[tuple[str | None, str | None], Taught] = field(default_factory=dict, repr=False)

    @cached_property
    def _in_force(self) -> list[Correction]:
        standing = (one for one in self.corrections if one.undone_at is None)
        return sorted(standing, key=lambda one: one.precedence)

    @cached_property
    def _spoken_of(self) -> tuple[frozenset[str], frozenset[str]]:
        """Answer the associates and the stores with corrections of their own."""
        own = (one.associate_id for one in self._in_force if one.scope is CorrectionScope.ASSOCIATE)
        shared = (one.store_id for one in self._in_force if one.scope is CorrectionScope.STORE)
        return frozenset(map(str, own)), frozenset(map(str, shared))

    def for_note(self, associate_id: str | None, store_id: str | None) -> Taught:
        """Answer what holds for a note by this associate about a customer of this store; the same object each time."""
        if not self._in_force:
            return NOTHING_TAUGHT
        associates, stores = self._spoken_of
        key = (associate_id if associate_id in associates else None, store_id if store_id in stores else None)
        if key not in self._known:
            holding = tuple(one for one in self._in_force if one.holds_for(*key))
            self._known[key] = Taught(holding) if holding else NOTHING_TAUGHT
        return self._known[key]


NOTHING_CORRECTED: Final = CorrectionBook()


def versioned(extractor_version: str, by: Correction | None) -> str:
    """Answer the version of what was read with the help of a correction: `4+c17`."""
    return extractor_version if by is None else f"{extractor_version}+c{by.version}"


def newest(corrections: Iterable[Correction]) -> Correction | None:
    """Answer the correction with the highest version."""
    return max(corrections, key=lambda one: one.version, default=None)
