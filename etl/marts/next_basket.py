"""Fit the model of the next basket on the shop's own past: what was bought first after each of several days.

A day in the past is taken as today: everything is told from before it, and what each customer bought next is what the
model has to find. Nothing of a later day is looked at, so that the score on the last of those days is an honest one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from backend.recommend.baskets import Baskets
from backend.recommend.knowledge import Knowledge, Single, learn
from backend.recommend.next_basket import OWN_STRATEGIES, POPULAR, NextBasketModel, ranked, simple_score
from backend.recommend.order_lines import Codes
from backend.recommend.pair_features import candidate_pairs

SEED = 20261123
STEPS = (1, 2, 3, 4, 6)
"""How many steps before the end the days lie; the first is kept to choose by."""
MOST_CUSTOMERS = 1_500
"""So many customers a day are learnt from: more hardly help, and the features cost the most."""
MOST_ROWS = 100_000
LEAST_TAKEN = 300
"""With fewer products found a ranker would learn chance."""
DEPTH = 10

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Day:
    """The candidates of one day of the past, whether each was taken, and how large the basket was."""

    customer: Codes
    product: Codes
    features: Single
    taken: npt.NDArray[np.bool_]
    basket_size: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The model with its NDCG@10 on the newest day that it was not fitted on, beside that of each simple strategy."""

    model: NextBasketModel
    known: Knowledge
    evaluation: dict[str, float]


def fit_next_basket(baskets: Baskets, now: float) -> Fitted:
    """Fit on baskets that are all from before `now` (days since 1970); the same baskets give the same model."""
    rng = np.random.default_rng(SEED)
    days = [_past_day(baskets, day, rng) for day in past_days(baskets, now)]
    days = [day for day in days if len(day.taken)]
    known = learn(baskets, now)
    if not days:
        return Fitted(NextBasketModel(POPULAR), known, {})
    evaluation = {name: _ndcg(days[0], simple_score(name, days[0].features)) for name in (*OWN_STRATEGIES, POPULAR)}
    best = max(evaluation, key=lambda name: (evaluation[name], name))
    if sum(int(day.taken.sum()) for day in days[1:]) >= LEAST_TAKEN:
        tried = NextBasketModel("ranker", fit_ranker(days[1:], rng))
        evaluation["ranker"] = _ndcg(days[0], tried.score(days[0].features))
        if evaluation["ranker"] >= evaluation[best]:
            return Fitted(NextBasketModel("ranker", fit_ranker(days, rng)), known, evaluation)
    return Fitted(NextBasketModel(best), known, evaluation)


def past_days(baskets: Baskets, now: float) -> list[float]:
    """Answer the days to learn from, the newest first: apart by twice the customers' usual gap, 3 to 28 days."""
    if not len(baskets.day):
        return []
    first = float(baskets.day.min())
    gaps = usual_gap(baskets)
    step = float(np.clip(2 * gaps, 3, 28))
    step = min(step, (now - first) / (2 * max(STEPS)))
    return [now - step * n for n in STEPS]


def usual_gap(baskets: Baskets) -> float:
    """Answer the median over customers of their mean days between two orders; 14 where nobody came twice."""
    first = np.full(baskets.n_customers, np.inf)
    np.minimum.at(first, baskets.customer, baskets.day)
    again = baskets.n_orders > 1
    if not again.any():
        return 14.0
    return float(np.median((baskets.last_day[again] - first[again]) / (baskets.n_orders[again] - 1)))


def _past_day(baskets: Baskets, day: float, rng: np.random.Generator) -> Day:
    past = baskets.before(day)
    customer, product = bought_next(baskets, past, day)
    customers = np.unique(customer)
    if len(customers) > MOST_CUSTOMERS:
        customers = np.sort(rng.choice(customers, MOST_CUSTOMERS, replace=False))
    known = learn(past, day)
    taken = np.unique(customer.astype(np.int64) * baskets.n_products + product)
    size = np.bincount(customer, minlength=baskets.n_customers)
    parts = list(candidate_pairs(past.of(customers), known)) if len(customers) else []
    if not parts:
        none = np.empty(0, dtype=np.int32)
        return Day(none, none, np.empty((0, 0), dtype=np.float32), none.astype(bool), none.astype(np.int64))
    who = customers[np.concatenate([part.customer for part in parts])]
    what = np.concatenate([part.product for part in parts])
    return Day(
        customer=who,
        product=what,
        features=np.vstack([part.features for part in parts]),
        taken=np.isin(who.astype(np.int64) * baskets.n_products + what, taken),
        basket_size=size[who],
    )


def bought_next(baskets: Baskets, past: Baskets, day: float) -> tuple[Codes, Codes]:
    """Answer what each customer who had ordered before the day bought first from then on."""
    following = (baskets.day >= day) & (baskets.nth == past.n_orders[baskets.customer]) & (baskets.nth > 0)
    return baskets.customer[following], baskets.product[following]


def fit_ranker(days: Sequence[Day], rng: np.random.Generator) -> HistGradientBoostingClassifier:
    """Fit on all that was taken and a part of what was not, weighed so that the probabilities hold."""
    rows, taken, weights = zip(*(_sampled(day, rng) for day in days), strict=True)
    return fit_classifier(np.vstack(rows), np.concatenate(taken), np.concatenate(weights))


def fit_classifier(
    features: Single, taken: npt.NDArray[np.bool_], weight: Scores, *, n_trees: int = 160
) -> HistGradientBoostingClassifier:
    """Fit gradient boosting that gives the same on every machine and run."""
    classifier = HistGradientBoostingClassifier(
        learning_rate=0.06,
        max_iter=n_trees,
        max_leaf_nodes=31,
        min_samples_leaf=40,
        l2_regularization=10.0,
        early_stopping=False,
        random_state=SEED,
    )
    with threadpool_limits(1):  # more threads than free cores made a fit twenty times slower
        classifier.fit(features, taken, sample_weight=weight)
    return classifier


def _sampled(day: Day, rng: np.random.Generator) -> tuple[Single, npt.NDArray[np.bool_], Scores]:
    share = min(1.0, MOST_ROWS / max(1, len(day.taken)))
    kept = day.taken | (rng.random(len(day.taken)) < share)
    weight = np.where(day.taken, 1.0, 1.0 / share) / np.sqrt(np.maximum(day.basket_size, 1))
    return day.features[kept], day.taken[kept], weight[kept]


def _ndcg(day: Day, score: Scores) -> float:
    """Answer the mean NDCG@10 over the day's customers."""
    by, rank = ranked(day.customer, day.product, score)
    gain = np.where((rank < DEPTH) & day.taken[by], 1 / np.log2(rank + 2), 0)
    _, first = np.unique(day.customer[by], return_index=True)
    found = np.add.reduceat(gain, first)
    ideal = np.cumsum(1 / np.log2(np.arange(DEPTH) + 2))
    return float(np.mean(found / ideal[np.minimum(day.basket_size[by][first], DEPTH) - 1]))
