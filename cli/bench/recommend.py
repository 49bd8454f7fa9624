"""`floorbook bench recommend`: each task on public shops, split by time, with the baselines in the same run."""

import time
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from backend.recommend.baskets import Baskets, baskets_of
from backend.recommend.next_basket import next_baskets, ranked
from backend.recommend.order_lines import Codes
from cli.bench.basket_baselines import BASELINES, Rows, Scorer
from cli.bench.cart_moments import cart_levels
from cli.bench.churn import bench_churn
from cli.bench.intervals import interval
from cli.bench.public_data import read_dunnhumby_orders
from cli.bench.results import BenchResult, Level
from cli.bench.spikes import bench_spikes
from etl.marts.next_basket import bought_next, fit_next_basket

CUT = 17_497.0
"""2017-11-27 in days since 1970: what was bought from then on is what is to be told."""
DEPTH = 10
MOST_SECONDS = 60
_AT_ONCE = 128

Answers = npt.NDArray[np.int64]
"""One row a customer: the DEPTH products, best first; -1 where there are fewer."""


def bench_recommend() -> BenchResult:
    """Answer each task's figures with 95 % intervals over customers or carts, ours beside the baselines."""
    baskets = baskets_of(read_dunnhumby_orders())
    past = baskets.before(CUT)
    with threadpool_limits(1):
        levels = [
            *next_basket_levels(baskets, past),
            *cart_levels(baskets, past, CUT),
            *bench_churn().levels,
            *bench_spikes().levels,
        ]
    return BenchResult("Recommendation: Dunnhumby from 2017-11-27, CDNOW, made spikes", tuple(levels))


def next_basket_levels(baskets: Baskets, past: Baskets) -> Iterator[Level]:
    """Answer Recall@10 and NDCG@10 of each strategy over the first baskets after the cut."""
    customer, product = bought_next(baskets, past, CUT)
    asked = np.unique(customer)
    taken = [product[customer == one] for one in asked]
    for name, baseline in BASELINES.items():
        yield _level(f"next basket, {name}", best_of(baseline(past, CUT), asked.astype(np.int64)), taken)
    started = time.process_time()
    fitted = fit_next_basket(past, CUT)
    seconds = time.process_time() - started
    answers = np.full((len(asked), DEPTH), -1, dtype=np.int64)
    for place, items in next_baskets(fitted.model, past.of(asked), fitted.known, k=DEPTH):
        answers[place, : len(items)] = [item.product for item in items]
    answered = (time.process_time() - started - seconds) / max(len(asked), 1) * 1000
    yield _level(f"next basket, ours ({fitted.model.strategy})", answers, taken, aim=(0.18, 0.195))
    cost = f"{seconds:.0f} s CPU; {answered:.1f} ms CPU"
    yield Level("next basket: fit; one customer", cost, f"<= {MOST_SECONDS} s", seconds <= MOST_SECONDS)


def best_of(scorer: Scorer, customers: Rows) -> Answers:
    """Answer the best products of each customer; of equal ones those with the lower number."""
    parts = []
    for start in range(0, len(customers), _AT_ONCE):
        scores = scorer(customers[start : start + _AT_ONCE])
        some = np.argpartition(-scores, DEPTH, axis=1)[:, :DEPTH]
        row = np.repeat(np.arange(len(scores), dtype=np.int32), DEPTH)
        best = np.take_along_axis(scores, some, axis=1).astype(np.float64)
        by, _ = ranked(row, some.astype(np.int32).ravel(), best.ravel())
        parts.append(some.ravel()[by].reshape(-1, DEPTH))
    return np.vstack(parts)


def recall_and_gain(answers: Answers, taken: list[Codes]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Answer Recall@10 and NDCG@10 of each customer."""
    worth = 1 / np.log2(np.arange(DEPTH) + 2)
    hits = np.array([np.isin(row, basket) for row, basket in zip(answers, taken, strict=True)])
    sizes = np.array([len(basket) for basket in taken])
    return hits.sum(axis=1) / sizes, (hits * worth).sum(axis=1) / np.cumsum(worth)[np.minimum(sizes, DEPTH) - 1]


def _level(what: str, answers: Answers, taken: list[Codes], aim: tuple[float, float] | None = None) -> Level:
    recall, gain = recall_and_gain(answers, taken)
    measured = f"Recall@10 {interval(recall)}, NDCG@10 {interval(gain)}"
    if aim is None:
        return Level(what, measured)
    return Level(what, measured, f">= {aim[0]} / {aim[1]}", bool(recall.mean() >= aim[0] and gain.mean() >= aim[1]))
