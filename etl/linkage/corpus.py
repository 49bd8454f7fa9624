"""What a word weighs among the records of both sources."""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import log, sqrt

from etl.linkage.records import Record


class Corpus:
    """Counts in how many records a word stands. The order of the records makes no difference."""

    def __init__(self, records: Iterable[Record]) -> None:
        counts: Counter[str] = Counter()
        self.n_records = 0
        for record in records:
            self.n_records += 1
            counts.update(set(record.tokens))
        self._weights: dict[str, float] = {t: log((self.n_records + 1) / (n + 1)) + 1 for t, n in counts.items()}
        self._unseen = log(self.n_records + 1) + 1

    def weight(self, token: str) -> float:
        """Answer how telling a word is: the logarithm of its rarity, at least one for words seen."""
        return self._weights.get(token, self._unseen)

    def vector(self, tokens: Iterable[str]) -> dict[str, float]:
        """Answer the words with their share of the whole, of length one."""
        weights = {token: (1 + log(n)) * self.weight(token) for token, n in Counter(tokens).items()}
        length = sqrt(sum(w * w for w in weights.values())) or 1.0
        return {token: w / length for token, w in weights.items()}

    def cosine(self, one: Iterable[str], other: Iterable[str]) -> float:
        """Answer how alike two texts are, 0..1: the cosine of their words by rarity."""
        return dot(self.vector(one), self.vector(other))


def dot(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Multiply two vectors; the order of the two makes no difference."""
    small, large = sorted((one, other), key=len)
    return sum(sorted(w * large[t] for t, w in small.items() if t in large))
