"""Lock customers, and read what the tables hold for them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from backend.domain.ids import CustomerId
from backend.warehouse.driver import driver
from etl.load.statements import (
    CUSTOMERS,
    MENTIONS,
    ORDER_LINES,
    ORDERS,
    PLANS,
    TRANSACTIONS,
    UNSOLD_ASKS,
    WARNINGS,
    TablePlan,
)
from etl.normalize.state import CustomerState

_ENTER = (
    "INSERT INTO ingested (customer_id, revision, ingested_at) SELECT id, 0, %s FROM unnest(%s::text[]) AS id "
    "ORDER BY id ON CONFLICT DO NOTHING"
)
_LOCK = "SELECT customer_id, revision FROM ingested WHERE customer_id = ANY(%s) ORDER BY customer_id FOR UPDATE"
_MARK = (
    "UPDATE ingested SET revision = read.revision, ingested_at = %s, catalog_at = %s "
    "FROM unnest(%s::text[], %s::int[]) AS read (customer_id, revision) WHERE ingested.customer_id = read.customer_id"
)
_WHOLE: Mapping[CustomerId, Collection[str]] = {}
_TOUCHED_BY_ORDERS: tuple[TablePlan[Any], ...] = (MENTIONS, UNSOLD_ASKS, WARNINGS)
"""What is asked for may be met by an order; what was doubtful about it may be so no more."""
_OF_ORDERS: Mapping[TablePlan[Any], str] = {
    ORDERS: " AND order_id = ANY(%s)",
    ORDER_LINES: " AND order_id = ANY(%s)",
    TRANSACTIONS: " AND (order_id = ANY(%s) OR NOT derived)",
}
_FORGET = "DELETE FROM ingested WHERE revision = 0 AND customer_id = ANY(%s)"


def lock_customers(connection: Connection, customer_ids: Iterable[CustomerId], now: datetime) -> dict[CustomerId, int]:
    """Hold these customers until the transaction ends, and answer the revision up to which each is in the tables.

    One customer is never loaded twice at once; locks are taken in the order of the ids, so that loaders don't deadlock.
    """
    ids = sorted(set(customer_ids))
    raw = driver(connection)
    with raw.pipeline():
        raw.execute(_ENTER, (now, ids))
        cursor = raw.execute(_LOCK, (ids,))
    return dict(cursor.fetchall())


def mark_ingested(
    connection: Connection, revisions: Mapping[CustomerId, int], now: datetime, catalog_at: datetime | None = None
) -> None:
    """Write down up to which revision the customers are in the tables, and which catalogue they were read with."""
    driver(connection).execute(_MARK, (now, catalog_at, list(revisions), list(revisions.values())))


def forget_strangers(connection: Connection, customer_ids: Iterable[CustomerId]) -> None:
    """Remove the locks of customers of whom nothing was ever read."""
    driver(connection).execute(_FORGET, (list(customer_ids),))


def read_states(
    connection: Connection, revisions: Mapping[CustomerId, int], only: Mapping[CustomerId, Collection[str]] = _WHOLE
) -> dict[CustomerId, CustomerState]:
    """Read every row of these customers: one query a table, all of them in one round trip.

    `only`: customers of whom nothing is to be folded but these orders, each told alone. Of them no more is read than
    what such an order may touch, so that a sale costs the same however much was bought before.
    """
    states = {customer_id: CustomerState(customer_id, revision) for customer_id, revision in revisions.items()}
    known = {customer_id for customer_id, revision in revisions.items() if revision > 0}
    whole, part = list(known - only.keys()), list(known & only.keys())
    orders = [order_id for customer_id in part for order_id in only[customer_id]]
    raw = driver(connection)
    with raw.pipeline():
        cursors = [(plan, raw.execute(plan.select, (whole,))) for plan in PLANS if whole]
        cursors += [(plan, raw.execute(plan.select, (part,))) for plan in _TOUCHED_BY_ORDERS if part]
        cursors += [
            (plan, raw.execute(plan.select + rows, (part, orders))) for plan, rows in _OF_ORDERS.items() if part
        ]
    found = [(plan, [plan.row(row) for row in cursor.fetchall()]) for plan, cursor in cursors]
    for plan, rows in found:
        for row in rows:
            if plan is CUSTOMERS:
                states[row.customer_id].customer = row
            else:
                plan.held(states[row.customer_id])[plan.key(row)] = row
    return states
