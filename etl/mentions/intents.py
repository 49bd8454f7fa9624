"""What the customer has to do with a product: the cue in whose scope the naming stands.

A cue is a word or a few ("asked about", "not the"). For each naming the cues of its sentence compete: their own weight,
less the words, commas, turns of the sentence and other namings between. Namings in one list share what was said of one.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from backend.domain.mentions import Intent
from etl.mentions.lexicon import read_table
from etl.mentions.note_words import NoteWord

_SENTENCE_ENDS = frozenset(".!?;\n")
_TURNS = frozenset({"but", "though", "however", "-", "\u2013", "\u2014", "then", "so", "while", "(", ")", ":"})
_LIGHT = frozenset(
    "and & + , plus or n w w/ with a an the some another also too pair pairs of x x2 x3 x4 2 3 4 one two in both"  # noqa: SIM905
    " his her / vs".split()
)
_POSSESSIVES = frozenset({"her", "his", "their", "my", "our"})
_WORD_COST, _COMMA_COST, _TURN_COST, _NAMING_COST, _SENTENCE_COST = 0.05, 0.2, 0.7, 0.45, 0.9
_FAR, _OBJECT_REACH = 40, 4
_EXCHANGED = ("exchang", "swap", "trad")
_POSSESSION, _A_WISH = 1.2, 0.5


@dataclass(frozen=True, slots=True)
class Cue:
    """What a phrase tells; `before` and `after`: whether the product may stand there, seen from the cue."""

    intent: Intent | None
    before: bool
    after: bool
    weight: float
    near: int
    follows: bool = False  # only after another naming of the sentence ("the loafers over the pumps")
    trade: bool = False  # only after a naming that was brought back ("swapped the grey for the green")
    praise: bool = False  # of what the customer has it is no wish


@dataclass(frozen=True, slots=True)
class CueFound:
    """A cue in the note: words `first` to `last`."""

    first: int
    last: int
    cues: tuple[Cue, ...]


@dataclass(frozen=True, slots=True)
class IntentRead:
    """An intent and how strongly the words speak for it; None: nothing was said."""

    intent: Intent
    strength: float | None
    praised: bool = False  # nothing but praise speaks for it


@lru_cache(maxsize=1)
def load_cues() -> dict[str, list[tuple[tuple[str, ...], tuple[Cue, ...]]]]:
    """Read the cue table: first word → phrases that begin with it, longest first."""
    by_phrase: dict[tuple[str, ...], tuple[Cue, ...]] = {}
    for row in read_table("cues.toml")["cue"]:
        intent = None if row["intent"] == "none" else Intent(row["intent"])
        reach = row["reach"]
        cue = Cue(
            intent,
            reach in {"before", "both"},
            reach in {"after", "both"},
            row["weight"],
            row.get("near", _FAR),
            row.get("follows", False),
            row.get("trade", False),
            row.get("praise", False),
        )
        for phrase in row["phrases"].replace("\n", ";").split(";"):
            words = tuple(phrase.replace("'", "").split())
            by_phrase[words] = (*by_phrase.get(words, ()), cue)
    by_first: dict[str, list[tuple[tuple[str, ...], tuple[Cue, ...]]]] = {}
    for words, cues in sorted(by_phrase.items(), key=lambda item: -len(item[0])):
        by_first.setdefault(words[0], []).append((words, (*cues, *_within(words, cues, by_phrase))))
    return by_first


def _within(
    words: tuple[str, ...], cues: tuple[Cue, ...], by_phrase: dict[tuple[str, ...], tuple[Cue, ...]]
) -> list[Cue]:
    """Cues of the same intent that a longer phrase begins or ends with: "asked how" is an "asked" too."""
    intents = {cue.intent for cue in cues}
    shorter = [words[:n] for n in range(1, len(words))] + [words[n:] for n in range(1, len(words))]
    return [cue for phrase in shorter for cue in by_phrase.get(phrase, ()) if cue.intent in intents]


class IntentReader:
    """Reads the intents of all namings of one note."""

    def __init__(self, words: Sequence[NoteWord], places: Sequence[tuple[int, int]]) -> None:
        self._words = words
        self._norms = [word.norm.replace("'", "") for word in words]
        self._places = places
        self._firsts = [first for first, _ in places]
        self._cues = self._find_cues()
        self._cue_places = [found.first for found in self._cues]
        self._sentence, self._commas, self._turns = self._count_breaks()
        self._namings_in = Counter(self._sentence[first] for first in self._firsts)
        self.strengths: list[dict[Intent, float]] = [{} for _ in places]
        self.own = [self._own(k) for k in range(len(places))]

    def read(self) -> list[IntentRead]:
        """Answer an intent for each naming, in order."""
        own = list(self.own)
        for k in range(1, len(own)):
            if self.listed(k) and (own[k].strength is None or not self._cue_between(k)):
                before, after = own[k - 1], own[k]
                if before.strength is not None and (after.strength is None or before.strength >= after.strength - 0.5):
                    own[k] = replace(before, strength=before.strength - 0.05)
        for k in range(len(own) - 2, -1, -1):
            if own[k].strength is None and self.listed(k + 1):
                own[k] = own[k + 1]
        return own

    def _find_cues(self) -> list[CueFound]:
        found: list[CueFound] = []
        table, norms, free = load_cues(), self._norms, 0
        inside = {w for first, last in self._places for w in range(first, last + 1)}
        for i in [i for i, norm in enumerate(norms) if norm in table]:
            if i < free or i in inside:
                continue
            second = norms[i + 1] if i + 1 < len(norms) else None
            for phrase, cues in table[norms[i]]:
                n = len(phrase)
                said = n == 1 or (phrase[1] == second and tuple(norms[i : i + n]) == phrase)
                if said and not self._is_also(i):
                    found.append(CueFound(i, i + n - 1, cues))
                    free = i + n
                    break
        return found

    def _is_also(self, i: int) -> bool:
        """Say whether a "too" ends its clause: "and the gloves too"."""
        return self._norms[i] == "too" and (i + 1 == len(self._words) or self._words[i + 1].sign)

    def _count_breaks(self) -> tuple[list[int], list[int], list[int]]:
        sentences, commas, turns = [], [], []
        s = c = t = 0
        for norm in self._norms:
            sentences.append(s)
            commas.append(c)
            turns.append(t)
            s += norm in _SENTENCE_ENDS
            c += norm == ","
            t += norm in _TURNS
        return sentences, commas, turns

    def _own(self, k: int) -> IntentRead:
        first, last = self._places[k]
        best: tuple[float, Intent] | None = None
        praised, wished = False, False
        low = bisect_left(self._cue_places, first - _FAR)
        high = bisect_right(self._cue_places, last + _FAR)
        for found in self._cues[low:high]:
            for cue in found.cues:
                score = self._score(k, first, last, found, cue)
                if score is None or cue.intent is None:
                    continue
                if score > self.strengths[k].get(cue.intent, 0.0):
                    self.strengths[k][cue.intent] = score
                wished = wished or (cue.intent is Intent.WANTS and not cue.praise and score > _A_WISH)
                if best is None or score > best[0]:
                    best, praised = (score, cue.intent), cue.praise
        if first and self._norms[first - 1] in _POSSESSIVES and (best is None or best[0] < _POSSESSION):
            best, praised = (_POSSESSION, Intent.OWNS), False
        return (
            IntentRead(best[1], best[0], praised and not wished)
            if best and best[0] > 0
            else IntentRead(Intent.WANTS, None)
        )

    def _score(self, k: int, first: int, last: int, found: CueFound, cue: Cue) -> float | None:
        precedes = found.last < first
        if not (cue.after if precedes else cue.before):
            return None
        low, high = (found.last, first) if precedes else (last, found.first)
        distance = high - low - 1
        sentences = self._sentence[high] - self._sentence[low]
        if distance > cue.near or sentences > 1:
            return None
        if (cue.follows or cue.trade) and not self._follows_another(found):
            return None
        if cue.trade and not self._brought_back(found):
            return None
        namings = bisect_left(self._firsts, high) - bisect_right(self._firsts, low)
        if sentences and (namings or precedes or self._speaks_of_another(found, k)):
            return None
        return (
            cue.weight
            - _WORD_COST * distance
            - _COMMA_COST * (self._commas[high] - self._commas[low])
            - _TURN_COST * (self._turns[high] - self._turns[low])
            - _NAMING_COST * namings
            - _SENTENCE_COST * sentences
            - (0 if precedes else self._object_cost(found, cue))
        )

    def _object_cost(self, found: CueFound, cue: Cue) -> float:
        """Weigh that a verb followed by a naming of its own says little of what stands before it."""
        following = bisect_right(self._firsts, found.last)
        if following < len(self._firsts):
            first = self._firsts[following]
            if first <= found.last + _OBJECT_REACH and self._sentence[first] == self._sentence[found.last]:
                if first <= found.last + 2 and cue.after:
                    return 2.0
                return 0.9 if cue.after else 0.4
        return 0.3

    def _follows_another(self, found: CueFound) -> bool:
        earlier = bisect_left(self._firsts, found.first) - 1
        return earlier >= 0 and self._sentence[self._firsts[earlier]] == self._sentence[found.first]

    def _brought_back(self, found: CueFound) -> bool:
        """Say whether the sentence told before of something that was exchanged."""
        sentence = self._sentence[found.first]
        return any(
            self._sentence[other.first] == sentence and self._norms[other.first].startswith(_EXCHANGED)
            for other in self._cues[: bisect_left(self._cue_places, found.first)]
        )

    def _speaks_of_another(self, found: CueFound, k: int) -> bool:
        sentence = self._sentence[found.first]
        return self._namings_in[sentence] > (self._sentence[self._places[k][0]] == sentence)

    def listed(self, k: int) -> bool:
        """Say whether naming `k` stands in one list with the one before it."""
        between = range(self._places[k - 1][1] + 1, self._places[k][0])
        return len(between) <= _FAR and all(
            self._norms[i] in _LIGHT or self._words[i].reading.attribute or self._words[i].reading.number
            for i in between
        )

    def _cue_between(self, k: int) -> bool:
        low = bisect_right(self._cue_places, self._places[k - 1][1])
        high = bisect_left(self._cue_places, self._places[k][0])
        return any(cue.intent for found in self._cues[low:high] for cue in found.cues)
