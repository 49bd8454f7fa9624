"""What is said around a naming: how many, for whom, in which size and colour, and why it could not be had.

The reader's linking has taken size, colour and gender where they helped to tell products apart. Here what it had no
use for is added (a colour in which nothing is made tells what people would buy), and nothing that it found is changed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

from backend.domain.mentions import Intent, Mention, Shortage
from etl.mentions.lexicon import load_lexicon, read_table
from etl.mentions.note_words import NoteWord
from etl.mentions.words import stem

_SENTENCE_ENDS = frozenset(".!?;\n")
_LISTING = frozenset({"and", "&", "+", ",", "/", "or", "plus", "w/", "with", "a", "an", "the", "some", "also"})
_SIZE_WORDS = frozenset({"size", "sz"})
_BEFORE_COUNTS = frozenset({"(", ",", "-", ":", "qty", "quantity"}) | _SIZE_WORDS
_TIMES = re.compile(r"x(\d{1,2})|(\d{1,2})x")
_DIGIT = re.compile(r"\d")
_MOST = 99
_NOBODY = "nobody"
_IN_LAW = "in_law"
_REACH = 10
"""A recipient or a size stands within so many words of the naming."""
_HAD = frozenset({Intent.BOUGHT, Intent.ORDERED, Intent.OWNS, Intent.RETURNED})


@dataclass(frozen=True, slots=True)
class _Table:
    recipients: dict[str, str]  # word → person
    genders: dict[str, str]  # person → gender
    oneself: frozenset[str]
    between: frozenset[str]
    wishes: frozenset[str]
    numbers: dict[str, int]
    containers: frozenset[str]
    counting: frozenset[str]  # numbers in words, and containers
    no_count: frozenset[str]
    shortages: dict[str, tuple[tuple[tuple[str, ...], Shortage], ...]]  # first word → phrases, longest first


@lru_cache(maxsize=1)
def _table() -> _Table:
    table = read_table("attributes.toml")
    shortages: dict[str, list[tuple[tuple[str, ...], Shortage]]] = {}
    for shortage in Shortage:
        for phrase in table[shortage.value]["phrases"].replace("\n", ";").split(";"):
            if words := tuple(phrase.split()):
                shortages.setdefault(words[0], []).append((words, shortage))
    numbers = (pair.split("=") for pair in table["numbers"]["words"].split())
    spelled = {word: int(number) for word, number in numbers}
    words_of = {name: frozenset(table[name]["words"].split()) for name in table if "words" in table[name]}
    return _Table(
        recipients={
            form: person
            for person, words in table["recipients"].items()
            for word in words.split()
            for form in (word, f"{word}s")  # "her mum's": apostrophes are left out
        },
        genders={person: gender for gender, persons in table["genders"].items() for person in persons.split()},
        oneself=words_of["oneself"],
        between=words_of["between"],
        wishes=words_of["wishes"],
        numbers=spelled,
        containers=words_of["containers"],
        counting=words_of["containers"] | spelled.keys(),
        no_count=words_of["no_count"],
        shortages={first: tuple(sorted(found, key=lambda one: -len(one[0]))) for first, found in shortages.items()},
    )


def with_attributes(
    text: str, words: Sequence[NoteWord], norms: Sequence[str], mentions: list[Mention]
) -> list[Mention]:
    """Answer the same mentions with what is said around each: quantity, recipient, size, colour, gender, shortage.

    `norms` are the words as normalised, without apostrophes.
    """
    if not mentions:
        return mentions
    table, colors = _table(), load_lexicon().colors
    telling = _Telling(
        people=not table.recipients.keys().isdisjoint(norms),
        colors=not colors.keys().isdisjoint(norms),
        sizes=not _SIZE_WORDS.isdisjoint(norms),
        counts=_DIGIT.search(text) is not None or not table.counting.isdisjoint(norms),
        shortages=not table.shortages.keys().isdisjoint(norms),
    )
    return _Surroundings(words, norms, mentions, telling).read() if any(telling) else mentions


class _Telling(NamedTuple):
    """What the words of a note may tell at all: what they can't is not looked for."""

    people: bool
    colors: bool
    sizes: bool
    counts: bool
    shortages: bool


class _Surroundings:
    """One note's namings among its words."""

    def __init__(
        self, words: Sequence[NoteWord], norms: Sequence[str], mentions: Sequence[Mention], telling: _Telling
    ) -> None:
        self._words, self._norms, self._mentions, self._telling = words, norms, mentions, telling
        self._table = _table()
        starts = {word.start: i for i, word in enumerate(words)}
        self._places = [(starts.get(m.start, 0), self._last_of(m, starts.get(m.start, 0))) for m in mentions]

    def read(self) -> list[Mention]:
        people = self._recipients() if self._telling.people else [None] * len(self._mentions)
        shortages = self._shortages() if self._telling.shortages else {}
        return [self._with(k, mention, people[k], shortages.get(k)) for k, mention in enumerate(self._mentions)]

    def _with(self, k: int, mention: Mention, recipient: str | None, shortage: Shortage | None) -> Mention:
        telling = self._telling
        found = {
            "size": self._size(k) if telling.sizes and mention.size is None else None,
            "color": self._color(k) if telling.colors and mention.color is None else None,
            "gender": self._table.genders.get(recipient or "") if mention.gender is None else None,
            "quantity": self._quantity(k) if telling.counts else None,
            "recipient": recipient,
            "shortage": None if mention.intent in _HAD else shortage,
        }
        said: dict[str, Any] = {name: value for name, value in found.items() if value is not None}
        return replace(mention, **said) if said else mention

    def _last_of(self, mention: Mention, first: int) -> int:
        last = first
        while last + 1 < len(self._words) and self._words[last + 1].start < mention.end:
            last += 1
        return last

    def _clause_after(self, k: int) -> range:
        """Answer the words after a naming, up to the next one or the end of its sentence."""
        last = self._places[k][1]
        limit = self._places[k + 1][0] if k + 1 < len(self._places) else len(self._norms)
        for i in range(last + 1, limit):
            if self._norms[i] in _SENTENCE_ENDS:
                return range(last + 1, i)
        return range(last + 1, limit)

    def _clause_before(self, k: int) -> range:
        """Answer the words before a naming, back to the one before it or the start of its sentence."""
        first = self._places[k][0]
        limit = self._places[k - 1][1] + 1 if k else 0
        for i in range(first - 1, limit - 1, -1):
            if self._norms[i] in _SENTENCE_ENDS:
                return range(i + 1, first)
        return range(limit, first)

    def _quantity(self, k: int) -> int | None:
        first, last = self._places[k]
        return self._counted_before(first, last) or self._counted_after(last)

    def _counted_before(self, first: int, last: int) -> int | None:
        """Read "2 pairs of", "two", "x2", "3x" before a naming; a bare number counts only what stands in the plural."""
        i, contained = first - 1, False
        while i >= 0 and (self._norms[i] in self._table.containers or self._norms[i] in {"of", "more", "another"}):
            contained = contained or self._norms[i] in self._table.containers
            i -= 1
        if i < 0:
            return None
        if contained and self._norms[i] in {"a", "an"}:
            return 1
        times = i > 0 and self._norms[i] == "x"
        number = self._number(i - 1 if times else i) or self._times(i)
        before = self._norms[i - 1 - times] if i - times > 0 else ""
        if number is None or before in self._table.no_count or (before[:1].isdigit() and not times):
            return None
        head = self._norms[last]
        plural = stem(head) != head and head[:1].isalpha()
        return number if contained or times or plural or number == 1 or self._times(i) else None

    def _counted_after(self, last: int) -> int | None:
        """Read "x2", "x 2", "(2x)", "2 pairs", "qty 2" after a naming."""
        i = last + 1
        while i < len(self._norms) and (self._norms[i] in _BEFORE_COUNTS or self._is_attribute(i, last)):
            i += 1
        if i >= len(self._norms):
            return None
        if (number := self._times(i)) is not None:
            return number
        if self._norms[i] == "x" and i + 1 < len(self._norms):
            return self._number(i + 1)
        number = self._number(i)
        following = self._norms[i + 1] if i + 1 < len(self._norms) else ""
        counted = following in self._table.containers or following == "x" or self._norms[i - 1] in {"qty", "quantity"}
        return number if counted else None

    def _is_attribute(self, i: int, last: int) -> bool:
        """Say whether a colour or a size stands between a naming and its "x2"; a number counts where one follows it."""
        reading = self._words[i].reading
        if i - last > _REACH or reading.unit:
            return False
        following = self._norms[i + 1] if i + 1 < len(self._norms) else ""
        return reading.attribute or (reading.number and _TIMES.fullmatch(following) is not None)

    def _number(self, i: int) -> int | None:
        norm = self._norms[i]
        if norm in self._table.numbers:
            return self._table.numbers[norm]
        return int(norm) if norm.isdecimal() and 0 < int(norm[:3]) <= _MOST and len(norm) < 3 else None  # noqa: PLR2004 - two digits

    def _times(self, i: int) -> int | None:
        found = _TIMES.fullmatch(self._norms[i])
        number = int(found[1] or found[2]) if found else 0
        return number or None

    def _recipients(self) -> list[str | None]:
        """Answer for each naming whose gift it is; things listed together are for the same person."""
        found = [self._recipient(k) for k in range(len(self._mentions))]
        for k in range(len(found) - 2, -1, -1):
            between = range(self._places[k][1] + 1, self._places[k + 1][0])
            if found[k] is None and len(between) <= _REACH and all(self._is_light(i) for i in between):
                found[k] = found[k + 1]
        for k in range(1, len(found)):
            between = range(self._places[k - 1][1] + 1, self._places[k][0])
            if found[k] is None and len(between) <= _REACH and all(self._is_light(i) for i in between):
                found[k] = found[k - 1]
        return [None if person == _NOBODY else person for person in found]

    def _is_light(self, i: int) -> bool:
        reading = self._words[i].reading
        return self._norms[i] in _LISTING or reading.number or reading.attribute

    def _recipient(self, k: int) -> str | None:
        after = self._clause_after(k)
        before = self._clause_before(k)
        return self._person_in(after[:_REACH]) or self._person_in(before[-_REACH:]) or self._wishing(before)

    def _person_in(self, places: range) -> str | None:
        """Read "for her mum", "gift for dad"."""
        for i in places:
            if self._norms[i] == "for":
                j = i + 1
                while j < len(self._norms) and (self._norms[j] in self._table.between or self._words[j].reading.number):
                    j += 1
                if (person := self._person(j)) is not None:
                    return person
                if i + 1 < len(self._norms) and self._norms[i + 1] in self._table.oneself:
                    return _NOBODY
        return None

    def _wishing(self, before: range) -> str | None:
        """Read "her husband wants": who wishes is who gets it."""
        for i in before:
            if self._norms[i] in self._table.wishes and i > 0 and (person := self._person(i - 1)) is not None:
                return person
        return None

    def _person(self, i: int) -> str | None:
        if i >= len(self._words):
            return None
        person = self._table.recipients.get(self._norms[i])
        relation = [norm for norm in self._norms[i + 1 : i + 5] if norm != "-"]
        return _IN_LAW if person and relation[:2] == ["in", "law"] else person

    def _size(self, k: int) -> str | None:
        """Read "size 47" said later in the same clause."""
        for i in self._clause_after(k)[:_REACH]:
            if self._norms[i] in _SIZE_WORDS and i + 1 < len(self._words):
                reading = self._words[i + 1].reading
                if reading.size or reading.number:
                    return reading.size or self._norms[i + 1]
        return None

    def _color(self, k: int) -> str | None:
        """Read a colour that the catalogue does not have: "in teal" after the naming, or right before it."""
        first = self._places[k][0]
        lexicon = load_lexicon()
        if first > 0 and self._norms[first - 1] in lexicon.colors:
            return lexicon.colors[self._norms[first - 1]]
        for i in self._clause_after(k)[:_REACH]:
            if self._norms[i] == "in":
                j = i + 2 if self._norms[i + 1 : i + 2] in (["a"], ["the"]) else i + 1
                if j < len(self._norms) and self._norms[j] in lexicon.colors:
                    return lexicon.colors[self._norms[j]]
        return None

    def _shortages(self) -> dict[int, Shortage]:
        """Answer why a naming could not be had: what is said after it, else before it, in its sentence or the next."""
        found: dict[int, Shortage] = {}
        for at, shortage in self._said_shortages():
            before = [k for k, (_, last) in enumerate(self._places) if last < at]
            if before and self._breaks(self._places[before[-1]][1], at) <= 1:
                found.setdefault(before[-1], shortage)
            elif len(before) < len(self._places) and self._breaks(at, self._places[len(before)][0]) == 0:
                found.setdefault(len(before), shortage)
        return found

    def _said_shortages(self) -> Iterator[tuple[int, Shortage]]:
        for i, norm in enumerate(self._norms):
            for phrase, shortage in self._table.shortages.get(norm, ()):
                if tuple(self._norms[i : i + len(phrase)]) == phrase:
                    yield i, shortage
                    break

    def _breaks(self, low: int, high: int) -> int:
        return sum(norm in _SENTENCE_ENDS for norm in self._norms[low + 1 : high])
