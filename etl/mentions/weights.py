"""A logistic regression that was fitted on hand-written notes, as the reader uses it."""

from collections.abc import Mapping, Sequence
from itertools import repeat
from math import exp
from typing import Any

_UNKNOWN = repeat(0.0)


class Weights:
    """One fitted regression: evidence → log-odds."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        self._weights: dict[str, float] = stored["weights"]
        self._bias: float = stored["bias"]

    def probability(self, evidence: Sequence[str]) -> float:
        """Answer a probability, 0..1."""
        return 1.0 / (1.0 + exp(-self._bias - sum(map(self._weights.get, evidence, _UNKNOWN))))
