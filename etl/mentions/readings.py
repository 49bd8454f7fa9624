"""What one written word may mean in this catalogue. Each distinct word is worked out once and remembered."""

from dataclasses import dataclass

from etl.mentions.catalog_index import CatalogIndex
from etl.mentions.typos import TypoIndex
from etl.mentions.words import stem

EXACT, SYNONYM, NARROWER, MENDED = 1.0, 0.85, 0.7, 0.8
COMMON_RANK = 2500
"""English words more frequent than this don't single out a product by themselves."""
KNOWN_RANK = 30_000
"""English words more frequent than this are taken as meant, not as typing errors."""
_REMEMBERED = 100_000


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

    @property
    def attribute(self) -> bool:
        """Say whether the word tells variants apart."""
        return bool(self.color or self.gender or self.size)


NOTHING = WordReading()


class WordReader:
    """Reads words against one catalogue."""

    def __init__(self, index: CatalogIndex) -> None:
        self._index = index
        self._lexicon = index.lexicon
        lexicon = index.lexicon
        own = [t for t in index.postings if "-" not in t]
        self._typos = TypoIndex([*own, *(w for w in lexicon.colors), *(s for s in lexicon.synonyms if "-" not in s)])
        self._known: dict[str, WordReading] = {}

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
        function = word in lexicon.function_words
        size, gender = lexicon.sizes.get(word), self._gender(word)
        number = word[:1].isdigit()
        terms = self._terms(term)
        color = self._color(word, term)
        if not (terms or color or size or gender or function or number) and lexicon.rank(word) > KNOWN_RANK:
            mended = self._mend(word, term)
            if mended is not None:
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
            telling=bool(terms) and not function and not number and self._is_telling(term),
        )

    def _gender(self, word: str) -> str | None:
        return self._lexicon.genders.get(word) if word in self._lexicon.name_genders else None

    def _color(self, word: str, term: str) -> str | None:
        colors = self._lexicon.colors
        return colors.get(word) or colors.get(term)

    def _terms(self, term: str) -> tuple[tuple[str, float], ...]:
        postings, found = self._index.postings, {}
        if term in postings:
            found[term] = EXACT
        for other in self._lexicon.synonyms.get(term, ()):
            if other in postings:
                found.setdefault(other, SYNONYM)
        for other in self._lexicon.narrower.get(term, ()):
            if other in postings:
                found.setdefault(other, NARROWER)
        return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def _is_telling(self, term: str) -> bool:
        return self._lexicon.rank(term) > COMMON_RANK

    def _mend(self, word: str, term: str) -> WordReading | None:
        for neighbour in (*self._typos.neighbours(term), *self._typos.neighbours(word)):
            read = self.read(neighbour)
            if read.terms or read.color:
                terms = tuple((t, w * MENDED) for t, w in read.terms)
                return WordReading(
                    terms, read.kind, read.brand, read.color, read.gender, read.size, telling=read.telling, mended=True
                )
        return None
