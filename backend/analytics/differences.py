"""How sure a difference between two shares is."""

from dataclasses import dataclass
from math import sqrt

_Z = 1.959964
"""Of the 95 % interval of a normal."""


@dataclass(frozen=True, slots=True)
class Share:
    """`k` of `n`."""

    k: int
    n: int

    @property
    def value(self) -> float | None:
        """Answer k/n; None where there is nobody."""
        return self.k / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Difference:
    """The first share less the second, with its 95 % interval."""

    value: float
    low: float
    high: float


def wilson(share: Share) -> tuple[float, float]:
    """Answer the 95 % interval of a share of at least one (Wilson 1927)."""
    p, n = share.k / share.n, share.n
    middle = p + _Z**2 / (2 * n)
    half = _Z * sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
    return (middle - half) / (1 + _Z**2 / n), (middle + half) / (1 + _Z**2 / n)


def difference(first: Share, second: Share) -> Difference | None:
    """Answer first less second (Newcombe 1998, method 10: from both Wilson intervals); None where one has nobody."""
    if first.value is None or second.value is None:
        return None
    (low_1, high_1), (low_2, high_2) = wilson(first), wilson(second)
    value = first.value - second.value
    low = value - sqrt((first.value - low_1) ** 2 + (high_2 - second.value) ** 2)
    high = value + sqrt((high_1 - first.value) ** 2 + (second.value - low_2) ** 2)
    return Difference(value, low, high)
