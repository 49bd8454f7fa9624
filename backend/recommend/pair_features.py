"""Features of customer × product for the next basket: own rhythm, people alike, what goes with what, what sells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from backend.recommend.baskets import Baskets
from backend.recommend.knowledge import (
    ITEM_FEATURES,
    Knowledge,
    Single,
    in_columns,
    largest_of_rows,
    profiles,
    unit_rows,
)
from backend.recommend.order_lines import Codes

CHUNK = 128
NEIGHBOURS = 120
ONESELF = 0.9999
"""More alike than so is the customer himself, or one who cannot be told from him."""
FEW_ORDERS, LATE_ORDERS = 3, 5
OWN, LIKE, BESIDE, POPULAR = 200, 60, 40, 60

OWN_FEATURES = (
    "n_bought",
    "share_of_orders",
    "share_since_first",
    "decay_8",
    "decay_20",
    "decay_60",
    "decay_180",
    "order_decay_60",
    "order_decay_80",
    "order_decay_92",
    "since_days",
    "since_orders",
    "gap_days",
    "gap_orders",
    "since_by_gap",
    "since_by_gap_orders",
    "last_gap_days",
    "since_by_item_gap",
    "in_last",
    "n_of_last_3",
    "mean_quantity",
    "decay_rank",
)
CROWD_FEATURES = ("like", "beside_last", "after_last", "beside_all", "like_rank")
CUSTOMER_FEATURES = (
    "n_orders",
    "basket_size",
    "last_basket_size",
    "new_rate",
    "n_products",
    "customer_gap_days",
    "since_order_days",
    "since_order_by_gap",
)
MISSING = -1.0
"""Stands where there is nothing to tell; no feature is below zero but the trend."""
FEATURES = (*OWN_FEATURES, *CROWD_FEATURES, *CUSTOMER_FEATURES, *ITEM_FEATURES)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Customer × product with one row of features each; `customer` counts within the baskets asked about."""

    customer: Codes
    product: Codes
    features: Single


@dataclass(frozen=True, slots=True)
class Histories:
    """What is told of some customers by themselves, as of the day of the knowledge; one row or entry a customer."""

    own: "_Own"
    customers: Single
    profiles: sparse.csr_array
    last: sparse.csr_array


def tell_histories(baskets: Baskets, known: Knowledge) -> Histories:
    """Tell the histories of the baskets' customers; all baskets must be from before `known.day`."""
    n_columns = len(known.active)
    return Histories(
        own=_own(baskets, known),
        customers=_customers(baskets, known),
        profiles=profiles(baskets, known.column, n_columns),
        last=in_columns(baskets, (baskets.orders_ago() == 0).astype(float), known.column, n_columns),
    )


def candidate_pairs(baskets: Baskets, known: Knowledge) -> Iterator[Pairs]:
    """Answer candidates with features, some customers at a time; all baskets must be from before `known.day`."""
    told = tell_histories(baskets, known)
    for start in range(0, baskets.n_customers, CHUNK):
        chosen = np.arange(start, min(start + CHUNK, baskets.n_customers), dtype=np.int32)
        pairs = pairs_of(chosen, told, known)
        yield Pairs(chosen[pairs.customer], pairs.product, pairs.features)


@dataclass(frozen=True, slots=True)
class _Own:
    indptr: npt.NDArray[np.int64]
    product: Codes
    features: Single


def _own(baskets: Baskets, known: Knowledge) -> _Own:
    """Answer the features of each product that a customer has bought."""
    customer, product = baskets.customer, baskets.product
    if not len(customer):
        return _Own(
            np.zeros(baskets.n_customers + 1, dtype=np.int64), product, np.empty((0, len(OWN_FEATURES)), np.float32)
        )
    begins = np.flatnonzero(np.r_[True, (customer[1:] != customer[:-1]) | (product[1:] != product[:-1])])
    n = np.diff(np.r_[begins, len(customer)]).astype(float)
    ends = begins + n.astype(int) - 1
    who, what = customer[begins], product[begins]
    age, ago = known.day - baskets.day, baskets.orders_ago().astype(float)
    orders = baskets.n_orders[who].astype(float)

    def added(weight: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        return np.add.reduceat(weight.astype(float), begins)

    since, since_orders = age[ends], ago[ends]
    gap = np.where(n > 1, (baskets.day[ends] - baskets.day[begins]) / np.maximum(n - 1, 1), np.nan)
    gap_orders = np.where(n > 1, (baskets.nth[ends] - baskets.nth[begins]) / np.maximum(n - 1, 1), np.nan)
    last_gap = np.where(n > 1, baskets.day[ends] - baskets.day[np.maximum(ends - 1, 0)], np.nan)
    decay_20 = added(0.5 ** (age / 20))
    order_decay_92 = added(0.92**ago)
    with np.errstate(divide="ignore", invalid="ignore"):
        columns = [
            n,
            n / orders,
            n / (orders - baskets.nth[begins]),
            added(0.5 ** (age / 8)),
            decay_20,
            added(0.5 ** (age / 60)),
            added(0.5 ** (age / 180)),
            added(0.6**ago),
            added(0.8**ago),
            order_decay_92,
            since,
            since_orders,
            gap,
            gap_orders,
            since / np.maximum(gap, 0.5),
            (since_orders + 1) / gap_orders,
            last_gap,
            since / np.maximum(known.gap_days[what], 0.5),
            since_orders == 0,
            added(ago < FEW_ORDERS),
            added(baskets.quantity) / n,
            _rank_in(who, order_decay_92 + 1e-3 * decay_20),
        ]
    indptr = np.searchsorted(who, np.arange(baskets.n_customers + 1))
    return _Own(indptr, what, np.nan_to_num(np.column_stack(columns), nan=MISSING, posinf=MISSING).astype(np.float32))


def _rank_in(group: Codes, value: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
    """Answer the rank of each value within its group (0: the largest); groups stand together."""
    by = np.lexsort((-value, group))
    begins = np.searchsorted(group, group)
    rank = np.empty(len(value))
    rank[by] = np.arange(len(value))
    return rank - begins


def _customers(baskets: Baskets, known: Knowledge) -> Single:
    n = baskets.n_customers
    orders = np.maximum(baskets.n_orders, 1)
    ago = baskets.orders_ago()
    size = np.bincount(baskets.customer, minlength=n)
    first_day = np.full(n, np.inf)
    np.minimum.at(first_day, baskets.customer, baskets.day)
    new = (
        np.r_[True, (baskets.customer[1:] != baskets.customer[:-1]) | (baskets.product[1:] != baskets.product[:-1])]
        if len(ago)
        else np.empty(0, dtype=bool)
    )
    late = (ago < LATE_ORDERS) & (baskets.nth > 0)
    new_rate = (np.bincount(baskets.customer[late & new], minlength=n) + 1) / (
        np.bincount(baskets.customer[late], minlength=n) + 2
    )
    with np.errstate(invalid="ignore"):
        gap = np.where(baskets.n_orders > 1, (baskets.last_day - first_day) / np.maximum(orders - 1, 1), np.nan)
    since = np.where(np.isfinite(baskets.last_day), known.day - baskets.last_day, np.nan)
    columns: list[npt.NDArray[Any]] = [
        baskets.n_orders,
        size / orders,
        np.bincount(baskets.customer[ago == 0], minlength=n),
        new_rate,
        np.bincount(baskets.customer[new], minlength=n),
        gap,
        since,
        since / np.maximum(gap, 0.5),
    ]
    features: Single = np.nan_to_num(np.column_stack(columns), nan=MISSING, posinf=MISSING).astype(np.float32)
    return features


def pairs_of(chosen: Codes, told: Histories, known: Knowledge, extra: Sequence[tuple[Single, int]] = ()) -> Pairs:
    """Answer the candidates of one row for each of the chosen customers, who may come more than once.

    `extra` are further scores, rows × active products: each brings so many candidates and one more column.
    The answer's `customer` is the row; it is sorted by row and product.
    """
    values, last, own = told.profiles[chosen], told.last[chosen], told.own
    scored = [
        (_like(values, known), LIKE),
        *(((a @ b).toarray(), BESIDE) for a, b in _walks(values, last, known)),
        *extra,
    ]
    n_own = own.indptr[chosen + 1] - own.indptr[chosen]
    row = np.repeat(np.arange(len(chosen)), n_own)
    span = np.arange(len(row)) - np.repeat(np.cumsum(n_own) - n_own, n_own) + np.repeat(own.indptr[chosen], n_own)
    column = known.column[own.product[span]]
    place = np.full(scored[0][0].shape, -1, dtype=np.int64)
    place[row[column >= 0], column[column >= 0]] = span[column >= 0]
    best = own.features[span, OWN_FEATURES.index("decay_rank")] < OWN
    picked = np.zeros(place.shape, dtype=bool)
    picked[row[best & (column >= 0)], column[best & (column >= 0)]] = True
    for scores, k in scored:
        _pick(picked, scores, place, k)
    picked[:, :POPULAR] = True
    cell_row, cell = np.nonzero(picked)
    apart = best & (column < 0)
    pair_row, pair_at = np.r_[cell_row, row[apart]], np.r_[place[cell_row, cell], span[apart]]
    product = np.r_[known.active[cell], own.product[span[apart]]]
    own_part = np.full((len(product), len(OWN_FEATURES)), MISSING, dtype=np.float32)
    own_part[pair_at >= 0] = own.features[pair_at[pair_at >= 0]]
    own_part[pair_at < 0, 0] = 0
    crowd = np.zeros((len(product), len(scored) + 1), dtype=np.float32)
    for place_of, (scores, _) in enumerate(scored):
        crowd[: len(cell), place_of] = scores[cell_row, cell]
    by = np.lexsort((product, pair_row))
    crowd = crowd[by]
    crowd[:, -1] = _rank_in(pair_row[by], crowd[:, 0])
    n_crowd = len(CROWD_FEATURES) - 1
    features = np.hstack(
        [
            own_part[by],
            crowd[:, :n_crowd],
            crowd[:, -1:],
            told.customers[chosen][pair_row[by]],
            known.items[product[by]],
            crowd[:, n_crowd:-1],
        ]
    )
    return Pairs(pair_row[by].astype(np.int32), product[by].astype(np.int32), features)


def _walks(
    values: sparse.csr_array, last: sparse.csr_array, known: Knowledge
) -> tuple[tuple[sparse.csr_array, sparse.csr_array], ...]:
    """Answer whose partners are looked at: those of the last order, of what followed it, of the whole profile."""
    return (last, known.beside), (last, known.after), (values, known.beside)


def _like(values: sparse.csr_array, known: Knowledge) -> Single:
    """Answer the mean profile of the customers most alike, weighed by likeness; a customer is not like himself."""
    likeness = (unit_rows(values, known.idf) @ known.pool_vectors.T).toarray()
    likeness[likeness > ONESELF] = 0
    nearest = nearest_rows(likeness, NEIGHBOURS)
    total = np.maximum(np.asarray(nearest.sum(axis=1)).ravel(), 1e-6)
    mean: Single = (nearest @ known.pool).toarray() / total[:, None].astype(np.float32)
    return mean


def nearest_rows(likeness: Single, k: int) -> sparse.csr_array:
    """Keep the k largest values above zero of each row."""
    if likeness.shape[1] > k:
        least = np.partition(likeness, -k, axis=1)[:, -k][:, None]
        likeness = np.where(likeness >= np.maximum(least, 1e-9), likeness, 0)
    return largest_of_rows(sparse.csr_array(likeness), k)


def _pick(picked: npt.NDArray[np.bool_], scores: Single, place: npt.NDArray[np.int64], k: int) -> None:
    """Pick the k best products that the customer has not bought."""
    fresh = np.where(place < 0, scores, 0)
    if fresh.shape[1] > k:
        least = np.partition(fresh, -k, axis=1)[:, -k][:, None]
        fresh = np.where(fresh >= least, fresh, 0)
    picked |= fresh > 0
