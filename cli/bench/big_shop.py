"""A shop of any size for the benchmarks, made column by column and taken in by COPY: memory stays the same."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import psycopg
import pyarrow as pa
from pyarrow import compute, csv
from sqlalchemy import Engine

from backend.warehouse.driver import driver
from backend.warehouse.engine import create_schema
from backend.warehouse.rollups import fill_rollups

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
N_PRODUCTS, N_CATEGORIES, N_STORES, N_REGIONS, N_STATES = 5_000, 12, 40, 8, 50
LINES_OF_A_CUSTOMER = 50
_DAYS = 3 * 365
_CUSTOMERS_AT_ONCE = 4_000
_MICROSECONDS = 1_000_000
_DAY_SECONDS = 86_400
_FROM = "1, 'order', ''"
_PLACES = f"""
INSERT INTO channels (store_id, store_name, region, currency, channel_type, extra, updated_at)
SELECT 'S' || n, 'Store ' || n, 'Region ' || mod(n, {N_REGIONS}), 'USD', 'Offline', '{{}}', now()
FROM generate_series(0, {N_STORES - 1}) AS n
"""
_PRODUCTS = f"""
INSERT INTO products (productid, skuid, productname, productcategory, brand, price_cents, cost_cents, currency,
  aliases, listed, extra, updated_at)
SELECT 'P' || n, 'K' || n, 'Product ' || n, 'Category ' || mod(n, {N_CATEGORIES}), 'Brand ' || mod(n, 90),
  500 + mod(n, 200) * 100, 300 + mod(n, 200) * 60, 'USD', '{{}}', true, '{{}}', now()
FROM generate_series(0, {N_PRODUCTS - 1}) AS n
"""
_CUSTOMERS = f"""
INSERT INTO customers (customer_id, first_name, last_name, city, state, store_id, search_text, updated_at,
  revision, source_kind, pointer)
SELECT 'c' || lpad(n::text, 8, '0'), 'First', 'Last', 'City ' || mod(n, 500), 'S' || mod(n, {N_STATES}),
  'S' || mod(n, {N_STORES}), 'first last', now(), {_FROM} FROM generate_series(0, %s - 1) AS n
"""
_ORDERS = f"""
INSERT INTO orders (customer_id, order_id, status, ordered_at, filed_on, store_id, currency, n_lines, amount_cents,
  posted, revision, source_kind, pointer)
SELECT customer_id, order_id, 'closed', min(ordered_at), min(ordered_at)::date, min(store_id), 'USD', count(*),
  sum(amount_cents), true, {_FROM} FROM order_lines GROUP BY 1, 2
"""
_COPY = (
    "COPY order_lines (customer_id, order_id, line_number, product_id, quantity, unit_price_cents, discount_cents, "
    "amount_cents, sold, ordered_at, store_id, revision, source_kind, pointer) FROM STDIN (FORMAT csv)"
)
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BigShop:
    """How large it is; the same numbers give the same shop."""

    n_lines: int
    seed: int = 7

    @property
    def n_customers(self) -> int:
        """So many customers, of about fifty lines each."""
        return max(self.n_lines // LINES_OF_A_CUSTOMER, 1)

    def lines(self) -> Iterator[pa.Table]:
        """Answer the order lines in the order of their key, the lines of some thousand customers at a time."""
        draw = np.random.default_rng(self.seed)
        for first in range(0, self.n_customers, _CUSTOMERS_AT_ONCE):
            n_customers = min(_CUSTOMERS_AT_ONCE, self.n_customers - first)
            yield _lines(draw, first, n_customers, min(n_customers * LINES_OF_A_CUSTOMER, self.n_lines))


def load_big_shop(engine: Engine, shop: BigShop, tell: Callable[[str], None]) -> None:
    """Fill an empty warehouse: products, stores, customers, lines, orders, rollups; then VACUUM ANALYZE."""
    with engine.begin() as connection:
        raw = driver(connection)
        raw.execute(_PLACES)
        raw.execute(_PRODUCTS)
        raw.execute(_CUSTOMERS, (shop.n_customers,))
        raw.execute("DROP INDEX order_lines_product, order_lines_ordered_at, orders_ordered_at")
        _copy_lines(raw, shop, tell)
        tell("orders")
        raw.execute(_ORDERS)
        tell("rollups")
        fill_rollups(connection)
    tell("indexes")
    create_schema(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        tell("vacuum")
        driver(connection).execute("VACUUM ANALYZE")


def _copy_lines(raw: psycopg.Connection[tuple[object, ...]], shop: BigShop, tell: Callable[[str], None]) -> None:
    options, n_lines = csv.WriteOptions(include_header=False), 0
    with raw.cursor() as cursor, cursor.copy(_COPY) as copy:
        for table in shop.lines():
            page = io.BytesIO()
            csv.write_csv(table, page, options)
            copy.write(page.getbuffer())
            n_lines += table.num_rows
            tell(f"{n_lines:,} lines")


def _lines(draw: np.random.Generator, first: int, n_customers: int, n_lines: int) -> pa.Table:
    """Make the lines of some customers: a few bestsellers, more sales of late than long ago, by day than by night."""
    customer = np.sort(draw.integers(0, n_customers, n_lines))
    order = np.cumsum((draw.random(n_lines) < 1 / 3) | np.r_[True, np.diff(customer) > 0])
    line = np.arange(n_lines) - np.flatnonzero(np.r_[True, np.diff(order) > 0])[order - 1] + 1
    ordered = _moments(draw, int(order[-1]))[order - 1]
    product = (N_PRODUCTS * draw.random(n_lines) ** 3).astype(np.int64)
    quantity, price = draw.integers(1, 4, n_lines), 500 + product % 200 * 100
    store = (customer + first) % N_STORES
    ordinals = pa.array(order + first * LINES_OF_A_CUSTOMER * 2).cast(pa.string())
    padded = compute.utf8_lpad(pa.array(customer + first).cast(pa.string()), 8, padding="0")
    same = {"discount_cents": "0", "sold": "t", "revision": "1", "source_kind": "order", "pointer": ""}
    columns = {
        "customer_id": compute.binary_join_element_wise("c", padded, ""),
        "order_id": compute.binary_join_element_wise("o", ordinals, ""),
        "line_number": pa.array(line),
        "product_id": _named("P", N_PRODUCTS, product),
        "quantity": pa.array(quantity),
        "unit_price_cents": pa.array(price),
        "discount_cents": None,
        "amount_cents": pa.array(quantity * price),
        "sold": None,
        "ordered_at": pa.array(ordered, pa.timestamp("us", tz="UTC")),
        "store_id": _named("S", N_STORES, store),
        "revision": None,
        "source_kind": None,
        "pointer": None,
    }
    return pa.table(
        {name: pa.array([same[name]] * n_lines) if found is None else found for name, found in columns.items()}
    )


def _moments(draw: np.random.Generator, n: int) -> Ints:
    """Draw moments of the last three years, as microseconds since 1970."""
    start = int((NOW - timedelta(days=_DAYS - 1)).timestamp()) // _DAY_SECONDS * _DAY_SECONDS
    day = (_DAYS * np.sqrt(draw.random(n))).astype(np.int64)
    second = np.clip(draw.normal(15 * 3600, 3 * 3600, n), 0, _DAY_SECONDS - 1).astype(np.int64)
    moments: Ints = start + day * _DAY_SECONDS + second
    moments -= _DAY_SECONDS * (moments >= int(NOW.timestamp()))  # what today has yet to bring came yesterday
    return moments * _MICROSECONDS


def _named(prefix: str, n: int, codes: Ints) -> pa.Array:
    return pa.array([f"{prefix}{code}" for code in range(n)]).take(pa.array(codes))
