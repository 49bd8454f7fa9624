"""When to fit the recommender anew. Apart from the fit: who only asks must not load what it takes."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from backend.warehouse.driver import driver

LEAST_ORDERS = 50
"""With fewer orders pairs of products and what sells say all that there is to say (`backend/recommend/cart.py`)."""
NIGHT_HOUR = 3
GROWN, REST = 2, timedelta(minutes=2)
"""After an import: when there are so many times the orders, and not sooner after the last fit."""

_NEWEST = "SELECT fitted_at, n_orders FROM recommenders ORDER BY fitted_at DESC LIMIT 1"
_ENOUGH = "SELECT count(*) >= %(n)s FROM (SELECT FROM orders WHERE ordered_at IS NOT NULL LIMIT %(n)s) AS some_orders"
_ESTIMATE = "SELECT reltuples FROM pg_class WHERE oid = 'orders'::regclass"


def is_due(connection: Connection, now: datetime) -> bool:
    """Tell whether to fit anew: none was since NIGHT_HOUR (UTC), or the orders are many times those of the last fit."""
    raw = driver(connection)
    newest = raw.execute(_NEWEST).fetchone()
    if newest is None:
        return bool(_first(raw.execute(_ENOUGH, {"n": LEAST_ORDERS}).fetchone()))
    fitted_at, n_orders = newest
    tonight = now.astimezone(UTC).replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    if fitted_at < tonight <= now:
        return True
    n_now = float(_first(raw.execute(_ESTIMATE).fetchone()))
    return bool(now - fitted_at >= REST and n_now >= GROWN * n_orders)


def _first(row: tuple[Any, ...] | None) -> Any:
    return row[0] if row else 0
