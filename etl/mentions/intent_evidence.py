"""What a note says around a naming, as named evidence for one intent or another.

The words around it by their nearness, the clause that they share with it, the sentences beside, and what the cues
(`intents`) make of it. Namings stand as one word, colours, numbers, days and people each as one, so that what was
learned of one product holds for all.
"""

from collections.abc import Sequence

from etl.mentions.intents import IntentReader
from etl.mentions.note_words import NoteWord

_SENTENCE_ENDS = frozenset(".!?;\n")
_CLAUSE_ENDS = _SENTENCE_ENDS | frozenset(
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
_NAMING = "<naming>"
_EDGE = "<edge>"
_NEAR, _FAR, _CLAUSE = 6, 30, 14
_LONG, _STEM = 5, 3


class Surroundings:
    """One note, its namings taken as one word each."""

    def __init__(self, words: Sequence[NoteWord], places: Sequence[tuple[int, int]]) -> None:
        starts = dict(places)
        self._said: list[str] = []
        self._at: list[int] = []
        i = 0
        while i < len(words):
            if i in starts:
                self._at.append(len(self._said))
                self._said.append(_NAMING)
                i = starts[i]
            else:
                self._said.append(_token(words[i]))
            i += 1
        self._stems = [_stem(said) for said in self._said]
        self._cues = IntentReader(words, places)
        self.cue_reads = self._cues.read()

    def __len__(self) -> int:
        return len(self._at)

    def evidence(self, k: int, *, kind: bool | None) -> tuple[list[str], dict[str, float]]:
        """Answer what speaks about naming `k`: names of what is so, and names of what weighs so much (0..2)."""
        at, said = self._at[k], self._said
        before, after = self._word(at - 1), self._word(at + 1)
        before2, after2 = self._word(at - 2), self._word(at + 2)
        names = [
            f"1<{before}",
            f"2<{before2}",
            f"1>{after}",
            f"2>{after2}",
            f"<{before2} {before}",
            f">{after} {after2}",
            f"<>{before} {after}",
            f"kind={kind}",
            f"place={min(k, 3)}",
            f"of={min(len(self._at), 4)}",
            f"long={min(len(said) // 6, 5)}",
        ]
        self._add_side(names, range(at - 1, max(-1, at - _FAR), -1), "<")
        self._add_side(names, range(at + 1, min(len(said), at + _FAR)), ">")
        self._add_clause(names, at)
        return names, self._add_cues(names, k)

    def _word(self, i: int) -> str:
        return self._said[i] if 0 <= i < len(self._said) else _EDGE

    def _add_side(self, names: list[str], places: range, side: str) -> None:
        said, stems = self._said, self._stems
        sentences = namings = 0
        for distance, i in enumerate(places):
            word = said[i]
            if word in _SENTENCE_ENDS:
                sentences += 1
                names.append(f"{side}end{word}{sentences}")
                if sentences > 1:
                    return
                continue
            if sentences:
                names.extend((f"{side}s{word}", f"{side}S{stems[i]}"))
                continue
            namings += word == _NAMING
            zone = "x" if namings else "n" if distance < _NEAR else "f"
            names.extend((f"{side}{zone}{word}", f"{side}{zone.upper()}{stems[i]}"))
        if not sentences:
            names.append(f"{side}edge")

    def _add_clause(self, names: list[str], at: int) -> None:
        for places in (range(at - 1, max(-1, at - _CLAUSE), -1), range(at + 1, min(len(self._said), at + _CLAUSE))):
            for i in places:
                if self._said[i] in _CLAUSE_ENDS:
                    break
                names.append(f"c{self._stems[i]}")

    def _add_cues(self, names: list[str], k: int) -> dict[str, float]:
        own, read, cues = self._cues.own[k], self.cue_reads[k], self._cues
        names.extend((f"cue={read.intent}", f"own={own.intent}|{own.strength is None}", f"praised={read.praised}"))
        if k and cues.listed(k):
            names.extend(("listed", f"listed={self.cue_reads[k - 1].intent}"))
        if k + 1 < len(self._at) and cues.listed(k + 1):
            names.append("lists")
        return {f"cue~{intent}": min(strength, 2.0) / 1.5 for intent, strength in cues.strengths[k].items()}


def _token(word: NoteWord) -> str:
    reading = word.reading
    if reading.number:
        return "<number>"
    if reading.color:
        return "<color>"
    norm = word.norm.replace("'", "")
    if norm in _PEOPLE:
        return _PEOPLE[norm]
    return "<day>" if reading.day in _DAYS else norm


def _stem(word: str) -> str:
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
