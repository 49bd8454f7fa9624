"""What else a cart will hold, and how probable it is that it will hold anything more."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.recommend.cart_features import (
    OPPORTUNITY_FEATURES,
    PAIR_FEATURES,
    CartKnowledge,
    Carts,
    cart_pairs,
    opportunity_features,
)
from backend.recommend.knowledge import Knowledge, Single
from backend.recommend.next_basket import Ranker, best_beside, own_reasons, popular_reason, ranked
from backend.recommend.order_lines import Codes
from backend.recommend.pair_features import Histories

_OWN_MORE = OPPORTUNITY_FEATURES.index("own_more")
_PLACE = {name: place for place, name in enumerate(PAIR_FEATURES)}


@dataclass(frozen=True, slots=True)
class CartModel:
    """The rankers, or None where the shop is too small: then what goes with the cart decides, and the customer's habit.

    `slope` and `offset` calibrate the log odds of `opportunity` (Platt, 1999).
    """

    ranker: Ranker | None
    opportunity: Ranker | None
    slope: float = 1.0
    offset: float = 0.0

    def score(self, features: Single) -> npt.NDArray[np.float64]:
        """Answer for rows of PAIR_FEATURES the probability of being the one product that is missing."""
        if self.ranker is not None:
            return self.ranker.predict_proba(features)[:, 1]
        return simple_cart_score(features)

    def more(self, features: Single) -> npt.NDArray[np.float64]:
        """Answer for rows of OPPORTUNITY_FEATURES the probability that one more product is taken."""
        if self.opportunity is None:
            own_more: npt.NDArray[np.float64] = features[:, _OWN_MORE].astype(np.float64)
            return own_more
        return calibrated(self.opportunity.predict_proba(features)[:, 1], self.slope, self.offset)


def calibrated(probability: npt.NDArray[np.float64], slope: float, offset: float) -> npt.NDArray[np.float64]:
    """Answer the probability whose log odds are slope · log odds + offset."""
    odds = log_odds(probability)
    held: npt.NDArray[np.float64] = 1 / (1 + np.exp(-(slope * odds + offset)))
    return held


def log_odds(probability: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Answer the log odds, finite also for 0 and 1."""
    held = np.clip(probability, 1e-6, 1 - 1e-6)
    odds: npt.NDArray[np.float64] = np.log(held / (1 - held))
    return odds


def simple_cart_score(features: Single) -> npt.NDArray[np.float64]:
    """Score by confidence, then by own purchases and what sells; in [0, 1)."""
    share = features[:, _PLACE["share_28"]].astype(float)
    own = np.maximum(features[:, _PLACE["decay_60"]], 0)
    raw = features[:, _PLACE["most_confidence"]] + 0.2 * own / (1 + own) + 0.1 * share / (1000 + share)
    score: npt.NDArray[np.float64] = raw / (1 + raw)
    return score


@dataclass(frozen=True, slots=True)
class CartOffer:
    """One more product. `score` ranks; `probability` is that of its being the next to be taken."""

    product: int
    score: float
    probability: float
    because: tuple[dict[str, Any], ...]


def complete_carts(
    model: CartModel, carts: Carts, told: Histories, left: Single, about: CartKnowledge, *, k: int
) -> Iterator[tuple[float, list[CartOffer]]]:
    """Answer for each cart, in order, the probability of one more product and the k likeliest, best first."""
    more = model.more(opportunity_features(carts, told, left, about))
    bounds = np.searchsorted(carts.row, np.arange(len(carts.customer) + 1))
    answered = 0
    for pairs in cart_pairs(carts, told, about):
        score = model.score(pairs.features)
        by, rank = ranked(pairs.customer, pairs.product, score)
        chosen = by[rank < k]
        for row in np.unique(pairs.customer[chosen]).tolist():
            yield from ((float(more[empty]), []) for empty in range(answered, row))
            answered = row + 1
            held = carts.product[bounds[row] : bounds[row + 1]]
            mine = chosen[pairs.customer[chosen] == row]
            total = max(1.0, float(score[pairs.customer == row].sum()))
            yield (
                float(more[row]),
                [
                    _offer(
                        pairs.product[at],
                        pairs.features[at],
                        float(score[at]),
                        float(more[row]) / total,
                        held,
                        about.known,
                    )
                    for at in mine
                ],
            )
    yield from ((float(more[empty]), []) for empty in range(answered, len(carts.customer)))


def _offer(  # noqa: PLR0917 - one candidate, and what is known of its cart
    product: int, features: Single, score: float, share: float, held: Codes, known: Knowledge
) -> CartOffer:
    told = dict(zip(PAIR_FEATURES, features.tolist(), strict=True))
    beside = best_beside(int(product), held, known)
    because = [
        *([beside] if beside is not None else []),
        *own_reasons(told),
        *popular_reason(told, int(product), known),
    ]
    return CartOffer(int(product), score, min(1.0, score * share), tuple(because))
