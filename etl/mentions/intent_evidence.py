"""What a note says around a naming, as named evidence for one intent or another.

The words around it by their nearness, the clause that they share with it, the sentences beside, and what the cues
(`intents`) make of it. Namings stand as one word, colours, numbers, days and people each as one, so that what was
learned of one product holds for all.
"""

from collections.abc import Sequence
from typing import Generic

from backend.domain.mentions import Intent
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
        self._find, self._named = vocabulary.find, vocabulary.named
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
        self._last_deed = next((word.deed for word in reversed(self._said[-_FAR:]) if word.deed), "")
        self._cues = IntentReader(words, places)
        self.cue_reads = self._cues.read()

    def __len__(self) -> int:
        return len(self._at)

    def evidence(self, k: int, *, kind: bool | None) -> tuple[list[Key], list[tuple[tuple[Key, ...], float]]]:
        """Answer what speaks about naming `k`: keys of what is so, and keys of what weighs so much (0..2)."""
        at, named = self._at[k], self._named
        before, after = self._word(at - 1), self._word(at + 1)
        before2, after2 = self._word(at - 2), self._word(at + 2)
        keys = [
            *before.next_to[0],
            *before2.one_between[0],
            *after.next_to[1],
            *after2.one_between[1],
            *named(_left_names, before2.text, before.text),
            *named(_right_names, after.text, after2.text),
            *named(_between_names, before.text, after.text),
            *named(_place_names, kind, min(k, 3), min(len(self._at), 4), min(len(self._said) // 6, 5)),
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
        keys += self._named(_deed_names, before.deed, after.deed, self._last_deed)

    def _add_cues(self, keys: list[Key], k: int) -> list[tuple[tuple[Key, ...], float]]:
        own, read, cues, named = self._cues.own[k], self.cue_reads[k], self._cues, self._named
        before = self.cue_reads[k - 1].intent if k and cues.listed(k) else None
        lists = k + 1 < len(self._at) and cues.listed(k + 1)
        keys += named(_cue_names, read.intent, read.praised, own.intent, own.strength is None)
        keys += named(_list_names, before, lists)
        return [
            (named(_strength_names, intent), min(strength, 2.0) / 1.5) for intent, strength in cues.strengths[k].items()
        ]


def _left_names(before2: str, before: str) -> list[str]:
    return [f"<{before2} {before}"]


def _right_names(after: str, after2: str) -> list[str]:
    return [f">{after} {after2}"]


def _between_names(before: str, after: str) -> list[str]:
    return [f"<>{before} {after}"]


def _place_names(kind: bool | None, place: int, n_namings: int, length: int) -> list[str]:  # noqa: FBT001
    return [f"kind={kind}", f"place={place}", f"of={n_namings}", f"long={length}"]


def _deed_names(before: str, after: str, last: str) -> list[str]:
    return [f"deeds={_plain(before)} {_plain(after)}", f"last deed={last}"]


def _cue_names(read: Intent, praised: bool, own: Intent, unsaid: bool) -> list[str]:  # noqa: FBT001
    return [f"cue={read}", f"own={own}|{unsaid}", f"praised={praised}"]


def _list_names(listed: Intent | None, lists: bool) -> list[str]:  # noqa: FBT001
    names = ["listed", f"listed={listed}"] if listed is not None else []
    return [*names, "lists"] if lists else names


def _strength_names(intent: Intent) -> list[str]:
    return [f"cue~{intent}"]


def _plain(deed: str) -> str:
    """Answer the class of a verb without its form."""
    return deed.split(".", maxsplit=1)[0]
