"""Which products are bought together: counted over baskets, ranked so that neither bestsellers nor flukes win."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import Connection

from backend.warehouse.driver import driver
from backend.warehouse.tables import product_affinity

BASKET_DAYS = 14
"""What a customer buys within so many days of a first order is one basket with it."""
KEEP_DAYS = 730
MIN_TOGETHER = 3
PARTNERS = 50
PRIOR_BASKETS = 20
"""How many baskets' worth of "no association" each confidence is mixed with: few baskets prove little."""
MAX_BASKET = 100
"""Larger baskets are bulk orders: they say nothing of taste, and their pairs grow with the square."""

_COUNTS = ("n_together", "n_product", "n_other", "n_baskets")
_READ = """
SELECT customer_id, order_id, product_id, ordered_at FROM order_lines
WHERE sold AND ordered_at > %s AND product_id NOT LIKE 'unlisted:%%'
"""
_NOTE_REFRESH = """
INSERT INTO mart_refreshes (mart, refreshed_at, n_rows, duration_ms) VALUES ('product_affinity', %s, %s, %s)
ON CONFLICT (mart) DO UPDATE SET
  refreshed_at = EXCLUDED.refreshed_at, n_rows = EXCLUDED.n_rows, duration_ms = EXCLUDED.duration_ms
"""

Codes = npt.NDArray[np.int64]


def compute_affinity(lines: pd.DataFrame) -> pd.DataFrame:
    """Answer the best partners of each product.

    `lines` has customer_id, order_id, product_id and ordered_at. With N baskets, n_i and n_j of them holding product
    and other, n_ij both: support = n_ij/N, confidence = n_ij/n_i, lift = n_ij N / (n_i n_j). Partners are ranked by
    c log(c/p), where p = n_j/N and c = (n_ij + k p)/(n_i + k) is the confidence shrunk towards it (k = PRIOR_BASKETS):
    the pair's part of the Kullback-Leibler divergence of "what goes with i" from "what goes". Kept are at most
    PARTNERS with n_ij >= MIN_TOGETHER that are bought together more often than apart (c > p).
    The order of the lines makes no difference.
    """
    if lines.empty:
        return _frame({}, [])
    product_codes, names = pd.factorize(lines["product_id"], sort=True)
    held = np.unique(np.column_stack([basket_numbers(lines), product_codes]), axis=0)
    n_baskets = len(np.unique(held[:, 0]))
    sizes = np.bincount(held[:, 0])
    n_of = np.bincount(held[:, 1], minlength=len(names))
    first, second, together = _count_pairs(held[sizes[held[:, 0]] <= MAX_BASKET], len(names))
    enough = together >= MIN_TOGETHER
    product = np.concatenate([first[enough], second[enough]])
    other = np.concatenate([second[enough], first[enough]])
    n_together = np.concatenate([together[enough], together[enough]])
    return _ranked(
        _frame(
            {
                "product_id": product,
                "other_product_id": other,
                "n_together": n_together,
                "n_product": n_of[product],
                "n_other": n_of[other],
                "n_baskets": np.full(len(product), n_baskets),
            },
            names,
        )
    )


def basket_numbers(lines: pd.DataFrame) -> Codes:
    """Answer each line's basket: a customer's orders within BASKET_DAYS of the first of them are one."""
    window = np.timedelta64(BASKET_DAYS, "D")
    customers = pd.factorize(lines["customer_id"], sort=True)[0]
    orders = pd.factorize(lines["order_id"], sort=True)[0]
    times = pd.to_datetime(lines["ordered_at"], utc=True).dt.tz_localize(None).to_numpy("datetime64[us]")
    placed = pd.Series(times).groupby([customers, orders]).transform("min").to_numpy("datetime64[us]")
    numbers = np.empty(len(lines), dtype=np.int64)
    number, customer, opened = -1, -1, np.datetime64(0, "us")
    for i in np.lexsort((orders, placed, customers)):
        if customers[i] != customer or placed[i] - opened > window:
            number, customer, opened = number + 1, customers[i], placed[i]
        numbers[i] = number
    return numbers


def refresh_affinity(connection: Connection, now: datetime) -> int:
    """Count anew over the last two years, and put the answer in place of the old one; answer how many pairs."""
    started = time.perf_counter()
    raw = driver(connection)
    found = raw.execute(_READ, (now - timedelta(days=KEEP_DAYS),)).fetchall()
    lines = pd.DataFrame(found, columns=["customer_id", "order_id", "product_id", "ordered_at"])
    affinity = compute_affinity(lines)
    raw.execute("DELETE FROM product_affinity")
    columns = ", ".join(product_affinity.columns.keys())
    with raw.cursor() as cursor, cursor.copy(f"COPY product_affinity ({columns}) FROM STDIN") as copy:
        for row in affinity.itertuples(index=False):
            copy.write_row((*row, now))
    raw.execute(_NOTE_REFRESH, (now, len(affinity), round((time.perf_counter() - started) * 1000)))
    return len(affinity)


def _count_pairs(held: Codes, n_products: int) -> tuple[Codes, Codes, Codes]:
    """Answer the pairs of products and in how many baskets each is; `held` is sorted by basket, then product."""
    pairs = [found for found in _pairs(held, n_products) if len(found)]
    if not pairs:
        none = np.empty(0, dtype=np.int64)
        return none, none, none
    codes, counts = np.unique(np.concatenate(pairs), return_counts=True)
    return codes // n_products, codes % n_products, counts


def _pairs(held: Codes, n_products: int) -> Iterator[Codes]:
    """Answer the pairs whose members stand 1, 2, 3 … places apart in one basket, each pair as one number."""
    baskets, products = held[:, 0], held[:, 1]
    for apart in range(1, min(MAX_BASKET, len(held))):
        same = baskets[:-apart] == baskets[apart:]
        if not same.any():
            return
        yield products[:-apart][same] * n_products + products[apart:][same]


def _ranked(pairs: pd.DataFrame) -> pd.DataFrame:
    together, of_product, of_other, baskets = (pairs[name].to_numpy(dtype=float) for name in _COUNTS)
    expected = of_other / baskets
    shrunk = (together + PRIOR_BASKETS * expected) / (of_product + PRIOR_BASKETS)
    pairs["support"] = together / baskets
    pairs["confidence"] = together / of_product
    pairs["lift"] = together * baskets / (of_product * of_other)
    pairs["score"] = shrunk * np.log(shrunk / expected)
    best = pairs[pairs["score"] > 0].sort_values(
        ["product_id", "score", "n_together", "other_product_id"], ascending=[True, False, False, True]
    )
    best["rank"] = best.groupby("product_id").cumcount() + 1
    return best[best["rank"] <= PARTNERS].drop(columns="score").reset_index(drop=True)


def _frame(columns: dict[str, Codes], names: pd.Index | list[str]) -> pd.DataFrame:
    if not columns:
        return pd.DataFrame(
            columns=[column.name for column in product_affinity.columns if column.name != "refreshed_at"]
        )
    frame = pd.DataFrame(columns)
    for name in ("product_id", "other_product_id"):
        frame[name] = np.asarray(names, dtype=object)[frame[name]]
    return frame
