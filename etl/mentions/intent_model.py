"""Which intent the evidence speaks for: a multinomial logistic regression, fitted on hand-written notes."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np

from backend.domain.mentions import Intent
from etl.mentions.intent_evidence import Surroundings
from etl.mentions.lexicon import read_weights


@dataclass(frozen=True, slots=True)
class IntentFound:
    """An intent and how likely it is the right one, 0..1."""

    intent: Intent
    probability: float


class IntentModel:
    """The fitted weights; a row for each piece of evidence, a column for each intent."""

    def __init__(self, intents: list[str], rows: dict[str, list[float]], bias: list[float]) -> None:
        self._intents = [Intent(name) for name in intents]
        self._row = {name: number for number, name in enumerate(rows)}
        self._weights = np.array(list(rows.values()), dtype=np.float32).reshape(len(rows), len(intents))
        self._bias = np.array(bias, dtype=np.float32)

    @classmethod
    @lru_cache(maxsize=1)
    def stored(cls) -> Self:
        """Read the weights that come with the package."""
        return cls(**read_weights("intents.json"))

    def read(self, around: Surroundings, kinds: list[bool]) -> list[IntentFound]:
        """Answer the likeliest intent of each naming of a note; `kinds`: those that name no single product."""
        return [self._find(*around.evidence(k, kind=kind)) for k, kind in enumerate(kinds)]

    def _find(self, names: list[str], weighed: dict[str, float]) -> IntentFound:
        row = self._row
        scores = self._bias + self._weights[[row[name] for name in set(names) if name in row]].sum(axis=0)
        for name, value in weighed.items():
            if name in row:
                scores += value * self._weights[row[name]]
        likely = np.exp(scores - scores.max())
        best = int(likely.argmax())
        return IntentFound(self._intents[best], float(likely[best] / likely.sum()))
