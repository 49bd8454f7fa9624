"""The note reader: notes in, mentions with their proof out. Pure; knows no store and no clock."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Self, cast

from spacy.tokens import Doc

from backend.domain.ids import ProductId
from backend.domain.mentions import NoteContext, NoteReading
from backend.domain.products import CatalogProduct
from etl.mentions.catalog_index import CatalogIndex
from etl.mentions.lexicon import load_lexicon
from etl.mentions.linker import Link, Linker
from etl.mentions.naming import Naming, naming_of
from etl.mentions.namings import Found, Judge, MentionFinder
from etl.mentions.note_words import NoteWord, words_of
from etl.mentions.pipeline import STATE, Page, ReadingState, build_pipeline
from etl.mentions.product_names import ProductNames
from etl.mentions.readings import WordReader
from etl.mentions.tokenizer import split

VERSION = "12"
"""Raised whenever the same note may be read differently."""
_ONE_OF_SEVERAL, _ONE_OF_SEVERAL_NAMESAKES = 0.6, 0.9
_NO_CONTEXT = NoteContext()


@dataclass(frozen=True, slots=True)
class ResolvedName:
    """The catalogue's product for a name in words."""

    product_id: ProductId
    confidence: float


class NoteReader:
    """Reads notes against one catalogue."""

    version = VERSION

    def __init__(self, index: CatalogIndex) -> None:
        self._index = index
        self._words = WordReader(index)
        self._linker = Linker(index)
        nlp = build_pipeline(index, self._words, self._linker)
        self._components = [component for _, component in nlp.pipeline]
        self._names = ProductNames(index, self._linker, self._naming)

    @classmethod
    def from_catalog(cls, products: Iterable[CatalogProduct]) -> Self:
        """Compile a catalogue; the order of its products makes no difference."""
        with _no_garbage_collection():
            return cls(CatalogIndex(products, load_lexicon()))

    def read(self, text: str, *, written_on: date, context: NoteContext = _NO_CONTEXT) -> NoteReading:
        """Answer the products mentioned and the day to come back, each with its characters in `text`."""
        state = ReadingState(text, written_on, context)
        page = cast("Doc", Page({STATE: state}))
        for component in self._components:
            component(page)
        return NoteReading(
            tuple(state.mentions),
            state.follow_up,
            self.version,
            unsold=state.unsold,
            sentiment=state.sentiment,
            corrected_by=state.corrected_by,
        )

    def read_many(self, notes: Iterable[tuple[str, date, NoteContext]]) -> list[NoteReading]:
        """Read notes in order."""
        return [self.read(text, written_on=written_on, context=context) for text, written_on, context in notes]

    def judge(self, text: str, judge: Judge) -> tuple[list[NoteWord], list[Found]]:
        """Answer the words of a text and what `judge` lets pass of all that fits the catalogue: for fitting weights."""
        words = self.words(text)
        return words, MentionFinder(self._index, self._linker).find_namings(text, words, judge)

    def words(self, text: str) -> list[NoteWord]:
        """Answer the words of a text, read against the catalogue."""
        return words_of(split(text), self._words, self._index.lexicon.phrases)

    def product_ids(self, link: Link) -> list[ProductId]:
        """Answer the products of a link, best first."""
        return [ProductId(self._index.entries[number].product.product_id) for number in link.numbers]

    def resolve_name(self, name: str) -> ResolvedName | None:
        """Answer the product that a name in words means, as in `products[]` and order lines; None where unsure."""
        terms = self._index.split(name)
        named = self._index.named(terms)
        if terms and named:
            return self._resolved(named[0], 1.0 if len(named) == 1 else _ONE_OF_SEVERAL_NAMESAKES)
        link = self._names.find(name)
        if link is None:
            return None
        return self._resolved(link.numbers[0], link.confidence * (1.0 if len(link.numbers) == 1 else _ONE_OF_SEVERAL))

    def _naming(self, name: str) -> Naming:
        return naming_of([word for word in self.words(name) if not word.sign])

    def _resolved(self, number: int, confidence: float) -> ResolvedName:
        return ResolvedName(ProductId(self._index.entries[number].product.product_id), round(confidence, 3))


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Pause it: an index is a million small objects, none of them garbage, and looking through them takes longest."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
