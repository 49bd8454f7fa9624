"""What was asked for and the catalogue does not have: "do we sell splitboards? we don't", "asked for a pasta machine".

A cue opens the place where a thing may be named; the thing is the run of words after it, its head the last of them.
Precise rather than complete: after a question of what the shop sells at all, and after "we don't carry", every thing
counts; after "wants" or "looking for" only one that shops are known to sell, or of which the associate goes on to say
that the shop has none. What the reader links to the catalogue is never found here.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from backend.domain.mentions import Mention, UnsoldAsk
from etl.mentions.lexicon import load_lexicon, read_table
from etl.mentions.note_words import NoteWord
from etl.mentions.words import stem

_SENTENCE_ENDS = frozenset(".!?;\n")
_JOINING = frozenset({"or", "and", ",", "/", "&", "+"})
_MOST_WORDS = 4
"""A thing has at most so many words: what runs on is no name of a thing."""
_ANSWER_REACH = 12
"""The shop's answer comes within so many words, in the same sentence or the next."""
_QUESTION = "question"
_OPEN_KINDS = frozenset({"range", "lack"})
_LACKS = frozenset({"lack", "lack_alone"})
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class _Speech:
    """The table of cues and words, ready for look-up."""

    phrases: dict[str, tuple[tuple[tuple[str, ...], str], ...]]  # first word → (phrase, kind), longest first
    openings: frozenset[str]  # one of them stands in every note in which something may be found
    no: frozenset[str]
    yes: frozenset[str]
    negations: frozenset[str]
    leading: frozenset[str]
    stops: frozenset[str]
    goods: frozenset[str]
    containers: frozenset[str]
    no_goods: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Thing:
    """A run of words that names a thing: `words` are the places of all but colour, size and gender."""

    first: int
    last: int
    words: tuple[int, ...]
    attributes: tuple[int, ...]


@lru_cache(maxsize=1)
def _speech() -> _Speech:
    table = read_table("unsold.toml")
    phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for kind in ("range", "lack", "lack_alone", "ask"):
        for phrase in table[kind]["phrases"].replace("\n", ";").split(";"):
            if words := tuple(phrase.split()):
                phrases.setdefault(words[0], []).append((words, kind))
    words_of = {name: frozenset(table[name]["words"].split()) for name in table if "words" in table[name]}
    return _Speech(
        phrases={first: tuple(sorted(found, key=lambda one: -len(one[0]))) for first, found in phrases.items()},
        openings=frozenset(phrases) | {"?"},
        no=frozenset(table["answers"]["no"].split()),
        yes=frozenset(table["answers"]["yes"].split()),
        negations=words_of["negations"],
        leading=words_of["leading"],
        stops=words_of["stops"],
        goods=frozenset(map(stem, words_of["goods"])),
        containers=words_of["containers"],
        no_goods=words_of["no_goods"] | frozenset(map(stem, words_of["no_goods"])),
    )


def find_unsold(
    text: str, words: Sequence[NoteWord], norms: Sequence[str], mentions: Sequence[Mention]
) -> tuple[UnsoldAsk, ...]:
    """Answer the things asked for that no mention covers, in order of their place, each once.

    `norms` are the words as normalised, without apostrophes.
    """
    if _speech().openings.isdisjoint(norms):
        return ()
    return tuple(_Asks(text, words, norms, mentions).find())


class _Asks:
    """One note being searched."""

    def __init__(self, text: str, words: Sequence[NoteWord], norms: Sequence[str], mentions: Sequence[Mention]) -> None:
        self._text, self._words, self._norms = text, words, norms
        self._mentions = mentions
        self._mention_starts = [mention.start for mention in mentions]
        self._speech = _speech()

    def find(self) -> Iterator[UnsoldAsk]:
        done = -1
        for kind, at in self._openings():
            if kind == "lack" and done >= 0 and at - done <= _ANSWER_REACH:
                continue  # "asked about a coffee table. we dont do furniture": the answer, and no ask of its own
            opened = at
            while (thing := self._thing(opened)) is not None and thing.first > done:
                if self._counts(kind, thing, is_listed=opened > at):
                    done = thing.last
                    yield self._ask(thing)
                if kind == _QUESTION or self._norm(thing.last + 1) not in _JOINING:
                    break
                opened = thing.last + 2

    def _openings(self) -> Iterator[tuple[str, int]]:
        """Answer where a thing may begin, with the kind of its cue."""
        after = 0
        is_question = "?" in self._norms
        for i, norm in enumerate(self._norms):
            if i < after:
                continue
            kind, n = self._cue(i) if norm in self._speech.phrases else (None, 1)
            if kind is not None:
                if kind != "lack_alone" and not self._is_negated(i):
                    yield kind, i + n
                after = i + n
            elif is_question and (i == 0 or norm == "any" or self._norms[i - 1] in _SENTENCE_ENDS):
                yield _QUESTION, i

    def _cue(self, i: int) -> tuple[str | None, int]:
        for phrase, kind in self._speech.phrases.get(self._norms[i], ()):
            if tuple(self._norms[i : i + len(phrase)]) == phrase:
                return kind, len(phrase)
        return None, 1

    def _is_negated(self, i: int) -> bool:
        return any(norm in self._speech.negations for norm in self._norms[max(0, i - 2) : i])

    def _norm(self, i: int) -> str:
        return self._norms[i] if i < len(self._norms) else ""

    def _thing(self, i: int) -> _Thing | None:
        """Read the thing that begins here; None where none does."""
        while self._norm(i) in self._speech.leading or (i < len(self._words) and self._words[i].reading.number):
            i += 1
        named: list[int] = []
        attributes: list[int] = []
        for j in range(i, min(len(self._words), i + 2 * _MOST_WORDS)):
            if self._joins(j) and named:
                continue
            if self._ends(j, named):
                break
            (attributes if self._is_attribute(j) else named).append(j)
        if not named or len(named) > _MOST_WORDS or len(self._norms[named[-1]]) < _SHORTEST:
            return None
        own = tuple(j for j in attributes if j < named[-1])
        return _Thing(min((*own, named[0])), named[-1], tuple(named), tuple(attributes))

    def _joins(self, j: int) -> bool:
        """Say whether it is the hyphen within a word: "board-game"."""
        return (
            self._norms[j] == "-"
            and 0 < j < len(self._words) - 1
            and self._words[j - 1].end == self._words[j].start
            and self._words[j].end == self._words[j + 1].start
        )

    def _ends(self, j: int, named: Sequence[int]) -> bool:
        word = self._words[j]
        reading = word.reading
        over = word.sign or reading.function or reading.number or reading.unit or self._norms[j] in self._speech.stops
        return over or (bool(named) and (reading.day is not None or self._cue(j)[0] is not None))

    def _is_attribute(self, j: int) -> bool:
        word = self._words[j]
        return not word.reading.terms and (word.reading.attribute or word.norm in load_lexicon().plain_colors)

    def _counts(self, kind: str, thing: _Thing, *, is_listed: bool) -> bool:
        """Say whether the shop was asked for this thing and does not have it."""
        if self._is_linked(thing) or self._norms[thing.last] in self._speech.no_goods:
            return False
        asked = kind if kind != _QUESTION else self._question(thing)
        if asked is None or self._answer(thing) is True:
            return False
        if self._answer(thing) is False:
            return True
        head = self._words[thing.last]
        if head.reading.terms:
            return self._is_another_kind(thing)
        return (asked in _OPEN_KINDS and not is_listed) or self._is_goods(thing)

    def _question(self, thing: _Thing) -> str | None:
        """Take "any kayaks?" for an ask, and "Thermomix?" for one where the shop answers that it has none."""
        if self._norm(thing.last + 1) != "?":
            return None
        if any(norm == "any" for norm in self._norms[max(0, thing.first - 2) : thing.first]):
            return "ask"
        return "ask" if self._answer(thing) is False else None

    def _is_linked(self, thing: _Thing) -> bool:
        """Say whether the reader found any of these words in the catalogue."""
        start, end = self._words[thing.first].start, self._words[thing.last].end
        before = bisect_right(self._mention_starts, start) - 1
        touches = before >= 0 and self._mentions[before].end > start
        return touches or (before + 1 < len(self._mentions) and self._mentions[before + 1].start < end)

    def _is_another_kind(self, thing: _Thing) -> bool:
        """Say whether a kind that the catalogue has is made another by the word before it: "golf shoes"."""
        if len(thing.words) == 1:
            return False
        before = self._words[thing.words[-2]].reading
        return before.purpose or before.foreign

    def _is_goods(self, thing: _Thing) -> bool:
        head = self._words[thing.last]
        term = stem(head.norm)
        if term in self._speech.containers and len(thing.words) == 1:
            return False
        if " " in self._text[head.start : head.end] and term in load_lexicon().synonyms:
            return False  # "down jacket": the shop may well call its own otherwise
        return head.reading.foreign or term in self._speech.goods or term in load_lexicon().nouns

    def _answer(self, thing: _Thing) -> bool | None:
        """Say whether the shop says that it has the thing (True), has none (False), or nothing."""
        ends, asked = 0, False
        for i in range(thing.last + 1, min(len(self._norms), thing.last + 1 + _ANSWER_REACH)):
            norm = self._norms[i]
            kind, _ = self._cue(i)
            if kind in _LACKS:
                return False
            if asked and ends == 1 and norm in self._speech.no | self._speech.yes:
                return norm in self._speech.yes
            if norm in {"-", "\u2013", "\u2014"} and self._norm(i + 1) in self._speech.no:
                return False
            ends += norm in _SENTENCE_ENDS and self._norms[i - 1] not in _SENTENCE_ENDS
            asked = norm == "?"
            if ends > 1:
                break
        return None

    def _ask(self, thing: _Thing) -> UnsoldAsk:
        start, end = self._words[thing.first].start, self._words[thing.last].end
        readings = [self._words[j].reading for j in thing.attributes]
        colors = load_lexicon().colors
        said = [
            reading.color or colors.get(self._norms[j]) for j, reading in zip(thing.attributes, readings, strict=True)
        ]
        named = [stem(self._words[j].norm).replace("-", " ") for j in thing.words]
        return UnsoldAsk(
            start=start,
            end=end,
            text=self._text[start:end],
            wanted=" ".join(named),
            head=named[-1],
            size=next((reading.size for reading in readings if reading.size), None),
            color=next((color for color in said if color), None),
            gender=next((reading.gender for reading in readings if reading.gender), None),
        )
