"""The words around a naming as keys of evidence: each distinct word is looked up once and remembered.

Evidence has names ("1<bought": the word right before the naming is "bought"). Fitting works on the names; the reader
only needs the few that a weight is stored for, by the number of their row. A vocabulary says which keys a name has.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Generic, NamedTuple, TypeVar

from etl.mentions.note_words import NoteWord
from etl.mentions.word_classes import classes_of, deed_of

SENTENCE_ENDS = frozenset(".!?;\n")
_CLAUSE_ENDS = SENTENCE_ENDS | frozenset(
    ", but and & then so bc because - ( ) : \u2013 \u2014 though while if when + n plus".split()  # noqa: SIM905
)
_PEOPLE = (
    dict.fromkeys("she he they cust customer client lady gent guy dude girl woman man bloke lad mr mrs ms mum dad wife"  # noqa: SIM905
                  " husband".split(), "<who>")
    | dict.fromkeys(("shes", "hes", "theyre"), "<whos>")
    | dict.fromkeys(("her", "him", "them"), "<whom>")
    | dict.fromkeys(("his", "their", "hers"), "<whose>")
)  # fmt: skip
_DAYS = frozenset({"weekday", "tomorrow", "today", "weekend", "month"})
_ENDINGS = ("ing", "in", "ed", "es", "s", "d")
_LONG, _STEM = 5, 3
NAMING, EDGE = "<naming>", "<edge>"
SELLING, SOLD_OUT = frozenset({"sold", "sell", "sells", "selling"}), "oos"
"""What is "sold out" was sold to nobody here: both words are one, the shops' own short one for it."""
LINE_BREAK = ","
"""What the end of a line is that names nothing: "wants", and the thing on the next line. Others end a sentence."""
SIDES = "<>"
"""Before a naming and after it."""
NEARBY, FAR_OFF, PAST_ANOTHER, BEYOND = range(4)
"""Where on its side a word stands: near, farther, behind another naming, in the sentence beside."""
_ZONES = (("n", "N"), ("f", "F"), ("x", "X"), ("s", "S"))
_REMEMBERED = 50_000
Key = TypeVar("Key")


class SaidWord(NamedTuple, Generic[Key]):
    """One word of a note and the keys of what it says where it stands; pairs are for the two `SIDES`."""

    text: str
    is_naming: bool
    ends_sentence: bool
    ends_clause: bool
    next_to: tuple[tuple[Key, ...], tuple[Key, ...]]
    one_between: tuple[tuple[Key, ...], tuple[Key, ...]]
    zones: tuple[tuple[tuple[Key, ...], ...], tuple[tuple[Key, ...], ...]]  # by zone: the word, its stem, its classes
    ends: tuple[tuple[tuple[Key, ...], ...], tuple[tuple[Key, ...], ...]]  # as the first and second end of a sentence
    in_clause: tuple[Key, ...]
    deed: str  # the class of a verb and its form
    deeds: tuple[tuple[Key, ...], tuple[Key, ...]]  # as the nearest verb


class Vocabulary(Generic[Key]):
    """Words by their keys; `find` answers the keys of a name, none where nothing is known of it."""

    def __init__(self, find: Callable[[str], tuple[Key, ...]]) -> None:
        self.find = find
        self._known: dict[str, SaidWord[Key]] = {}
        self._named: dict[Hashable, tuple[Key, ...]] = {}

    def named(self, names: Callable[..., Iterable[str]], *values: Hashable) -> tuple[Key, ...]:
        """Answer the keys of the names that a function makes of some values; they are made once."""
        known = self._named.get((names, values))
        if known is None:
            if len(self._named) >= _REMEMBERED:
                self._named.clear()
            known = self._named[names, values] = tuple([key for name in names(*values) for key in self.find(name)])
        return known

    def word(self, text: str) -> SaidWord[Key]:
        """Answer a word as `said` told it."""
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[text] = self._look_up(text)
        return known

    def _look_up(self, text: str) -> SaidWord[Key]:
        find, shared, classes, deed = self.find, _shared(text), classes_of(text), deed_of(text)
        zones = [
            tuple(
                (
                    *find(f"{side}{own}{text}"),
                    *find(f"{side}{stems}{shared}"),
                    *(key for name in classes for key in find(f"{side}{own}@{name}")),
                )
                for own, stems in _ZONES
            )
            for side in SIDES
        ]
        return SaidWord(
            text,
            is_naming=text == NAMING,
            ends_sentence=text in SENTENCE_ENDS,
            ends_clause=text in _CLAUSE_ENDS,
            next_to=(find(f"1<{text}"), find(f"1>{text}")),
            one_between=(find(f"2<{text}"), find(f"2>{text}")),
            zones=(zones[0], zones[1]),
            ends=(
                (find(f"<end{text}1"), find(f"<end{text}2")),
                (find(f">end{text}1"), find(f">end{text}2")),
            ),
            in_clause=find(f"c{shared}"),
            deed=deed,
            deeds=(find(f"<deed={deed or EDGE}"), find(f">deed={deed or EDGE}")),
        )


def said(word: NoteWord) -> str:
    """Answer a word as evidence knows it: all numbers, colours, days and persons are one each."""
    reading = word.reading
    if reading.number:
        return "<number>"
    if reading.color:
        return "<color>"
    norm = word.norm.replace("'", "")
    if norm in _PEOPLE:
        return _PEOPLE[norm]
    return "<day>" if reading.day in _DAYS else norm


def _shared(word: str) -> str:
    """Cut a word down to what its forms share: "copped" and "coppin" to "cop"."""
    if len(word) < _LONG or word[0] == "<":
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM:
            word = word[: -len(ending)]
            break
    if len(word) > _STEM and word[-1] == word[-2]:
        word = word[:-1]
    return word.removesuffix("e")
