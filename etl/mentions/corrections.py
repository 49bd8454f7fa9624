"""What associates have taught, applied to a reading: words that mean a product, a kind or nothing, or not that product.

A correction touches the mentions that its words cover, and nothing else of the reading.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from backend.domain.corrections import Correction, Taught, Verdict, newest
from backend.domain.ids import ProductId
from backend.domain.mentions import Intent, Mention, NoteContext
from etl.mentions.catalog_index import CatalogIndex
from etl.mentions.intent_model import IntentFound, IntentModel, praise_settled
from etl.mentions.intents import IntentRead
from etl.mentions.naming import naming_of
from etl.mentions.note_words import NoteWord
from etl.mentions.readings import KNOWN_RANK
from etl.mentions.taught_words import Ruling, TaughtWords
from etl.mentions.words import stem

_TAUGHT = 0.97
"""How sure it is that taught words mean what was taught; the intent is as sure as the model is."""
_CORRECTED = 0.85
"""How sure a mention is at least that was read before and then put right."""
_MOST_COMPILED = 200
Place = tuple[int, int]
"""The first and the last of a note's words."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """The mentions after the corrections, and the newest correction that did anything."""

    mentions: list[Mention]
    by: Correction | None


@dataclass(frozen=True, slots=True)
class Meaning:
    """What some words mean by a correction; neither products nor a category: nothing that is sold."""

    by: Correction
    products: tuple[ProductId, ...] = ()
    category: str | None = None


class Corrector:
    """Applies corrections to what was read against one catalogue."""

    def __init__(self, index: CatalogIndex) -> None:
        self._index = index
        self._compiled: dict[Taught, TaughtWords] = {}

    def correct(self, text: str, words: list[NoteWord], mentions: list[Mention], context: NoteContext) -> Corrected:
        """Answer the mentions as the corrections of the context have them, in order of their place."""
        rulings = self._words(context.taught).find(text)
        if not rulings:
            return Corrected(mentions, None)
        left, found = deque(mentions), list[Mention]()
        fresh: set[int] = set()
        applied: list[Correction] = []
        for ruling in rulings:
            while left and left[0].end <= ruling.start:
                found.append(left.popleft())
            floor = found[-1].end if found else 0
            covered = list(takewhile(lambda one: one.start < ruling.end, left))  # noqa: B023 - used at once
            place = _place(words, ruling)
            if place is None or ruling.start < floor or any(_says_more(words, one, place) for one in covered):
                continue  # "dutchie lid" is no dutchie
            meaning = self._meaning(ruling, covered)
            if meaning is None:
                continue
            applied.append(meaning.by)
            for _ in covered:
                left.popleft()
            if meaning.products or meaning.category:
                fresh.update([] if covered else [len(found)])
                drawn = _mention(text, words, place, covered, floor)
                found.append(
                    replace(drawn, product_ids=meaning.products, category=meaning.category, corrected_by=meaning.by)
                )
        return Corrected(_with_intents(words, [*found, *left], fresh, context), newest(applied))

    def _words(self, taught: Taught) -> TaughtWords:
        """Answer the words of these corrections, compiled once; a newer book makes new ones, so old ones are let go."""
        known = self._compiled.get(taught)
        if known is None:
            if len(self._compiled) >= _MOST_COMPILED:
                self._compiled.clear()
            known = self._compiled[taught] = TaughtWords(taught.corrections, self._is_known)
        return known

    def _is_known(self, word: str) -> bool:
        lexicon, term = self._index.lexicon, stem(word)
        return min(lexicon.rank(word), lexicon.rank(term)) <= KNOWN_RANK or term in self._index.postings

    def _meaning(self, ruling: Ruling, covered: Sequence[Mention]) -> Meaning | None:
        """Answer what the words mean by the strongest correction that this catalogue can follow; None: as was read."""
        excluded: dict[ProductId, Correction] = {}
        for one in ruling.corrections:
            match one.verdict:
                case Verdict.NOT_THIS_PRODUCT:
                    excluded = dict.fromkeys(one.product_ids, one) | excluded
                case Verdict.NOT_A_PRODUCT:
                    return Meaning(one) if covered else None
                case Verdict.CATEGORY:
                    if one.category in self._index.by_subcategory:
                        return Meaning(one, category=one.category)
                case Verdict.PRODUCT:
                    sold = [p for p in one.product_ids if p in self._index.number_of and p not in excluded]
                    if sold:
                        return Meaning(one, tuple(sold), self._category(sold[0]))
        return _without(covered, excluded)

    def _category(self, product_id: ProductId) -> str | None:
        return self._index.entries[self._index.number_of[product_id]].product.subcategory


def _without(covered: Sequence[Mention], excluded: dict[ProductId, Correction]) -> Meaning | None:
    """Answer what is left of a mention without the products that it is not: others, or their kind."""
    for mention in covered:
        by = newest(excluded[p] for p in mention.product_ids if p in excluded)
        if by is not None:
            left = tuple(p for p in mention.product_ids if p not in excluded)
            return Meaning(by, left, mention.category)
    return None


def _place(words: list[NoteWord], ruling: Ruling) -> Place | None:
    """Answer the note's words that a phrase is; None where it begins or ends within one ("pan" of "frying pan")."""
    first, last = _words_of(words, ruling.start, ruling.end)
    if first > last or words[first].start != ruling.start or words[last].end > ruling.end:
        return None
    return first, last


def _words_of(words: list[NoteWord], start: int, end: int) -> Place:
    """Answer the first and the last of the words that begin between two characters of the text."""
    first = bisect_left(words, start, key=lambda word: word.start)
    return first, bisect_left(words, end, lo=first, key=lambda word: word.start) - 1


def _says_more(words: list[NoteWord], mention: Mention, place: Place) -> bool:
    """Say whether a mention names something with words outside the place; colours, sizes and numbers don't."""
    first, last = _words_of(words, mention.start, mention.end)
    return any(_names(words[i]) for i in range(first, last + 1) if not place[0] <= i <= place[1])


def _names(word: NoteWord) -> bool:
    reading = word.reading
    return bool(reading.terms) and not (word.sign or reading.attribute or reading.function or reading.number)


def _mention(text: str, words: list[NoteWord], place: Place, covered: Sequence[Mention], floor: int) -> Mention:
    """Answer the mention of these words: what was read of them before, or a new one with the attributes before it."""
    first, last = place
    while (
        first and words[first - 1].reading.attribute and not words[first - 1].sign and words[first - 1].start >= floor
    ):
        first -= 1
    start = min([words[first].start, *(one.start for one in covered)])
    end = max([words[last].end, *(one.end for one in covered)])
    if covered:
        held = covered[0]
        return replace(held, start=start, end=end, text=text[start:end], confidence=max(held.confidence, _CORRECTED))
    before = naming_of(words[first : place[0]])
    size, color = next(iter(before.sizes), None), next(iter(before.colors), None)
    span = start, end, text[start:end]
    return Mention(*span, (), None, Intent.WANTS, _CORRECTED, size=size, color=color, gender=before.gender)


def _with_intents(
    words: list[NoteWord], mentions: list[Mention], fresh: set[int], context: NoteContext
) -> list[Mention]:
    """Give the new mentions the intents that the words around them tell; the others keep theirs."""
    if not fresh:
        return mentions
    model = IntentModel.stored()
    around = model.surroundings(words, [_words_of(words, one.start, one.end) for one in mentions])
    intents = model.read(around, [not one.product_ids for one in mentions])
    return [
        _intended(one, read, cued, context) if place in fresh else one
        for place, (one, read, cued) in enumerate(zip(mentions, intents, around.cue_reads, strict=True))
    ]


def _intended(mention: Mention, read: IntentFound, cued: IntentRead, context: NoteContext) -> Mention:
    owned = bool(mention.product_ids) and mention.product_ids[0] in context.owned
    found = praise_settled(read, cued, owned=owned)
    return replace(mention, intent=found.intent, confidence=round(_TAUGHT * found.probability, 3))
