"""The fields of a product as the index knows them: terms, colours, gender and sizes.

A text that many products share (a maker, a colour) is read once, and so is what all the products of a shelf share.
"""

import re
from sys import intern
from typing import NamedTuple

from backend.domain.products import CatalogProduct
from etl.mentions.lexicon import Lexicon
from etl.mentions.sizes import SizeRange, parse_size_range
from etl.mentions.words import normalize, stem

_WORD = re.compile(
    r"\d+(?:[.,/]\d+)*(?=(?:qt|in|oz|ft|gal|ml|cm|mm|lb|pk|pc|l|g|w)\b)|[^\W_]+(?:'[^\W\d_]+)?(?:[.]\d+)?"
)
_STOP = frozenset({"the", "a", "an", "and", "of", "for", "with", "in", "by", "to", "or", "on", "at", "&", "s"})
_PACKED = "pk"
"""What a pack is after a number: the unit."""
_SHADINGS = frozenset({"light", "dark", "wash", "matte", "bright", "deep", "two", "tone", "print"})
_WOMEN, _CHILDREN = frozenset({"w", "woman"}), frozenset({"kid", "child", "youth", "junior", "jr", "toddler"})
_GENDERED = _WOMEN | _CHILDREN | {"man", "m"}
_LETTERS_ONLY = re.compile(r"[A-Za-z ]*").fullmatch
"""Most names are plain words, which need no looking for."""
Terms = tuple[str, ...]


class Shelved(NamedTuple):
    """What a product shares with others: all but its name and its other names."""

    brand: Terms
    subcategory: Terms
    colors: frozenset[str]
    gender: str | None
    sizes: SizeRange | None


class FieldReader:
    """Reads the fields of one catalogue's products."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._terms_of: dict[str, Terms] = {}
        self._stem_of: dict[str, str] = {}
        self._phrase_starts = frozenset(phrase[0] for phrase in lexicon.phrases)
        self._shelved: dict[tuple[str | None, ...], Shelved] = {}

    def terms(self, text: str) -> Terms:
        """Split a catalogue field into stems, phrases that are one kind added as one term."""
        known = self._terms_of.get(text)
        if known is None:
            known = self._terms_of[text] = self.split(text)
        return known

    def split(self, text: str) -> Terms:
        """Split a text into stems, remembering its words but not itself."""
        known = self._stem_of
        written = text.lower().split() if _LETTERS_ONLY(text) else _WORD.findall(normalize(text))
        try:
            words = [word for one in written if (word := known[one])]
        except KeyError:
            known.update((one, self._stem(one)) for one in written if one not in known)
            words = [word for one in written if (word := known[one])]
        if "pack" in words:
            words = [_PACKED if w == "pack" and i and words[i - 1][0].isdigit() else w for i, w in enumerate(words)]
        if self._phrase_starts.isdisjoint(words):
            return tuple(words)
        return tuple(words + self._phrases_in(words))

    def other_names(self, product: CatalogProduct) -> Terms:
        """Answer the terms of a product's model and aliases."""
        model = self.terms(product.model) if product.model else ()
        if not product.aliases:
            return model
        return (*model, *[term for alias in product.aliases for term in self.terms(alias)])

    def shelved(self, product: CatalogProduct) -> Shelved:
        """Answer what the fields say that many products share."""
        sized = product.size_range or product.size
        key = product.brand, product.subcategory, product.color, product.gender, sized
        known = self._shelved.get(key)
        if known is None:
            known = self._shelved[key] = Shelved(
                self.terms(product.brand) if product.brand else (),
                self.terms(product.subcategory) if product.subcategory else (),
                self._colors(product.color) if product.color else frozenset(),
                self._lexicon.genders.get(normalize(product.gender).strip()) if product.gender else None,
                parse_size_range(sized) if sized else None,
            )
        return known

    def forget_shelves(self) -> set[str]:
        """Answer every colour of a colour field, and let go of what only compiling needs."""
        colors = {color for one in self._shelved.values() for color in one.colors}
        self._shelved.clear()
        return colors

    def colors_in(self, name: Terms) -> frozenset[str]:
        """Answer the colours that a name says."""
        plain = self._lexicon.plain_colors
        if plain.isdisjoint(name):
            return _NO_COLORS
        return frozenset(self._lexicon.colors[t] for t in name if t in plain)

    def gender_in(self, name: Terms) -> str | None:
        """Answer for whom a name says that the product is."""
        if _GENDERED.isdisjoint(name):
            return None
        for term in name:
            if term in _WOMEN:
                return "women"
            if term == "man" or (term == "m" and name[-1] == "m"):
                return "men"
            if term in _CHILDREN:
                return "kids"
        return None

    def _stem(self, written: str) -> str:
        """Answer a word as the index knows it; nothing for one too small."""
        return "" if written in _STOP else intern(stem(self._lexicon.units.get(written, written)))

    def _phrases_in(self, words: list[str]) -> list[str]:
        phrases = self._lexicon.phrases
        return [
            intern("-".join(words[i : i + n]))
            for i, word in enumerate(words)
            if word in self._phrase_starts
            for n in (2, 3)
            if tuple(words[i : i + n]) in phrases
        ]

    def _colors(self, text: str) -> frozenset[str]:
        known, terms = self._lexicon.colors, self.terms(text)
        return frozenset([known[t] for t in terms if t in known] or [t for t in terms if t not in _SHADINGS])


_NO_COLORS = frozenset[str]()
