"""Features of a cart: what goes with it, and how far carts like it are from being full."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from backend.recommend.baskets import Baskets
from backend.recommend.knowledge import Knowledge, Single, unit_rows
from backend.recommend.order_lines import Codes
from backend.recommend.pair_features import CHUNK, FEATURES, MISSING, Histories, Pairs, nearest_rows, pairs_of

RECENT_ORDERS = 10_000
LIKE_CARTS = 100
MOST_COUNTED = 60
"""Carts of so many products and more are alike as to how far they are from being full."""
SHOP_ORDERS = 3.0
"""How many orders' worth of the shop's habit each customer's own habit is mixed with."""
ITEM_ORDERS = 10.0

CART_FEATURES = ("beside_cart", "most_confidence", "mean_confidence", "like_carts", "cart_size")
PAIR_FEATURES = (*FEATURES, *CART_FEATURES)
OPPORTUNITY_FEATURES = (
    "cart_size",
    "shop_more",
    "own_more",
    "customer_orders",
    "customer_basket_size",
    "customer_last_basket_size",
    "customer_since_days",
    "customer_gap_days",
    "mean_full_share",
    "least_full_share",
    "most_full_share",
    "mean_confidence",
    "most_confidence",
    "own_share",
    "mean_popularity",
)


@dataclass(frozen=True, slots=True)
class CartKnowledge:
    """What past orders say about carts, as of the day of `known`.

    `confidence` is P(column | row), `full_share` of each product the mean of 1/n over the orders with it, where n is
    how many products the order had: the share of the moments of filling a cart at which it is full.
    `shop_more[m]` is the probability
    that a cart seen at some moment with m products gets one more.
    """

    known: Knowledge
    confidence: sparse.csr_array
    order_vectors: sparse.csr_array
    orders: sparse.csr_array
    order_idf: Single
    full_share: Single
    shop_more: Single


@dataclass(frozen=True, slots=True)
class Carts:
    """Carts as cells: `row` of the cart, ascending, and `product`; `customer` of each cart, -1 where it isn't known.

    The customers are places in the histories that are handed in beside the carts.
    """

    row: npt.NDArray[np.int64]
    product: Codes
    customer: npt.NDArray[np.int64]

    @property
    def size(self) -> npt.NDArray[np.int64]:
        """Answer how many products each cart has."""
        return np.bincount(self.row, minlength=len(self.customer))


def learn_carts(past: Baskets, known: Knowledge) -> CartKnowledge:
    """Tell the knowledge of carts from the same baskets as `known`."""
    order = order_places(past)
    sizes = np.bincount(order, minlength=int(past.n_orders.sum()))
    full = 1.0 / sizes[order]
    overall = float(full.mean()) if len(full) else 1.0
    n_of = np.bincount(past.product, minlength=past.n_products)
    full_share = (np.bincount(past.product, weights=full, minlength=past.n_products) + ITEM_ORDERS * overall) / (
        n_of + ITEM_ORDERS
    )
    left = _left(
        np.bincount(
            np.minimum(sizes[sizes > 0], MOST_COUNTED), weights=1.0 / sizes[sizes > 0], minlength=MOST_COUNTED + 1
        )
    )
    orders = _recent_orders(past, order, known)
    idf = np.sqrt(np.log1p(orders.shape[0] / (1.0 + np.bincount(orders.indices, minlength=orders.shape[1])))).astype(
        np.float32
    )
    confidence = known.together.copy()
    confidence.data = confidence.data / np.repeat(np.maximum(known.n_orders_of, 1), np.diff(confidence.indptr))
    return CartKnowledge(
        known=known,
        confidence=confidence.astype(np.float32),
        order_vectors=unit_rows(orders, idf),
        orders=orders,
        order_idf=idf,
        full_share=full_share.astype(np.float32),
        shop_more=((left[1:] + 0.5) / (left[:-1] + 1)).astype(np.float32),
    )


def order_places(baskets: Baskets) -> npt.NDArray[np.int64]:
    """Answer a number for the order of each entry."""
    offsets = np.concatenate([[0], np.cumsum(baskets.n_orders)]).astype(np.int64)
    return offsets[baskets.customer] + baskets.nth


def _left(of_size: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Answer the sums from each size on, and one more: none."""
    return np.concatenate(
        [np.cumsum(of_size[..., ::-1], axis=-1)[..., ::-1], np.zeros((*of_size.shape[:-1], 1))], axis=-1
    )


def own_left(baskets: Baskets) -> Single:
    """Answer customers × sizes: the sum of 1/n over the customer's orders of at least so many products."""
    order = order_places(baskets)
    sizes = np.bincount(order, minlength=int(baskets.n_orders.sum()))
    owner = np.repeat(np.arange(baskets.n_customers), baskets.n_orders)
    there = sizes > 0
    cell = owner[there] * (MOST_COUNTED + 1) + np.minimum(sizes[there], MOST_COUNTED)
    counted = np.bincount(cell, weights=1.0 / sizes[there], minlength=baskets.n_customers * (MOST_COUNTED + 1))
    return _left(counted.reshape(baskets.n_customers, MOST_COUNTED + 1)).astype(np.float32)


def _recent_orders(past: Baskets, order: npt.NDArray[np.int64], known: Knowledge) -> sparse.csr_array:
    days = np.full(int(past.n_orders.sum()), -np.inf)
    days[order] = past.day
    latest = np.argsort(-days, kind="stable")[:RECENT_ORDERS]
    row = np.full(len(days), -1, dtype=np.int64)
    row[latest] = np.arange(len(latest))
    column = known.column[past.product]
    kept = (row[order] >= 0) & (column >= 0)
    ones = np.ones(int(kept.sum()), dtype=np.float32)
    return sparse.csr_array((ones, (row[order][kept], column[kept])), shape=(len(latest), len(known.active)))


def cart_matrix(carts: Carts, known: Knowledge) -> sparse.csr_array:
    """Answer carts × active products."""
    column = known.column[carts.product]
    kept = column >= 0
    ones = np.ones(int(kept.sum()), dtype=np.float32)
    return sparse.csr_array((ones, (carts.row[kept], column[kept])), shape=(len(carts.customer), len(known.active)))


def cart_pairs(carts: Carts, told: Histories, about: CartKnowledge) -> Iterator[Pairs]:
    """Answer candidates for each cart with PAIR_FEATURES, some carts at a time; never what is in the cart.

    The histories must end with one who has none: he stands for the customer who isn't known.
    """
    known = about.known
    held = cart_matrix(carts, known)
    nobody = told.customers.shape[0] - 1
    customer = np.where(carts.customer < 0, nobody, carts.customer).astype(np.int32)
    n_products = len(known.column)
    in_cart = np.sort(carts.row * n_products + carts.product)
    for start in range(0, len(customer), CHUNK):
        rows = np.arange(start, min(start + CHUNK, len(customer)))
        pairs = pairs_of(customer[rows], told, known, _cart_scores(held[rows], about))
        row = rows[pairs.customer]
        fresh = ~np.isin(row * n_products + pairs.product, in_cart)
        size = carts.size[row][:, None].astype(np.float32)
        features = np.hstack([pairs.features, size])[fresh]
        yield Pairs(row[fresh].astype(np.int32), pairs.product[fresh], features)


def _cart_scores(held: sparse.csr_array, about: CartKnowledge) -> list[tuple[Single, int]]:
    n = np.maximum(np.diff(held.indptr), 1)[:, None].astype(np.float32)
    likeness = (unit_rows(held, about.order_idf) @ about.order_vectors.T).toarray()
    nearest = nearest_rows(likeness, LIKE_CARTS)
    total = np.maximum(np.asarray(nearest.sum(axis=1)).ravel(), 1e-6)[:, None].astype(np.float32)
    return [
        ((held @ about.known.beside).toarray(), 60),
        (_most(held, about.confidence), 40),
        ((held @ about.confidence).toarray() / n, 40),
        ((nearest @ about.orders).toarray() / total, 40),
    ]


def _most(held: sparse.csr_array, confidence: sparse.csr_array) -> Single:
    """Answer for each cart and product the largest confidence of any product in the cart."""
    most = np.zeros(held.shape, dtype=np.float32)
    row = np.repeat(np.arange(held.shape[0]), np.diff(held.indptr))
    for cart, column in zip(row.tolist(), held.indices.tolist(), strict=True):
        low, high = confidence.indptr[column], confidence.indptr[column + 1]
        where = confidence.indices[low:high]
        most[cart, where] = np.maximum(most[cart, where], confidence.data[low:high])
    return most


def opportunity_features(carts: Carts, told: Histories, left: Single, about: CartKnowledge) -> Single:
    """Answer OPPORTUNITY_FEATURES for each cart; `left` is `own_left` of the customers of the histories."""
    known, size, n = about.known, carts.size, len(carts.customer)
    who = np.where(carts.customer < 0, told.customers.shape[0] - 1, carts.customer)
    counted = np.minimum(size, MOST_COUNTED)
    shop_more = about.shop_more[counted]
    own_more = (left[who, counted + 1] + SHOP_ORDERS * shop_more) / (left[who, counted] + SHOP_ORDERS)
    own_more[counted == MOST_COUNTED] = shop_more[counted == MOST_COUNTED]
    column = known.column[carts.product]
    sums = np.asarray(about.confidence.sum(axis=1)).ravel()
    most = about.confidence.max(axis=1).toarray().ravel() if about.confidence.nnz else np.zeros(len(known.active))
    expected = np.where(column >= 0, sums[column], 0)
    strongest = np.where(column >= 0, most[column], 0)

    def mean(value: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        return np.bincount(carts.row, weights=value, minlength=n) / np.maximum(size, 1)

    full = about.full_share[carts.product]
    least, largest, top = np.ones(n), np.zeros(n), np.zeros(n)
    np.minimum.at(least, carts.row, full)
    np.maximum.at(largest, carts.row, full)
    np.maximum.at(top, carts.row, strongest)
    customers = told.customers[who]
    columns: list[npt.NDArray[Any]] = [
        size,
        shop_more,
        own_more,
        customers[:, 0],
        customers[:, 1],
        customers[:, 2],
        customers[:, 6],
        customers[:, 5],
        mean(full),
        least,
        largest,
        mean(expected),
        top,
        mean(_is_own(carts, told, who)),
        mean(known.items[carts.product, 1]),
    ]
    features: Single = np.nan_to_num(np.column_stack(columns), nan=MISSING).astype(np.float32)
    return features


def _is_own(carts: Carts, told: Histories, who: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Answer for each cell whether the customer has bought the product before."""
    own = told.own
    n = max(1, int(max(own.product.max(initial=0), carts.product.max(initial=0))) + 1)
    key = np.repeat(np.arange(len(own.indptr) - 1), np.diff(own.indptr)) * n + own.product
    return np.isin(who[carts.row] * n + carts.product, key)
