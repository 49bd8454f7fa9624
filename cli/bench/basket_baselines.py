"""What others recommend by, written plainly: each method answers scores of all products for some customers.

Popularity and own purchases; item-item cosine; EASE (Steck 2019); UP-CF (Faggioli, Polato and Aiolli 2020); TIFU-KNN
(Hu, He, Gao and Zhang 2020). The published ones have the settings that their authors found for Dunnhumby or its like.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from backend.recommend.baskets import Baskets
from backend.recommend.knowledge import in_columns

Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Scorer = Callable[[Rows], Scores]
"""For places of customers: customers x products; a larger score is the likelier one."""

COSINE_ITEMS, EASE_ITEMS, EASE_RIDGE = 4_000, 3_000, 500.0
"""Item-item matrices are dense: 12,000 products took 5 GB."""
TIFU_NEIGHBOURS, TIFU_GROUPS, TIFU_WITHIN, TIFU_BETWEEN, TIFU_OWN = 900, 3, 0.9, 0.6, 0.2
UPCF_ORDERS, UPCF_ASYMMETRY, UPCF_LOCALITY = 25, 0.25, 5.0


def popular_last_week(past: Baskets, day: float) -> Scorer:
    """Score by sales of the last seven days, the same for everybody."""
    sold = np.bincount(past.product[day - past.day <= 7], minlength=past.n_products)  # noqa: PLR2004 - a week
    return lambda rows: np.broadcast_to(sold.astype(np.float32), (len(rows), past.n_products))


def own_decayed(past: Baskets, day: float) -> Scorer:
    """Score by own purchases, fading by half in 60 days."""
    own = _customers_by_products(past, 0.5 ** ((day - past.day) / 60))
    return lambda rows: own[rows].toarray()


def item_cosine(past: Baskets, _day: float) -> Scorer:
    """Score by the cosine with what the customer has, among the best sellers."""
    items = _best_sellers(past, COSINE_ITEMS)
    held = _held(past)[:, items]
    together = (held.T @ held).toarray()
    length = np.sqrt(np.maximum(together.diagonal(), 1))
    together = together / length[:, None] / length[None, :]
    np.fill_diagonal(together, 0)
    return _over(items, held, together, past.n_products)


def ease(past: Baskets, _day: float) -> Scorer:
    """Score by the linear autoencoder with no diagonal, among the best sellers."""
    items = _best_sellers(past, EASE_ITEMS)
    held = _held(past)[:, items]
    inverse = np.linalg.inv((held.T @ held).toarray().astype(np.float64) + EASE_RIDGE * np.eye(len(items)))
    weights = -inverse / inverse.diagonal()[None, :]
    np.fill_diagonal(weights, 0)
    return _over(items, held, weights.astype(np.float32), past.n_products)


def up_cf(past: Baskets, _day: float) -> Scorer:
    """Score by how often alike customers, oneself included, took it in their last orders."""
    recent = past.orders_ago() < UPCF_ORDERS
    share = recent / np.minimum(past.n_orders, UPCF_ORDERS)[past.customer]
    taken, held = _customers_by_products(past, share), _held(past)
    n_held = np.maximum(np.asarray(held.sum(axis=1)).ravel(), 1)
    alike = (held @ held.T).toarray() / (n_held[:, None] ** UPCF_ASYMMETRY * n_held[None, :] ** (1 - UPCF_ASYMMETRY))
    alike **= UPCF_LOCALITY
    return lambda rows: _mixed(alike[rows], taken)


def tifu_knn(past: Baskets, _day: float) -> Scorer:
    """Score by own orders fading in groups, and by the mean of the nearest customers'."""
    ago, n = past.orders_ago(), past.n_orders[past.customer]
    size = -(-n // TIFU_GROUPS)
    weight = TIFU_WITHIN ** (ago % size) / size * TIFU_BETWEEN ** (ago // size) / np.minimum(n, TIFU_GROUPS)
    profiles = _customers_by_products(past, weight)
    products = (profiles @ profiles.T).toarray()
    squares = products.diagonal()
    apart = squares[:, None] + squares[None, :] - 2 * products
    np.fill_diagonal(apart, np.inf)
    k = min(TIFU_NEIGHBOURS, len(apart) - 1)
    near = np.zeros_like(apart, dtype=np.float32)
    np.put_along_axis(near, np.argpartition(apart, k - 1, axis=1)[:, :k], 1 / k, axis=1)
    return lambda rows: TIFU_OWN * profiles[rows].toarray() + (1 - TIFU_OWN) * _mixed(near[rows], profiles)


BASELINES: dict[str, Callable[[Baskets, float], Scorer]] = {
    "sold in the last week": popular_last_week,
    "own purchases, half in 60 days": own_decayed,
    "item-item cosine": item_cosine,
    "EASE": ease,
    "UP-CF": up_cf,
    "TIFU-KNN": tifu_knn,
}


def _customers_by_products(past: Baskets, weight: npt.NDArray[np.float64]) -> Any:
    return in_columns(past, weight, np.arange(past.n_products, dtype=np.int32), past.n_products)


def _held(past: Baskets) -> Any:
    held = _customers_by_products(past, np.ones(len(past.product)))
    held.data[:] = 1
    return held


def _best_sellers(past: Baskets, n: int) -> Rows:
    return np.argsort(-np.bincount(past.product, minlength=past.n_products), kind="stable")[:n]


def _mixed(weights: npt.NDArray[Any], profiles: sparse.csr_array) -> Scores:
    mixed: Scores = np.asarray(profiles.T @ weights.T.astype(np.float32)).T
    return mixed


def _over(items: Rows, held: Any, weights: npt.NDArray[Any], n_products: int) -> Scorer:
    def scores(rows: Rows) -> Scores:
        full = np.full((len(rows), n_products), -np.inf, dtype=np.float32)
        full[:, items] = held[rows] @ weights
        return full

    return scores
