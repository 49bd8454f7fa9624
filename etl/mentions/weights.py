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
        self.bias: float = stored["bias"]

    def log_odds(self, evidence: Sequence[str]) -> float:
        """Answer what some evidence weighs, the bias left out."""
        return sum(map(self._weights.get, evidence, _UNKNOWN))

    def probability(self, evidence: Sequence[str]) -> float:
        """Answer a probability, 0..1."""
        return probability(self.bias + self.log_odds(evidence))


def probability(log_odds: float) -> float:
    """Answer the probability of log-odds.

    They are sums of numbers of three decimals: rounded, they are even where they should be, whatever was added first.
    """
    return 1.0 / (1.0 + exp(-round(log_odds, 6)))
