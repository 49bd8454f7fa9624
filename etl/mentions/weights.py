"""A logistic regression that was fitted on hand-written notes, as the reader uses it."""

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any


class Weights:
    """One fitted regression: evidence → log-odds."""

    def __init__(self, stored: Mapping[str, Any]) -> None:
        self._weights: dict[str, float] = stored["weights"]
        self._bias: float = stored["bias"]

    def probability(self, evidence: Sequence[str]) -> float:
        """Answer a probability, 0..1."""
        weights = self._weights
        return 1.0 / (1.0 + exp(-self._bias - sum([weights[one] for one in evidence if one in weights])))
