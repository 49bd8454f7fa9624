"""Fit what completes a cart on the shop's latest orders, each looked at as if it were not finished yet.

The last part of the past is cut in three; the knowledge is that of the day before each, so nothing later is looked at.
For the ranker one product is left out of each order, and it has to be found: on the newest third a ranker of the older
ones must find it sooner than what goes with the cart and the customer's habit do, or it is not used. For the
opportunity each order is seen at one moment, with m of its n products, m drawn evenly from 1 to n: one more is taken
where m < n. The newest third calibrates the probabilities and is not fitted on.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from backend.recommend.baskets import Baskets
from backend.recommend.cart_features import (
    CartKnowledge,
    Carts,
    cart_pairs,
    learn_carts,
    opportunity_features,
    order_places,
    own_left,
)
from backend.recommend.complete_cart import CartModel, log_odds, simple_cart_score
from backend.recommend.knowledge import Single, learn
from backend.recommend.next_basket import Ranker
from backend.recommend.pair_features import Histories, tell_histories
from etl.marts.next_basket import SEED, fit_classifier

MOST_ORDERS = 36_000
PART_OF_ORDERS = 0.3
THIRDS = 3
RANKED_CARTS, TRIED_CARTS = 4_000, 1_000
"""So many carts of each third teach the ranker, and so many of the newest try it."""
LEAST_TAKEN, LEAST_ORDERS = 200, 300
NEGATIVES = 60
"""So many of the products that were not taken are kept of each cart."""
UNKNOWN_SHARE = 0.15
"""So many carts are shown as if nobody knew whose they are."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FittedCarts:
    """The model, the knowledge it is used with, and how it fared on the newest third.

    `evaluation` has AUC and calibration error of the opportunity, and the mean reciprocal rank (MRR) of the product
    left out, by the ranker and by the simple score.
    """

    model: CartModel
    about: CartKnowledge
    evaluation: dict[str, float]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Candidates of carts that lack one product: the cart's `row`, whether each is that one, and what it weighs."""

    row: npt.NDArray[np.int64]
    features: Single
    taken: Mask
    weight: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Third:
    features: Single
    is_more: Mask
    taught: LeftOut
    tried: LeftOut


def fit_complete_cart(baskets: Baskets, now: float) -> FittedCarts:
    """Fit on baskets from before `now` (days since 1970); the same baskets give the same model."""
    rng = np.random.default_rng(SEED)
    days = _days(baskets, now)
    thirds = [_third(baskets, day, until, rng, n_tried=TRIED_CARTS * (until == now)) for day, until in pairwise(days)]
    about = learn_carts(baskets, learn(baskets, now))
    if sum(len(third.is_more) for third in thirds[:-1]) < LEAST_ORDERS or not thirds[-1].is_more.any():
        return FittedCarts(CartModel(None, None), about, {})
    ranker, fared = choose_ranker([third.taught for third in thirds], thirds[-1].tried)
    older = thirds[:-1]
    is_more = np.concatenate([third.is_more for third in older])
    features = np.vstack([third.features for third in older])
    opportunity = fit_classifier(features, is_more, np.ones(len(is_more)), n_trees=100)
    slope, offset = _platt(opportunity.predict_proba(thirds[-1].features)[:, 1], thirds[-1].is_more)
    model = CartModel(ranker, opportunity, slope, offset)
    return FittedCarts(model, about, fared | evaluate(model.more(thirds[-1].features), thirds[-1].is_more))


def mean_reciprocal_rank(carts: LeftOut, score: npt.NDArray[np.float64]) -> float:
    """Answer the mean of 1/rank of the product that was left out, over the carts that have it among their candidates.

    Of equal scores it comes in the middle.
    """
    if not carts.taken.any():
        return 0.0
    sought = np.full(int(carts.row.max()) + 1, np.inf)
    sought[carts.row[carts.taken]] = score[carts.taken]
    level = sought[carts.row]
    above = np.bincount(carts.row, weights=(score > level) + 0.5 * (score == level), minlength=len(sought))
    return float(np.mean(1 / (above[np.isfinite(sought)] + 0.5)))


def choose_ranker(taught: list[LeftOut], tried: LeftOut) -> tuple[Ranker | None, dict[str, float]]:
    """Answer a ranker fitted on all thirds where one of the older two beats the simple score on the newest."""
    fared = {"mrr_simple": mean_reciprocal_rank(tried, simple_cart_score(tried.features))} if len(tried.row) else {}
    if sum(int(carts.taken.sum()) for carts in taught[:-1]) < LEAST_TAKEN or not fared:
        return None, fared
    fared["mrr_ranker"] = mean_reciprocal_rank(tried, CartModel(_ranker(taught[:-1]), None).score(tried.features))
    return (_ranker(taught) if fared["mrr_ranker"] > fared["mrr_simple"] else None), fared


def _ranker(taught: list[LeftOut]) -> HistGradientBoostingClassifier:
    some = [carts for carts in taught if len(carts.row)]
    features, taken = np.vstack([carts.features for carts in some]), np.concatenate([carts.taken for carts in some])
    return fit_classifier(features, taken, np.concatenate([carts.weight for carts in some]))


def evaluate(probability: npt.NDArray[np.float64], happened: Mask, *, n_bins: int = 10) -> dict[str, float]:
    """Answer AUC and the expected calibration error over bins of equal size."""
    if happened.all() or not happened.any():
        return {}
    bins = np.array_split(np.argsort(probability, kind="stable"), n_bins)
    error = sum(len(b) * abs(probability[b].mean() - happened[b].mean()) for b in bins if len(b)) / len(happened)
    return {"auc": float(roc_auc_score(happened, probability)), "ece": float(error)}


def _platt(probability: npt.NDArray[np.float64], happened: Mask) -> tuple[float, float]:
    if happened.all() or not happened.any():
        return 1.0, 0.0
    fitted = LogisticRegression(C=1e6).fit(log_odds(probability)[:, None], happened)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _days(baskets: Baskets, now: float) -> list[float]:
    """Answer the bounds of the thirds: times that leave about equally many orders between them."""
    order = order_places(baskets)
    placed = np.zeros(int(baskets.n_orders.sum()))
    placed[order] = baskets.day
    placed = np.sort(placed)
    n = int(min(MOST_ORDERS, PART_OF_ORDERS * len(placed)))
    if n < THIRDS:
        return [now] * (THIRDS + 1)
    return [float(placed[len(placed) - n + (n * part) // THIRDS]) for part in range(THIRDS)] + [now]


def _third(baskets: Baskets, day: float, until: float, rng: np.random.Generator, *, n_tried: int) -> _Third:
    past = baskets.before(day)
    about = learn_carts(past, learn(past, day))
    inside = (baskets.day >= day) & (baskets.day < until)
    order, product = order_places(baskets)[inside], baskets.product[inside]
    places, row = np.unique(order, return_inverse=True)
    owner = np.empty(len(places), dtype=np.int64)
    owner[row] = baskets.customer[inside]
    by = np.lexsort((rng.random(len(row)), row))
    row, product = row[by].astype(np.int64), product[by]
    known = np.unique(owner)
    place = np.full(baskets.n_customers, -1, dtype=np.int64)
    place[known] = np.arange(len(known))
    mine = past.of(np.append(known, baskets.n_customers).astype(np.int32))
    told, left = tell_histories(mine, about.known), own_left(mine)
    customer = np.where(rng.random(len(owner)) < UNKNOWN_SHARE, -1, place[owner])
    features, is_more = _moments(Carts(row, product, customer), told, left, about, rng)
    full = Carts(row, product, customer)
    taught = _left_out(full, told, about, rng, most=RANKED_CARTS, negatives=NEGATIVES)
    tried = _left_out(full, told, about, rng, most=n_tried, negatives=np.inf)
    return _Third(features, is_more, taught, tried)


def _moments(
    full: Carts, told: Histories, left: Single, about: CartKnowledge, rng: np.random.Generator
) -> tuple[Single, Mask]:
    """Show each order at one moment; its products are in the order in which they came into the cart."""
    size = full.size
    shown = rng.integers(1, size + 1) if len(size) else size
    nth = np.arange(len(full.row)) - np.searchsorted(full.row, full.row)
    seen = nth < shown[full.row]
    carts = Carts(full.row[seen], full.product[seen], full.customer)
    return opportunity_features(carts, told, left, about), shown < size


def _left_out(
    full: Carts, told: Histories, about: CartKnowledge, rng: np.random.Generator, *, most: int, negatives: float
) -> LeftOut:
    """Leave the last product out of at most so many orders; keep about so many `negatives` of each one's candidates."""
    several = np.flatnonzero(full.size > 1)
    if len(several) > most:
        several = np.sort(rng.choice(several, most, replace=False))
    renumbered = np.full(len(full.customer), -1, dtype=np.int64)
    renumbered[several] = np.arange(len(several))
    kept = renumbered[full.row] >= 0
    row, product = renumbered[full.row[kept]], full.product[kept]
    is_last = np.r_[row[1:] != row[:-1], True] if len(row) else np.empty(0, dtype=bool)
    missing = product[is_last]
    carts = Carts(row[~is_last], product[~is_last], full.customer[several])
    parts = []
    for pairs in cart_pairs(carts, told, about):
        hit = pairs.product == missing[pairs.customer]
        share = min(1.0, negatives * len(np.unique(pairs.customer)) / max(1, len(hit)))
        chosen = hit | (rng.random(len(hit)) < share)
        weight = np.where(hit, 1.0, 1.0 / share)
        parts.append((pairs.customer[chosen], pairs.features[chosen], hit[chosen], weight[chosen]))
    if not parts:
        none = np.empty(0)
        return LeftOut(none.astype(np.int64), np.empty((0, 0), dtype=np.float32), none.astype(bool), none)
    rows, features, taken, weights = zip(*parts, strict=True)
    return LeftOut(np.concatenate(rows), np.vstack(features), np.concatenate(taken), np.concatenate(weights))
