"""What a customer's next basket will hold: candidates, one score for each, and the reasons behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from backend.recommend.baskets import Baskets
from backend.recommend.knowledge import LATELY_DAYS, Knowledge, Single
from backend.recommend.order_lines import Codes
from backend.recommend.pair_features import FEATURES, Pairs, candidate_pairs

OWN_STRATEGIES = ("decay_8", "decay_20", "decay_60", "decay_180", "order_decay_60", "order_decay_80", "order_decay_92")
"""Own purchases, fading with days or with orders: the simple strategies that any ranker has to beat."""
POPULAR = "popular"
_PLACE = {name: place for place, name in enumerate(FEATURES)}
_LEAST_OWN_GAP_N = 2


class Ranker(Protocol):
    """A fitted classifier: the probability of each class for rows of FEATURES."""

    def predict_proba(self, features: Single) -> npt.NDArray[np.float64]: ...


@dataclass(frozen=True, slots=True)
class NextBasketModel:
    """How to score candidates: the ranker, or where the shop is too small for one, the simple strategy named."""

    strategy: str
    ranker: Ranker | None = None

    def score(self, features: Single) -> npt.NDArray[np.float64]:
        """Answer a score for each row, larger for the likelier; the ranker's are probabilities."""
        if self.ranker is not None:
            return self.ranker.predict_proba(features)[:, 1]
        return simple_score(self.strategy, features)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A product for a customer (a place in the baskets asked about), with the reasons as data."""

    product: int
    score: float
    because: tuple[dict[str, Any], ...]


def simple_score(strategy: str, features: Single) -> npt.NDArray[np.float64]:
    """Score by one's own purchases first, then by people alike and by what sells; below 1, in [0, 1)."""
    share: npt.NDArray[np.float64] = features[:, _PLACE["share_28"]].astype(np.float64)
    crowd: npt.NDArray[np.float64] = share / (1000 + share)
    if strategy == POPULAR:
        return crowd
    own = np.maximum(features[:, _PLACE[strategy]], 0).astype(float)
    like = np.minimum(np.maximum(features[:, _PLACE["like"]], 0), 1)
    raw: npt.NDArray[np.float64] = own + 0.05 * like + 0.01 * crowd
    return raw / (1 + raw)


def next_baskets(
    model: NextBasketModel, baskets: Baskets, known: Knowledge, *, k: int
) -> Iterator[tuple[int, list[Ranked]]]:
    """Answer the k likeliest products of each customer of the baskets, in their order, best first."""
    for pairs in candidate_pairs(baskets, known):
        score = model.score(pairs.features)
        by, rank = ranked(pairs.customer, pairs.product, score)
        chosen = by[rank < k]
        own = _bought(baskets, pairs.customer[chosen])
        for customer in range(int(pairs.customer.min()), int(pairs.customer.max()) + 1):
            mine = chosen[pairs.customer[chosen] == customer]
            yield customer, [_ranked(pairs, int(at), float(score[at]), own.get(customer, ()), known) for at in mine]


def ranked(
    customer: Codes, product: Codes, score: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Answer the places in order of customer and falling score, and the rank (from 0) of each within its customer."""
    by = np.lexsort((product, -score, customer))
    ordered = customer[by]
    return by, np.arange(len(by)) - np.searchsorted(ordered, ordered)


def _bought(baskets: Baskets, customers: Codes) -> dict[int, Codes]:
    bounds = {int(c): np.searchsorted(baskets.customer, [c, c + 1]) for c in np.unique(customers)}
    return {c: np.unique(baskets.product[low:high]) for c, (low, high) in bounds.items()}


def _ranked(pairs: Pairs, at: int, score: float, own: Codes | tuple[()], known: Knowledge) -> Ranked:
    product = int(pairs.product[at])
    told = dict(zip(FEATURES, pairs.features[at].tolist(), strict=True))
    because = [*own_reasons(told), *_crowd_reasons(told, product, own, known)]
    return Ranked(product, score, tuple(because))


def own_reasons(told: dict[str, float]) -> Iterator[dict[str, Any]]:
    """Tell the customer's own rhythm, or that it was bought before."""
    n, since = int(told["n_bought"]), round(told["since_days"], 1)
    if n >= _LEAST_OWN_GAP_N:
        yield {"type": "own_rhythm", "n": n, "every_days": round(told["gap_days"], 1), "days_since": since}
    elif n:
        yield {"type": "bought_before", "n": n, "days_since": since}


def _crowd_reasons(
    told: dict[str, float], product: int, own: Codes | tuple[()], known: Knowledge
) -> Iterator[dict[str, Any]]:
    if told["n_bought"] == 0:
        beside = best_beside(product, own, known)
        if beside is not None:
            yield beside
        if told["like"] > 0:
            yield {"type": "people_alike", "share": round(min(1.0, told["like"]), 4)}
    yield from popular_reason(told, product, known)


def popular_reason(told: dict[str, float], product: int, known: Knowledge) -> Iterator[dict[str, Any]]:
    """Tell how often it sold of late, or else how many bought it: nobody's own is never without a reason."""
    n_lately = int(known.n_lately[product])
    if n_lately:
        yield {"type": "popular_lately", "n": n_lately, "days": LATELY_DAYS}
    elif told["n_bought"] == 0:
        yield {"type": "bought_by_others", "n": int(told["n_buyers"])}


def best_beside(product: int, among: Codes | tuple[()], known: Knowledge) -> dict[str, Any] | None:
    """Answer which of `among` the product is most often taken with, counted over the orders that were kept."""
    column = known.column[product]
    if column < 0 or not len(among):
        return None
    columns = known.column[np.asarray(among)]
    columns = np.sort(columns[columns >= 0])
    row = slice(known.together.indptr[column], known.together.indptr[column + 1])
    partners, counts = known.together.indices[row], known.together.data[row]
    both = np.isin(partners, columns)
    if not both.any():
        return None
    shares = counts[both] / known.n_orders_of[partners[both]]
    best = int(np.lexsort((partners[both], -shares))[0])
    return {
        "type": "bought_together",
        "product": int(known.active[partners[both][best]]),
        "share": round(float(shares[best]), 4),
        "n": int(counts[both][best]),
    }
