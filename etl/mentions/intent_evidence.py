"""What a note says around a naming, as named evidence for one intent or another.

The words around it by their nearness, the clause that they share with it, the sentences beside, and what the cues
(`intents`) make of it. Namings stand as one word, colours, numbers, days and people each as one, so that what was
learned of one product holds for all.
"""

from collections.abc import Sequence
from typing import Generic

from etl.mentions.intents import IntentReader
from etl.mentions.note_words import NoteWord
from etl.mentions.said_words import (
    BEYOND,
    EDGE,
    FAR_OFF,
    LINE_BREAK,
    NAMING,
    NEARBY,
    PAST_ANOTHER,
    SELLING,
    SIDES,
    SOLD_OUT,
    Key,
    SaidWord,
    Vocabulary,
    said,
)

_NEAR, _FAR, _CLAUSE = 6, 30, 14


class Surroundings(Generic[Key]):
    """One note, its namings taken as one word each; evidence is told in the keys of a vocabulary."""

    def __init__(
        self, words: Sequence[NoteWord], places: Sequence[tuple[int, int]], vocabulary: Vocabulary[Key]
    ) -> None:
        starts = dict(places)
        self._find = vocabulary.find
        self._edge = vocabulary.word(EDGE)
        naming = vocabulary.word(NAMING)
        self._said: list[SaidWord[Key]] = []
        self._at: list[int] = []
        i = line = 0  # `line`: so many namings stood before this line of the note
        while i < len(words):
            if i in starts:
                self._at.append(len(self._said))
                self._said.append(naming)
                i = starts[i]
            else:
                text = said(words[i])
                if text == "\n":
                    text, line = (text if len(self._at) > line else LINE_BREAK), len(self._at)
                elif text in SELLING and i + 1 < len(words) and words[i + 1].norm == "out" and i + 1 not in starts:
                    text, i = SOLD_OUT, i + 1
                self._said.append(vocabulary.word(text))
            i += 1
        last = next((word.deed for word in reversed(self._said[-_FAR:]) if word.deed), "")
        self._last_deed = self._find(f"last deed={last}")
        self._cues = IntentReader(words, places)
        self.cue_reads = self._cues.read()

    def __len__(self) -> int:
        return len(self._at)

    def evidence(self, k: int, *, kind: bool | None) -> tuple[list[Key], list[tuple[tuple[Key, ...], float]]]:
        """Answer what speaks about naming `k`: keys of what is so, and keys of what weighs so much (0..2)."""
        at, find = self._at[k], self._find
        before, after = self._word(at - 1), self._word(at + 1)
        before2, after2 = self._word(at - 2), self._word(at + 2)
        keys = [
            *before.next_to[0],
            *before2.one_between[0],
            *after.next_to[1],
            *after2.one_between[1],
            *find(f"<{before2.text} {before.text}"),
            *find(f">{after.text} {after2.text}"),
            *find(f"<>{before.text} {after.text}"),
            *find(f"kind={kind}"),
            *find(f"place={min(k, 3)}"),
            *find(f"of={min(len(self._at), 4)}"),
            *find(f"long={min(len(self._said) // 6, 5)}"),
        ]
        left, right = self._said[max(0, at - _FAR + 1) : at], self._said[at + 1 : at + _FAR]
        left.reverse()
        self._add_side(keys, left, 0)
        self._add_side(keys, right, 1)
        self._add_deeds(keys, left, right)
        for side in (left, right):
            for word in side[: _CLAUSE - 1]:
                if word.ends_clause:
                    break
                keys += word.in_clause
        return keys, self._add_cues(keys, k)

    def _word(self, i: int) -> SaidWord[Key]:
        return self._said[i] if 0 <= i < len(self._said) else self._edge

    def _add_side(self, keys: list[Key], words: list[SaidWord[Key]], side: int) -> None:
        """Add what the words of one side say, the nearest first."""
        sentences, zone = 0, NEARBY
        for distance, word in enumerate(words):
            if word.ends_sentence:
                keys += word.ends[side][sentences]
                sentences += 1
                if sentences > 1:
                    return
                zone = BEYOND
                continue
            if zone != BEYOND:
                if word.is_naming:
                    zone = PAST_ANOTHER
                elif zone == NEARBY and distance >= _NEAR:
                    zone = FAR_OFF
            keys += word.zones[side][zone]
        if not sentences:
            keys += self._find(f"{SIDES[side]}edge")

    def _add_deeds(self, keys: list[Key], left: list[SaidWord[Key]], right: list[SaidWord[Key]]) -> None:
        """Add which verb stands nearest on either side, and both together."""
        before = next((word for word in left if word.deed), self._edge)
        after = next((word for word in right if word.deed), self._edge)
        keys += before.deeds[0]
        keys += after.deeds[1]
        keys += self._find(f"deeds={_plain(before.deed)} {_plain(after.deed)}")
        keys += self._last_deed

    def _add_cues(self, keys: list[Key], k: int) -> list[tuple[tuple[Key, ...], float]]:
        own, read, cues, find = self._cues.own[k], self.cue_reads[k], self._cues, self._find
        keys += find(f"cue={read.intent}")
        keys += find(f"own={own.intent}|{own.strength is None}")
        keys += find(f"praised={read.praised}")
        if k and cues.listed(k):
            keys += find("listed")
            keys += find(f"listed={self.cue_reads[k - 1].intent}")
        if k + 1 < len(self._at) and cues.listed(k + 1):
            keys += find("lists")
        return [(find(f"cue~{intent}"), min(strength, 2.0) / 1.5) for intent, strength in cues.strengths[k].items()]


def _plain(deed: str) -> str:
    """Answer the class of a verb without its form."""
    return deed.split(".", maxsplit=1)[0]
