"""The words that associates have taught, found in any text as the reader finds its own.

Whatever the case, accents and plurals; with one typing error in a word that nobody knows.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from rapidfuzz.distance import OSA

from backend.domain.corrections import Correction, Taught, core_words, words_in
from etl.mentions.typos import TypoIndex
from etl.mentions.words import irregular_plurals, normalize, stem

_SHORTEST_MENDED = 5
"""Shorter words have too many neighbours to be mended."""
_REMEMBERED = 50_000
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was taught of the characters `start` to `end` of a text; the corrections, the strongest first."""

    start: int
    end: int
    corrections: tuple[Correction, ...]


class TaughtWords:
    """The phrases of some corrections, ready to be found."""

    def __init__(self, corrections: Iterable[Correction]) -> None:
        phrased = [(_phrase(one.phrase), one) for one in corrections]
        phrased.sort(key=lambda pair: (-len(pair[0]), pair[0], pair[1].precedence))
        self._by_first: dict[str, list[tuple[Phrase, tuple[Correction, ...]]]] = {}
        for phrase, several in groupby(phrased, key=lambda pair: pair[0]):
            if phrase:
                self._by_first.setdefault(phrase[0], []).append((phrase, tuple(one for _, one in several)))
        self._vocabulary = frozenset(word for phrase, _ in phrased for word in phrase)
        self._typos = TypoIndex(word for word in self._vocabulary if len(word) >= _SHORTEST_MENDED)
        self._mended: dict[str, str] = {}

    def find(self, text: str, is_known: Callable[[str], bool]) -> list[Ruling]:
        """Answer the places of the phrases, the longest at each, none within another; linear in the text.

        `is_known` says of a normalised word that it is taken as meant: only others are mended.
        """
        words = words_in(text)
        terms = [self._term(word.text, is_known) for word in words]
        found, i = [], 0
        while i < len(terms):
            step = 1
            for phrase, corrections in self._by_first.get(terms[i], ()):
                if tuple(terms[i : i + len(phrase)]) == phrase:
                    step = len(phrase)
                    found.append(Ruling(words[i].start, words[i + step - 1].end, corrections))
                    break
            i += step
        return found

    def may_concern(self, text: str) -> bool:
        """Say whether a note may read differently for these corrections; a no is certain, whatever the catalogue."""
        return bool(self.find(text, lambda _: False))

    def _term(self, written: str, is_known: Callable[[str], bool]) -> str:
        word = normalize(written)
        term = stem(word)
        if term in self._vocabulary or len(word) < _SHORTEST_MENDED - 1 or is_known(word):
            return term
        mended = self._mended.get(word)
        if mended is None:
            if len(self._mended) >= _REMEMBERED:
                self._mended.clear()
            neighbours = (*self._typos.neighbours(term), *self._typos.neighbours(word))
            mended = self._mended[word] = neighbours[0] if neighbours else term
        return mended


def _phrase(text: str) -> Phrase:
    return tuple(stem(normalize(word)) for word in core_words(text))


@lru_cache(maxsize=1000)
def compiled(taught: Taught) -> TaughtWords:
    """Compile what holds for a note, once."""
    return TaughtWords(taught.corrections)


def needles(phrase: str) -> tuple[str, ...]:
    """Answer small texts of which every plain-ASCII note with the phrase has one, whatever its case; () = no such text.

    For a search by substring to go before `TaughtWords.find`. A note with an apostrophe or beyond ASCII may have none.
    """
    several = [_needles(term) for term in _phrase(phrase)]
    return max((some for some in several if some), key=lambda some: len(min(some, key=len)), default=())


def _needles(term: str) -> tuple[str, ...]:
    stays = term[:-1]  # "cherry" is written "cherries", too
    if not term.isalpha() or len(term) < _SHORTEST_MENDED:
        irregular = any(single == term for single in irregular_plurals().values())
        return () if irregular else (stays if term.endswith("y") else term,)
    if any(OSA.distance(single, term, score_cutoff=1) <= 1 for single in irregular_plurals().values()):
        return ()
    middle = (len(stays) + 1) // 2
    swapped = stays[: middle - 1] + term[middle] + stays[middle - 1] + stays[middle + 1 :]
    return stays[:middle], stays[middle:], swapped
