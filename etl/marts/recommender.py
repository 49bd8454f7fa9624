"""Fit what the doors recommend by on the tables' own orders, and keep each fit with how it fared."""

import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Engine

from backend.recommend.baskets import baskets_of
from backend.recommend.knowledge import KEEP_ORDERS
from backend.recommend.next_basket import Ranker
from backend.recommend.order_lines import Names, OrderLines
from backend.recommend.recommender import Recommender
from backend.recommend.stored_model import pack
from backend.warehouse.driver import driver
from etl.marts.complete_cart import fit_complete_cart
from etl.marts.forests import forest_of
from etl.marts.next_basket import fit_next_basket

MOST_LINES = 3_000_000
"""So many of the newest lines are learnt from: more take more memory and hardly help."""
RANKED_CARTS_FROM = 5_000
"""With fewer orders the ranker of carts drowns pairs that everybody takes (socks with the boots came 13th of 38)."""
KEPT = 3
ASK_DAYS = 30
_A_SECOND = 1 / 86_400
_AT_ONCE = 50_000
_PRIOR_ASKS, _PRIOR_SHARE = 20, 0.25

_SINCE = "SELECT ordered_at FROM order_lines WHERE ordered_at <= %s ORDER BY ordered_at DESC OFFSET %s LIMIT 1"
_LINES = """
SELECT customer_id, order_id, product_id, extract(epoch FROM ordered_at)::float8, quantity FROM order_lines
WHERE sold AND ordered_at <= %s AND ordered_at > %s AND product_id NOT LIKE 'unlisted:%%'
"""
_ASKS = """
SELECT count(*), count(*) FILTER (WHERE EXISTS (
  SELECT FROM order_lines AS l WHERE l.customer_id = m.customer_id AND l.product_id = m.product_id AND l.sold
    AND l.ordered_at >= n.written_at AND l.ordered_at < n.written_at + make_interval(days => %(days)s)))
FROM mentions AS m JOIN notes AS n USING (customer_id, note_id)
WHERE m.intent IN ('wants', 'asked') AND m.product_id IS NOT NULL
  AND n.written_at < %(now)s - make_interval(days => %(days)s)
"""
_STORE = """
INSERT INTO recommenders
  (version, fitted_at, n_lines, n_orders, n_customers, n_products, evaluation, cpu_seconds, peak_mb, content)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_FORGET = """
DELETE FROM recommenders WHERE version NOT IN (SELECT version FROM recommenders ORDER BY fitted_at DESC LIMIT %s)
"""


@dataclass(frozen=True, slots=True)
class FittedRecommender:
    """A recommender with how it fared on orders that it was not fitted on."""

    model: Recommender
    evaluation: dict[str, dict[str, float]]


def refit(engine: Engine, now: datetime) -> int:
    """Fit on what is in the tables and store the model; answer from how many lines. Readers go on with the old one.

    No transaction is open while it fits.
    """
    began = time.process_time()
    with engine.begin() as connection:
        lines, ask_share = read_lines(connection, now), read_ask_share(connection, now)
    fitted = fit(lines, now, ask_share=ask_share)
    with engine.begin() as connection:
        store(connection, fitted, lines, now, cpu_seconds=time.process_time() - began)
    return len(lines)


def store(
    connection: Connection, fitted: FittedRecommender, lines: OrderLines, now: datetime, *, cpu_seconds: float
) -> None:
    """Put the model beside the last ones: whoever looks for the newest finds it whole, or the one before."""
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    counted = (len(lines), lines.n_orders, len(lines.customers), len(lines.products))
    evaluation: dict[str, Any] = fitted.evaluation
    raw = driver(connection)
    raw.execute(
        _STORE,
        (fitted.model.version, now, *counted, evaluation, round(cpu_seconds, 1), peak_mb, pack(fitted.model)),
    )
    raw.execute(_FORGET, (KEPT,))


def fit(lines: OrderLines, now: datetime, *, ask_share: float = _PRIOR_SHARE) -> FittedRecommender:
    """Fit both models on order lines that are all from before `now`; the same lines give the same answers."""
    baskets = baskets_of(lines)
    today = float(baskets.day.max(initial=0)) + _A_SECOND
    basket, cart = fit_next_basket(baskets, today), fit_complete_cart(baskets, today)
    model = Recommender(
        version=f"learnt-{now.astimezone(UTC):%Y%m%dT%H%M%S}",
        fitted_at=now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        products=lines.products,
        known=basket.known,
        about=replace(cart.about, known=basket.known),
        basket=replace(basket.model, ranker=_forest(basket.model.ranker)),
        cart=replace(
            cart.model,
            ranker=_forest(cart.model.ranker) if lines.n_orders >= RANKED_CARTS_FROM else None,
            opportunity=_forest(cart.model.opportunity),
        ),
        n_orders=min(lines.n_orders, KEEP_ORDERS),
        ask_share=ask_share,
    )
    evaluation = {"next_basket_ndcg_10": basket.evaluation, "complete_cart": cart.evaluation}
    return FittedRecommender(model, evaluation)


def read_lines(connection: Connection, now: datetime) -> OrderLines:
    """Read the newest lines that were sold; what no catalogue lists can't be recommended and is left out."""
    raw = driver(connection)
    since = _first(raw.execute(_SINCE, (now, MOST_LINES)).fetchone()) or datetime(1900, 1, 1, tzinfo=UTC)
    codes: tuple[dict[Any, int], ...] = ({}, {}, {})
    parts: list[npt.NDArray[np.float64]] = [np.empty((0, 5))]
    with raw.cursor(name="order_lines_read") as cursor:
        cursor.itersize = _AT_ONCE
        cursor.execute(_LINES, (now, since))
        while rows := cursor.fetchmany(_AT_ONCE):
            parts.append(np.array(list(_coded(rows, *codes))))
    return _order_lines(np.vstack(parts), *codes)


def read_ask_share(connection: Connection, now: datetime) -> float:
    """Read which share of what notes ask for was bought within ASK_DAYS; few asks prove little."""
    told = driver(connection).execute(_ASKS, {"days": ASK_DAYS, "now": now}).fetchone()
    n, bought = told or (0, 0)
    return float((bought + _PRIOR_ASKS * _PRIOR_SHARE) / (n + _PRIOR_ASKS))


def _first(row: tuple[Any, ...] | None) -> Any:
    return row[0] if row else 0


def _coded(
    rows: list[tuple[Any, ...]], customers: dict[Any, int], orders: dict[Any, int], products: dict[Any, int]
) -> Iterator[tuple[float, ...]]:
    for customer_id, order_id, product_id, seconds, quantity in rows:
        customer = customers.setdefault(customer_id, len(customers))
        order = orders.setdefault((customer, order_id), len(orders))
        yield customer, order, products.setdefault(product_id, len(products)), seconds, quantity


def _order_lines(
    cells: npt.NDArray[np.float64], customers: dict[Any, int], orders: dict[Any, int], products: dict[Any, int]
) -> OrderLines:
    customer_names, customer_code = _sorted_names(customers)
    product_names, product_code = _sorted_names(products)
    order = cells[:, 1].astype(np.int32)
    seconds = np.full(len(orders), np.inf)
    np.minimum.at(seconds, order, cells[:, 3])
    return OrderLines(
        customer=customer_code[cells[:, 0].astype(np.int32)],
        order=_by_name(orders, customer_code)[order],
        product=product_code[cells[:, 2].astype(np.int32)],
        ordered_at=np.datetime64(0, "us") + np.round(seconds[order] * 1e6).astype("timedelta64[us]"),
        quantity=cells[:, 4],
        unit_price=np.full(len(cells), np.nan),
        customers=customer_names,
        products=product_names,
        n_orders=len(orders),
    )


def _sorted_names(codes: dict[Any, int]) -> tuple[Names, npt.NDArray[np.int32]]:
    """Answer the names in order, and for each code its place among them."""
    names = np.array(list(codes), dtype=object)
    by = np.argsort(names) if len(names) else np.empty(0, dtype=np.int64)
    place = np.empty(len(names), dtype=np.int32)
    place[by] = np.arange(len(names))
    return names[by], place


def _by_name(orders: dict[Any, int], customer_code: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Answer for each order its place by customer and id: the order in which rows came makes no difference."""
    named = sorted((int(customer_code[customer]), order_id, code) for (customer, order_id), code in orders.items())
    place = np.empty(len(named), dtype=np.int32)
    place[[code for *_, code in named]] = np.arange(len(named))
    return place


def _forest(ranker: Ranker | None) -> Any:
    return forest_of(ranker) if ranker is not None else None
