"""Carts of later days: seen at one moment each, and with one product left out, told from what was known before."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.recommend.baskets import Baskets
from backend.recommend.cart_features import (
    OPPORTUNITY_FEATURES,
    PAIR_FEATURES,
    Carts,
    cart_pairs,
    opportunity_features,
    order_places,
    own_left,
)
from backend.recommend.knowledge import Single
from backend.recommend.next_basket import ranked
from backend.recommend.pair_features import tell_histories
from cli.bench.churn import auc
from cli.bench.intervals import interval
from cli.bench.results import Level
from etl.marts.complete_cart import FittedCarts, evaluate, fit_complete_cart

N_CARTS, SEED, DEPTH = 4_000, 7, 10
SIMPLE_CARTS = {
    "sold in the last 28 days": "share_28",
    "own purchases, half in 60 days": "decay_60",
    "cosine with the cart": "beside_cart",
    "confidence, the best of the cart's": "most_confidence",
}
SIMPLE_MORE = {"the best confidence": "most_confidence", "own habit at that size": "own_more"}


@dataclass(frozen=True, slots=True)
class LaterOrders:
    """Orders after the cut as carts, their products in the order in which they came; `customer` is one of `past`."""

    carts: Carts
    shown: npt.NDArray[np.int64]

    @property
    def nth(self) -> npt.NDArray[np.int64]:
        """Answer the place of each product within its cart."""
        return np.arange(len(self.carts.row)) - np.searchsorted(self.carts.row, self.carts.row)

    def first(self, n: npt.NDArray[np.int64]) -> Carts:
        """Answer the carts with their first n products."""
        held = self.nth < n[self.carts.row]
        return Carts(self.carts.row[held], self.carts.product[held], self.carts.customer)


def later_orders(baskets: Baskets, cut: float, rng: np.random.Generator) -> LaterOrders:
    """Draw N_CARTS orders from the cut on, each with the moment at which it is seen: 1 to all of its products."""
    order = order_places(baskets)
    later = np.unique(order[baskets.day >= cut])
    drawn = np.sort(rng.choice(later, min(N_CARTS, len(later)), replace=False))
    inside = np.isin(order, drawn)
    row = np.searchsorted(drawn, order[inside])
    customer = np.zeros(len(drawn), dtype=np.int64)
    customer[row] = baskets.customer[inside]
    by = np.lexsort((rng.random(len(row)), row))
    carts = Carts(row[by], baskets.product[inside][by], customer)
    return LaterOrders(carts, rng.integers(1, carts.size + 1))


def cart_levels(baskets: Baskets, past: Baskets, cut: float) -> Iterator[Level]:
    """Answer the hit rate of the product left out, and how well the probability of one more holds."""
    started = time.process_time()
    fitted = fit_complete_cart(past, cut)
    seconds = time.process_time() - started
    orders = later_orders(baskets, cut, np.random.default_rng(SEED))
    yield from _left_out(orders, past, fitted)
    yield from _opportunity(orders, past, fitted)
    yield Level("carts: fit", f"{seconds:.0f} s CPU")


def _left_out(orders: LaterOrders, past: Baskets, fitted: FittedCarts) -> Iterator[Level]:
    size = orders.carts.size
    several = size > 1
    missing = orders.carts.product[orders.nth == size[orders.carts.row] - 1]
    found: dict[str, list[int]] = {name: [] for name in (*SIMPLE_CARTS, "ours")}
    for pairs in cart_pairs(orders.first(size - 1), tell_histories(past, fitted.about.known), fitted.about):
        scores = {name: _of(pairs.features, PAIR_FEATURES.index(place)) for name, place in SIMPLE_CARTS.items()}
        scores["ours"] = fitted.model.score(pairs.features)
        for name, score in scores.items():
            by, rank = ranked(pairs.customer, pairs.product, score)
            hit = (rank < DEPTH) & (pairs.product[by] == missing[pairs.customer[by]])
            found[name].extend(pairs.customer[by][hit].tolist())
    for name, rows in found.items():
        hits = np.isin(np.flatnonzero(several), rows).astype(np.float64)
        aim = (">= 0.24", bool(hits.mean() >= 0.24)) if name == "ours" else ("", None)  # noqa: PLR2004 - the aim
        yield Level(f"one product left out, {name}", f"HR@10 {interval(hits)}", *aim)


def _opportunity(orders: LaterOrders, past: Baskets, fitted: FittedCarts) -> Iterator[Level]:
    is_more = orders.shown < orders.carts.size
    told = tell_histories(past, fitted.about.known)
    features = opportunity_features(orders.first(orders.shown), told, own_left(past), fitted.about)
    for name, column in SIMPLE_MORE.items():
        yield _holds(f"one more, {name}", np.clip(_of(features, OPPORTUNITY_FEATURES.index(column)), 0, 1), is_more)
    yield _holds("one more, ours", fitted.model.more(features), is_more, least=0.81, most=0.004)


def _of(features: Single, place: int) -> npt.NDArray[np.float64]:
    """Answer one of the features, -1 where it is not known."""
    values: npt.NDArray[np.float64] = np.nan_to_num(features[:, place].astype(np.float64), nan=-1.0)
    return values


def _holds(
    what: str, probability: npt.NDArray[np.float64], is_more: npt.NDArray[np.bool_], least: float = 0, most: float = 0
) -> Level:
    error = evaluate(probability, is_more)["ece"]
    rng = np.random.default_rng(SEED)
    draws = (rng.integers(0, len(is_more), len(is_more)) for _ in range(200))
    low, high = np.quantile([auc(probability[draw], is_more[draw]) for draw in draws], [0.025, 0.975])
    area = auc(probability, is_more)
    measured = f"AUC {area:.3f} ({low:.3f}-{high:.3f}), ECE {error:.3f}"
    return (
        Level(what, measured, f">= {least} / <= {most}", area >= least and error <= most)
        if least
        else Level(what, measured)
    )
