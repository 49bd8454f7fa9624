"""What one written word may mean in this catalogue. Each distinct word is worked out once and remembered."""

import re
from dataclasses import dataclass, field

from etl.mentions.catalog_index import CatalogIndex
from etl.mentions.date_words import day_kind_of
from etl.mentions.typos import TypoIndex
from etl.mentions.words import normalize, stem

EXACT, SYNONYM, NARROWER, MENDED = 1.0, 0.85, 0.7, 0.8
COMMON_RANK = 2500
"""English words more frequent than this don't single out a product by themselves."""
SETTLED_RANK = 3_000
"""English words more frequent than this are always taken as meant."""
KNOWN_RANK = 30_000
"""English words more frequent than this are taken as meant, not as typing errors."""
_CONTRACTED = ("'ll", "'ve", "'re", "'d", "'m", "n't")
_SHORTEST_PREFIX = 4
_NUMBERED = re.compile(r"([a-z]{2,})(\d+(?:\.\d+)?)s?")
_REMEMBERED = 100_000
_LONGEST_REMEMBERED = 40
"""No word of a shop is longer; a note of one word of a megabyte need not be kept."""


@dataclass(frozen=True, slots=True)
class WordReading:
    """All readings of one word; empty where it means nothing here."""

    terms: tuple[tuple[str, float], ...] = ()
    kind: bool = False
    brand: bool = False
    color: str | None = None
    gender: str | None = None
    size: str | None = None
    number: bool = False
    foreign: bool = False  # a thing or a maker that shops elsewhere sell
    function: bool = False
    telling: bool = False  # singles out products even when it stands alone
    mended: bool = False
    purpose: bool = False  # makes another kind of the kind that follows
    unit: bool = False
    split: int = 0  # two words written as one: the length of the first
    rank: int = 0
    day: str | None = None  # which kind of words for a day it may be part of
    attribute: bool = field(init=False)  # tells variants apart
    speaks: bool = field(init=False)  # may stand in a naming: a word of the catalogue, or an attribute
    settled: bool = field(init=False)  # is no typing error, whatever stands beside it

    def __post_init__(self) -> None:
        attribute = bool(self.color or self.gender or self.size)
        object.__setattr__(self, "attribute", attribute)
        object.__setattr__(self, "speaks", attribute or (bool(self.terms) and not self.function))
        known = bool(self.terms) or attribute or self.function or self.number
        object.__setattr__(self, "settled", known or self.rank < SETTLED_RANK)


NOTHING = WordReading()


Piece = tuple[int, int, str, WordReading, bool]
"""A word within a token: where it begins and ends, its normal form, its reading, whether it is a sign."""


class WordReader:
    """Reads words against one catalogue."""

    def __init__(self, index: CatalogIndex) -> None:
        self._index = index
        self._lexicon = index.lexicon
        lexicon = index.lexicon
        own = [t for t in index.postings if "-" not in t]
        synonyms = [s for s in lexicon.synonyms if "-" not in s]
        plurals = [f"{kind}s" for kind in (*index.kinds, *synonyms) if "-" not in kind]
        self._typos = TypoIndex([*own, *lexicon.colors, *index.color_words, *synonyms, *plurals])
        self._written: dict[str, tuple[Piece, ...]] = {" ": ()}
        self._known: dict[str, WordReading] = {}
        self._mended: dict[str, WordReading] = {}

    def written(self, surface: str) -> tuple[Piece, ...]:
        """Read a token as it is written: no word for white space, two for two that were run together."""
        known = self._written.get(surface)
        if known is None:
            if len(self._written) >= _REMEMBERED:
                self._written.clear()
            known = self._pieces(surface)
            if len(surface) <= _LONGEST_REMEMBERED:
                self._written[surface] = known
        return known

    def _pieces(self, surface: str) -> tuple[Piece, ...]:
        norm, length = normalize(surface), len(surface)
        if not norm[:1].isalnum():
            if not surface.isspace():
                return ((0, length, surface, NOTHING, True),)
            return ((0, length, "\n", NOTHING, True),) if "\n" in surface else ()
        reading = self.read(norm)
        middle = reading.split
        if not middle or len(norm) != length:
            return ((0, length, norm, reading, False),)
        first, second = norm[:middle], norm[middle:]
        return (0, middle, first, self.read(first), False), (middle, length, second, self.read(second), False)

    def read(self, word: str) -> WordReading:
        """Read a normalised word."""
        known = self._known.get(word)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[word] = self._read(word)
        return known

    def _read(self, word: str) -> WordReading:
        lexicon, term = self._lexicon, stem(self._lexicon.units.get(word, word))
        function = word in lexicon.function_words or word.endswith(_CONTRACTED)
        if function and "'" in word:
            return WordReading(function=True)
        size = lexicon.sizes.get(word)
        gender = lexicon.genders.get(word) if word in lexicon.name_genders else None
        number = word[:1].isdigit()
        terms = () if word in lexicon.units else self._terms(term)
        color = self._color(word) or self._color(term)
        rank = min(lexicon.rank(word), lexicon.rank(term))
        if not (terms or color or size or gender or function or number):
            split = self._index.joined.get(term) or self._index.joined.get(word)
            if split and (rank > KNOWN_RANK or not all(map(self.is_ordinary, split))):
                return WordReading(split=len(split[0]))
            if numbered := self._before_a_number(word):
                return WordReading(split=numbered)
            if rank > KNOWN_RANK:
                mended = self.mend(word)
                if mended is not NOTHING:
                    return mended
        foreign = not terms and not color and (term in lexicon.nouns or term in lexicon.brands)
        return WordReading(
            terms=terms,
            kind=any(t in self._index.kinds for t, _ in terms),
            brand=term in self._index.brand_words,
            color=color,
            gender=gender,
            size=size,
            number=number,
            foreign=foreign and not function,
            function=function,
            telling=bool(terms) and not function and not number and self._is_telling(term, rank),
            purpose=not terms and term in lexicon.purposes,
            unit=word in lexicon.units,
            rank=rank,
            day=day_kind_of(word),
        )

    def _before_a_number(self, word: str) -> int:
        """Answer how long the name is that a number was run together with: "gps2", "trailmark60"; 0 where none was."""
        found = _NUMBERED.fullmatch(word)
        known = found and self.knows(found[1]) and found[2] in self._index.postings
        return len(found[1]) if found and known else 0

    def _color(self, word: str) -> str | None:
        color = self._lexicon.colors.get(word)
        if color and (word in self._index.color_words or color in self._index.color_words):
            return color
        return word if word in self._index.color_words and word not in self._index.kinds else None

    def _terms(self, term: str) -> tuple[tuple[str, float], ...]:
        postings = self._index.postings
        found: dict[str, float] = {}
        if term in postings:
            found[term] = EXACT
        for other in self._lexicon.synonyms.get(term, ()):
            if other in postings:
                found.setdefault(other, SYNONYM)
        for other in self._lexicon.narrower.get(term, ()):
            if other in postings:
                found.setdefault(other, NARROWER)
        return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def _is_telling(self, term: str, rank: int) -> bool:
        if term in self._index.kinds or term in self._lexicon.materials:
            return False
        return rank > KNOWN_RANK or (rank > COMMON_RANK and (term in self._index.leading or self._index.is_rare(term)))

    def knows(self, word: str) -> bool:
        """Say whether the catalogue has this very word."""
        return stem(word) in self._index.postings

    def is_ordinary(self, word: str) -> bool:
        """Say whether a word is so common in English that it proves little."""
        return word in self._lexicon.function_words or self._lexicon.rank(word) < COMMON_RANK

    def side_by_side(self, first: str, second: str) -> bool:
        """Say whether two words stand side by side in a name."""
        return (stem(first), stem(second)) in self._index.pairs

    def terms(self, word: str) -> tuple[tuple[str, float], ...]:
        """Answer the catalogue's words for a word that small words are otherwise no part of."""
        return self._terms(stem(word))

    def mend(self, word: str) -> WordReading:
        """Read a word as a typing error or a pet name of one that the catalogue knows; NOTHING where it is neither."""
        known = self._mended.get(word)
        if known is None:
            if len(self._mended) >= _REMEMBERED:
                self._mended.clear()
            known = self._mended[word] = self._mend(word)
        return known

    def _mend(self, word: str) -> WordReading:
        if stem(word) in self._lexicon.nouns or stem(word) in self._lexicon.parts:
            return NOTHING
        candidates = [*self._typos.neighbours(word), *self._typos.neighbours(stem(word))]
        if len(word) >= _SHORTEST_PREFIX:
            candidates.extend(self._index.kinds_beginning_with(word))
        if len(word) > 5 and word.endswith(("ie", "ies", "y")):  # noqa: PLR2004 - "dutchie", never "ties"
            candidates.append(word.removesuffix("s").removesuffix("ie").removesuffix("y"))
        for candidate in candidates:
            read = self.read(candidate)
            if (read.terms or read.color) and not read.function:
                terms = tuple((t, w * MENDED) for t, w in read.terms)
                return WordReading(
                    terms, read.kind, read.brand, read.color, read.gender, read.size, telling=read.telling, mended=True
                )
        return NOTHING
