"""The words that associates have taught, found in any text as the reader finds its own.

Whatever the case, accents and plurals; with one typing error in a word that nobody knows.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

from rapidfuzz.distance import OSA

from backend.domain.corrections import Correction, core_words, places_in, words_in
from etl.mentions.typos import TypoIndex
from etl.mentions.words import irregular_plurals, normalize, stem

_SHORTEST_MENDED = 5
"""Shorter words have too many neighbours to be mended."""
_REMEMBERED = 5_000
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was taught of the characters `start` to `end` of a text; the corrections, the strongest first."""

    start: int
    end: int
    corrections: tuple[Correction, ...]


class TaughtWords:
    """The phrases of some corrections, ready to be found."""

    def __init__(self, corrections: Iterable[Correction], is_known: Callable[[str], bool] = lambda _: False) -> None:
        """Compile. `is_known` says of a normalised word that it is taken as meant: only others are mended.

        Without it whatever may be mended is; so what is not found then is not found with it.
        """
        phrased = [(_phrase(one.phrase), one) for one in corrections]
        phrased.sort(key=lambda pair: (-len(pair[0]), pair[0], pair[1].precedence))
        self._by_first: dict[str, list[tuple[Phrase, tuple[Correction, ...]]]] = {}
        for phrase, several in groupby(phrased, key=lambda pair: pair[0]):
            if phrase:
                self._by_first.setdefault(phrase[0], []).append((phrase, tuple(one for _, one in several)))
        self._vocabulary = frozenset(word for phrase, _ in phrased for word in phrase)
        self._typos = TypoIndex(word for word in self._vocabulary if len(word) >= _SHORTEST_MENDED)
        self._is_known = is_known
        self._terms: dict[str, str] = {}

    def find(self, text: str) -> list[Ruling]:
        """Answer the places of the phrases, the longest at each, none within another; linear in the text."""
        terms = [self._terms.get(word) or self._term(word) for word in words_in(text)]
        if self._by_first.keys().isdisjoint(terms):
            return []
        places, found, i = places_in(text), list[Ruling](), 0
        while i < len(terms):
            step = 1
            for phrase, corrections in self._by_first.get(terms[i], ()):
                if tuple(terms[i : i + len(phrase)]) == phrase:
                    step = len(phrase)
                    found.append(Ruling(places[i][0], places[i + step - 1][1], corrections))
                    break
            i += step
        return found

    def _term(self, written: str) -> str:
        word = normalize(written)
        term = stem(word)
        if not (term in self._vocabulary or len(word) < _SHORTEST_MENDED - 1 or self._is_known(word)):
            neighbours = (*self._typos.neighbours(term), *self._typos.neighbours(word))
            term = neighbours[0] if neighbours else term
        if len(self._terms) >= _REMEMBERED:
            self._terms.clear()
        self._terms[written] = term
        return term


def _phrase(text: str) -> Phrase:
    return tuple(stem(normalize(word)) for word in core_words(text))


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
