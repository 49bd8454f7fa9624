"""Which intent the evidence speaks for: a multinomial logistic regression, fitted on hand-written notes.

The evidence for a naming is a vector of length one, so that a long note says no more than a short one: the score of an
intent is its bias and the sum of the weights, divided by the root of the summed squares of what was found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from typing import Self

import numpy as np

from backend.domain.mentions import Intent
from etl.mentions.intent_evidence import Surroundings
from etl.mentions.intents import IntentRead, load_cues
from etl.mentions.lexicon import read_weights
from etl.mentions.note_words import NoteWord
from etl.mentions.said_words import Vocabulary
from etl.mentions.word_classes import load_classes

_NOTHING = 0
_AT_ONCE = 256
"""So many namings are weighed together: the evidence of a whole book would not fit into memory."""


@dataclass(frozen=True, slots=True)
class IntentFound:
    """An intent and how likely it is the right one, 0..1."""

    intent: Intent
    probability: float


class IntentModel:
    """The fitted weights; a row for each piece of evidence, the first for none, and a column for each intent."""

    def __init__(self, intents: list[str], rows: dict[str, list[float]], bias: list[float]) -> None:
        self._intents = [Intent(name) for name in intents]
        keys = {name: (number,) for number, name in enumerate(rows, start=1)}
        self._vocabulary = Vocabulary[int](lambda name: keys.get(name, ()))
        self._weights = np.array([[0.0] * len(bias), *rows.values()], dtype=np.float32)
        self._bias = np.array(bias, dtype=np.float32)

    @classmethod
    @lru_cache(maxsize=1)
    def stored(cls) -> Self:
        """Read the weights that come with the package, and the tables that the first note would else wait for."""
        load_cues()
        load_classes()
        return cls(**read_weights("intents.json"))

    def surroundings(self, words: Sequence[NoteWord], places: Sequence[tuple[int, int]]) -> Surroundings[int]:
        """Prepare a note and the places of its namings to be read."""
        return Surroundings(words, places, self._vocabulary)

    def read(self, around: Surroundings[int], kinds: Sequence[bool]) -> list[IntentFound]:
        """Answer the likeliest intent of each naming of a note; `kinds`: those that name no single product."""
        found: list[IntentFound] = []
        for first in range(0, len(kinds), _AT_ONCE):
            found += self._read(around, range(first, min(first + _AT_ONCE, len(kinds))), kinds)
        return found

    def _read(self, around: Surroundings[int], some: range, kinds: Sequence[bool]) -> list[IntentFound]:
        rows: list[int] = []
        firsts: list[int] = []
        squares: list[float] = []
        strengths: list[tuple[int, int, float]] = []
        for k in some:
            keys, weighed = around.evidence(k, kind=kinds[k])
            once = set(keys)
            firsts.append(len(rows))
            rows.append(_NOTHING)
            rows += once
            told = [(k - some.start, row, value) for found, value in weighed for row in found]
            strengths += told
            squares.append(len(once) + sum([value * value for _, _, value in told]))
        scores = np.add.reduceat(self._weights.take(rows, axis=0), firsts)
        for place, row, value in strengths:
            scores[place] += value * self._weights[row]
        scores /= np.sqrt(np.maximum(squares, 1.0), dtype=np.float32)[:, None]
        scores += self._bias
        return [self._likeliest(one) for one in scores.tolist()]

    def _likeliest(self, scores: list[float]) -> IntentFound:
        most = max(scores)
        return IntentFound(self._intents[scores.index(most)], 1.0 / sum([exp(score - most) for score in scores]))


def praise_settled(found: IntentFound, cued: IntentRead, *, owned: bool) -> IntentFound:
    """Answer that nothing but praise of what the customer has tells of having it, not of a wish."""
    if owned and cued.praised and found.intent is Intent.WANTS:
        return IntentFound(Intent.OWNS, found.probability)
    return found
