"""What a shop's past says about its products, as of one day: popularity, repeat purchase, who goes with whom."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from backend.recommend.baskets import Baskets
from backend.recommend.order_lines import Codes, Floats

PARTNERS = 60
ACTIVE = 6_000
"""So many products, those that sold best of late, have partners and neighbours; the others speak by own history."""
POOL = 8_000
"""So many customers, those who ordered last, are the ones to be compared with."""
KEEP_ORDERS = 80_000
LARGEST_BASKET = 100
MANY_PAIRS = 2_000_000
LATELY_DAYS = 28
NEXT_DECAY = 0.85
SHRINK = 10.0

Single = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All of it is told from what was ordered before `day`.

    `items` has one row a product, named by ITEM_FEATURES. `active` are the products that the matrices have a column
    for, the best sellers of late first; `column` is the way back, -1 for the others. `beside` and `after` are cosines
    of products in the same order and in the next one; `together` has the number of orders behind each cell of `beside`,
    of the `n_orders_of` orders with the product. `pool` are profiles of customers to compare with, `pool_vectors` the
    same with each row one long.
    """

    day: float
    items: Single
    n_lately: Codes
    gap_days: Floats
    active: Codes
    column: Codes
    beside: sparse.csr_array
    after: sparse.csr_array
    together: sparse.csr_array
    n_orders_of: Floats
    pool_vectors: sparse.csr_array
    pool: sparse.csr_array
    idf: Single


ITEM_FEATURES = (
    "share_7",
    "share_28",
    "share_120",
    "trend",
    "last_year",
    "n_buyers",
    "repeat_share",
    "rebuy_rate",
    "item_gap_days",
    "item_age_days",
    "since_sold_days",
    "new_share",
)


def learn(past: Baskets, day: float) -> Knowledge:
    """Tell the knowledge as of `day` from baskets that are all from before it."""
    items, gap_days = _items(past, day)
    active = np.argsort(-(items[:, 1] + items[:, 2]), kind="stable")[:ACTIVE].astype(np.int32)
    column = np.full(past.n_products, -1, dtype=np.int32)
    column[active] = np.arange(len(active))
    orders, following = _order_matrices(past, column, len(active))
    n_orders_of = np.asarray(orders.sum(axis=0)).ravel().astype(float)
    together = _counted_together(orders, orders)
    together.setdiag(0)
    beside = _cosine(together, n_orders_of)
    vectors, pool, idf = _pool(past, column, len(active))
    return Knowledge(
        day=day,
        items=items,
        n_lately=np.bincount(past.product[day - past.day <= LATELY_DAYS], minlength=past.n_products).astype(np.int32),
        gap_days=gap_days,
        active=active,
        column=column,
        beside=beside,
        after=_cosine(_counted_together(orders, following), n_orders_of),
        together=(together * (beside > 0)).tocsr(),
        n_orders_of=n_orders_of,
        pool_vectors=vectors,
        pool=pool,
        idf=idf,
    )


def _items(past: Baskets, day: float) -> tuple[Single, Floats]:
    n, product, age = past.n_products, past.product, day - past.day
    shares = []
    for half_life in (7.0, 28.0, 120.0):
        sold = np.bincount(product, weights=0.5 ** (age / half_life), minlength=n)
        shares.append(sold / max(sold.sum(), 1e-9) * 1000)
    year_ago = (age > 365 - 28) & (age < 365 + 7)
    last_year = np.zeros(n)
    if len(age) and age.max() > 365 + 7:
        last_year = np.bincount(product[year_ago], minlength=n) / max(1, year_ago.sum()) * 1000
    begins = _begins(past)
    times = np.diff(np.r_[begins, len(product)])
    of = product[begins]
    buyers = np.bincount(of, minlength=n).astype(float)
    repeated = np.bincount(of, weights=times > 1, minlength=n)
    ends = begins + times - 1
    chances = past.n_orders[past.customer[begins]] - 1 - past.nth[begins]
    rebought = np.bincount(of, weights=times - 1, minlength=n)
    could = np.bincount(of, weights=chances, minlength=n)
    span = np.bincount(of, weights=past.day[ends] - past.day[begins], minlength=n)
    overall = rebought.sum() / max(1.0, could.sum())
    overall_gap = span.sum() / max(1.0, rebought.sum())
    gap_days = (span + 3 * overall_gap) / (rebought + 3)
    first, last = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(first, product, past.day)
    np.maximum.at(last, product, past.day)
    recent = age < LATELY_DAYS
    recent_first = np.zeros(len(product), dtype=bool)
    recent_first[begins] = recent[begins]
    new_share = (np.bincount(product[recent_first], minlength=n) + 0.5) / (
        np.bincount(product[recent], minlength=n) + 1
    )
    columns = [
        *shares,
        np.log((shares[0] + 0.05) / (shares[2] + 0.05)),
        last_year,
        buyers,
        (repeated + 10 * repeated.sum() / max(1.0, buyers.sum())) / (buyers + 10),
        (rebought + 10 * overall) / (could + 10),
        gap_days,
        np.minimum(day - first, 1e4),
        np.minimum(day - last, 1e4),
        new_share,
    ]
    return np.column_stack(columns).astype(np.float32), gap_days


def _begins(baskets: Baskets) -> npt.NDArray[np.int64]:
    """Answer where each pair of customer and product begins."""
    customer, product = baskets.customer, baskets.product
    if not len(customer):
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(np.r_[True, (customer[1:] != customer[:-1]) | (product[1:] != product[:-1])])


def _counted_together(first: sparse.csr_array, second: sparse.csr_array) -> sparse.csr_array:
    """Answer in how many orders each pair of products is; of very many pairs only those seen more than once."""
    together = (first.T @ second).tocsr()
    if together.nnz > MANY_PAIRS:
        together.data[together.data < 2] = 0  # noqa: PLR2004 - once is chance
        together.eliminate_zeros()
    return together


def _order_matrices(past: Baskets, column: Codes, n_columns: int) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Answer orders × products, and the same with the products of the customer's next order."""
    offsets = np.concatenate([[0], np.cumsum(past.n_orders)])
    order = offsets[past.customer] + past.nth
    n_orders = int(offsets[-1])
    sizes = np.bincount(order, minlength=n_orders)
    days = np.zeros(n_orders)
    days[order] = past.day
    oldest = np.sort(days)[-KEEP_ORDERS] if n_orders > KEEP_ORDERS else -np.inf
    place = column[past.product]
    kept = (sizes[order] <= LARGEST_BASKET) & (past.day >= oldest) & (place >= 0)
    follows = kept & (past.nth > 0)
    return (
        _ones(order[kept], place[kept], n_orders, n_columns),
        _ones(order[follows] - 1, place[follows], n_orders, n_columns),
    )


def _ones(row: npt.NDArray[np.signedinteger[Any]], column: Codes, n_rows: int, n_columns: int) -> sparse.csr_array:
    return sparse.csr_array((np.ones(len(row), dtype=np.float32), (row, column)), shape=(n_rows, n_columns))


def _cosine(together: sparse.csr_array, n_of: Floats) -> sparse.csr_array:
    """Answer n_ij / (sqrt(n_i n_j) + SHRINK), the PARTNERS largest of each row."""
    row = np.repeat(np.arange(together.shape[0]), np.diff(together.indptr))
    size = np.sqrt(n_of)
    value = (together.data / (size[row] * size[together.indices] + SHRINK)).astype(np.float32)
    return largest_of_rows(sparse.csr_array((value, together.indices, together.indptr), together.shape), PARTNERS)


def largest_of_rows(matrix: sparse.csr_array, k: int) -> sparse.csr_array:
    """Keep the k largest values of each row; of equal ones those with the lower column."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    by = np.lexsort((matrix.indices, -matrix.data, row))
    rank = np.arange(len(by)) - np.repeat(matrix.indptr[:-1], np.diff(matrix.indptr))
    kept = by[(rank < k) & (matrix.data[by] > 0)]
    return sparse.csr_array((matrix.data[kept], (row[kept], matrix.indices[kept])), shape=matrix.shape)


def profiles(baskets: Baskets, column: Codes, n_columns: int) -> sparse.csr_array:
    """Answer each customer's active products, an order counting less the more orders were made since."""
    return in_columns(baskets, NEXT_DECAY ** baskets.orders_ago().astype(float), column, n_columns)


def in_columns(baskets: Baskets, weight: Floats, column: Codes, n_columns: int) -> sparse.csr_array:
    """Answer customers × active products, the weights of equal cells added up."""
    place = column[baskets.product]
    kept = (place >= 0) & (weight > 0)
    cells = (weight[kept].astype(np.float32), (baskets.customer[kept], place[kept]))
    return sparse.coo_array(cells, shape=(baskets.n_customers, n_columns)).tocsr()


def _pool(past: Baskets, column: Codes, n_columns: int) -> tuple[sparse.csr_array, sparse.csr_array, Single]:
    latest = np.argsort(-past.last_day, kind="stable")[:POOL]
    latest = np.sort(latest[np.isfinite(past.last_day[latest])])
    values = profiles(past, column, n_columns)[latest]
    n_buyers = np.bincount(values.indices, minlength=n_columns)
    idf = np.sqrt(np.log1p(len(latest) / (1.0 + n_buyers))).astype(np.float32)
    return unit_rows(values, idf), values, idf


def unit_rows(values: sparse.csr_array, idf: Single) -> sparse.csr_array:
    """Weigh each product by how telling it is, and make each row one long."""
    weighed = values.copy()
    weighed.data = weighed.data * idf[weighed.indices]
    length = np.sqrt(np.asarray(weighed.power(2).sum(axis=1)).ravel())
    weighed.data /= np.repeat(np.maximum(length, 1e-9), np.diff(weighed.indptr))
    return weighed.astype(np.float32)
