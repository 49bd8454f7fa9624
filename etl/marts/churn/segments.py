"""Segments by RFM: k-means over the logarithms of recency, frequency and money; named by where their centres lie."""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from threadpoolctl import threadpool_limits

from etl.marts.churn.purchases import Floats, Ints

NEW, LOYAL, CHURNED = "new", "loyal", "churned"
_BETWEEN = ("occasional", "lapsing")
KS = (3, 4, 5)
LEAST_CUSTOMERS = 30
CHURNED_DAYS, LOYAL_PURCHASES = 90, 3
STABLE_ARI = 0.9
_SAMPLE, _N_INIT = 4_000, 10


def segment(recency: Floats, n: Floats, amount: Floats) -> list[str]:
    """Answer the segment of each customer; a handful of customers go by plain rules.

    k is the one of 3, 4 and 5 with the best silhouette among those that come out alike from two seeds (adjusted Rand
    index); with none such it is 3.
    """
    if len(n) < LEAST_CUSTOMERS or len(np.unique(np.column_stack([recency, n]), axis=0)) < 2 * max(KS):
        return _by_rule(recency, n)
    logs = np.log1p(np.column_stack([recency, n, amount]))
    scaled = (logs - logs.mean(axis=0)) / np.maximum(logs.std(axis=0), 1e-9)
    with threadpool_limits(1):
        sample = scaled[np.random.default_rng(0).permutation(len(scaled))[:_SAMPLE]]
        model = _fit(sample, _choose_k(sample), seed=0)
        names = _names(model.cluster_centers_)
        return [names[cluster] for cluster in model.predict(scaled)]


def _choose_k(sample: Floats) -> int:
    best, best_score = KS[0], -1.0
    for k in KS:
        first, second = (_fit(sample, k, seed).labels_ for seed in (0, 1))
        if adjusted_rand_score(first, second) >= STABLE_ARI:
            score = float(silhouette_score(sample[:1000], first[:1000])) if len(set(first[:1000])) > 1 else -1.0
            if score > best_score:
                best, best_score = k, score
    return best


def _fit(sample: Floats, k: int, seed: int) -> KMeans:
    return KMeans(k, n_init=_N_INIT, random_state=seed).fit(sample)


def _names(centers: Floats) -> dict[int, str]:
    """Name clusters by their centres: loyal buys often, much, lately; the others from new to churned, by recency."""
    order: Ints = np.argsort(centers[:, 0])
    loyal = int(np.argmax(centers[:, 1] + centers[:, 2] - centers[:, 0]))
    others = [int(cluster) for cluster in order if cluster != loyal]
    names = {loyal: LOYAL, others[0]: NEW, others[-1]: CHURNED}
    return names | dict(zip(others[1:-1], _BETWEEN, strict=False))


def _by_rule(recency: Floats, n: Floats) -> list[str]:
    plain = np.where(recency > CHURNED_DAYS, CHURNED, np.where(n >= LOYAL_PURCHASES, LOYAL, NEW))
    return [str(name) for name in plain]
