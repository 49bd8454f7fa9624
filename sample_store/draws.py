"""Seeded draws that give the same values on every machine and every Python.

Only `random.Random.random()` is promised to stay as it is across versions, so everything is told from it, and no
transcendental function is used anywhere in the sample store: their last digit differs between C libraries.
"""

import hashlib
import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")


class Draws:
    """A stream of draws named by its path: `Draws(1, "customer", 17)` never depends on any other stream."""

    __slots__ = ("uniform",)

    def __init__(self, seed: int, *path: str | int) -> None:
        name = "/".join(str(part) for part in (seed, *path)).encode()
        self.uniform = random.Random(int.from_bytes(hashlib.sha256(name).digest()[:16], "big")).random
        """Answers the next float in [0, 1)."""

    def chance(self, share: float) -> bool:
        """Answer True in `share` of the cases."""
        return self.uniform() < share

    def below(self, limit: int) -> int:
        """Answer an integer in [0, limit)."""
        return int(self.uniform() * limit)

    def between(self, low: int, high: int) -> int:
        """Answer an integer in [low, high]."""
        return low + int(self.uniform() * (high - low + 1))

    def spread(self, low: float, high: float) -> float:
        """Answer a float in [low, high), the middle likelier than the ends."""
        return low + (self.uniform() + self.uniform() + self.uniform()) / 3 * (high - low)

    def pick(self, items: Sequence[T]) -> T:
        """Answer one of the items."""
        return items[int(self.uniform() * len(items))]

    def weighted(self, items: Sequence[T], weights: Iterable[float]) -> T:
        """Answer one of the items, each in proportion to its weight."""
        return Wheel(items, weights).turn(self)

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """Answer the items in another order (Fisher-Yates)."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order


class Wheel(Generic[T]):
    """Items with weights, summed up once for many draws."""

    __slots__ = ("_items", "_steps")

    def __init__(self, items: Sequence[T], weights: Iterable[float]) -> None:
        self._items = items
        self._steps = list(accumulate(weights))

    def turn(self, draws: Draws) -> T:
        """Answer one of the items, each in proportion to its weight."""
        at = bisect_right(self._steps, draws.uniform() * self._steps[-1])
        return self._items[min(at, len(self._items) - 1)]
