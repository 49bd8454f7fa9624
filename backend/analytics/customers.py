"""Customers as the phone lists them, from the warehouse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.analytics.cursors import read_cursor, write_cursor
from backend.analytics.kinds import Mask
from backend.analytics.scope import is_masked, refuse_operators, within_scope
from backend.domain.access import Caller
from backend.domain.money import decimal_string
from backend.warehouse.tables import customer_churn, customer_products, customers, ingested, orders

_C = customers.c
_NAME = func.coalesce(_C.last_name, "")
_MOST_WORDS = 8
_MOST_PRODUCTS = 6


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """One page of the list; `next_cursor` None: it was the last."""

    items: list[dict[str, Any]]
    next_cursor: str | None


async def list_customers(
    connection: AsyncConnection, caller: Caller, *, q: str = "", cursor: str | None = None, limit: int = 50
) -> CustomerPage:
    """List the customers within the caller's scope by family name.

    `q` matches words of names, city and products; for who may not see names, of city and products alone.
    """
    refuse_operators(caller)
    rows = (await connection.execute(_page(caller, q, cursor, limit + 1))).mappings().all()
    page = rows[:limit]
    ids = [row["customer_id"] for row in page]
    money, named = await _money(connection, ids), await _products(connection, ids)
    items = [
        _item(dict(row), money.get(row["customer_id"], (0, "USD")), named.get(row["customer_id"], [])) for row in page
    ]
    more = len(rows) > limit
    return CustomerPage(items, write_cursor([page[-1]["sort_name"], page[-1]["customer_id"]]) if more else None)


def _page(caller: Caller, q: str, cursor: str | None, limit: int) -> Select[*tuple[Any, ...]]:
    hidden = is_masked(Mask.CONTACT, caller)
    statement = (
        select(
            _C.customer_id,
            *(() if hidden else (_C.first_name, _C.last_name)),
            _C.city,
            _C.state,
            _C.store_id,
            _C.associate_id,
            _C.last_interaction_on,
            func.coalesce(ingested.c.revision, _C.revision).label("revision"),
            customer_churn.c.segment,
            _NAME.label("sort_name"),
        )
        .select_from(
            customers.outerjoin(ingested, ingested.c.customer_id == _C.customer_id).outerjoin(
                customer_churn, customer_churn.c.customer_id == _C.customer_id
            )
        )
        .order_by(_NAME, _C.customer_id)
        .limit(limit)
    )
    conditions = [_mentions(word, hidden=hidden) for word in q.lower().replace("\0", " ").split()[:_MOST_WORDS]]
    if (scope := within_scope(_C.store_id, caller)) is not None:
        conditions.append(scope)
    if cursor:
        conditions.append(tuple_(_NAME, _C.customer_id) > tuple_(*read_cursor(cursor, 2)))
    return statement.where(and_(*conditions)) if conditions else statement


def _mentions(word: str, *, hidden: bool) -> ColumnElement[bool]:
    if not hidden:
        return _C.search_text.contains(word, autoescape=True)
    named = select(customer_products.c.customer_id).where(
        customer_products.c.name.icontains(word, autoescape=True),
        customer_products.c.customer_id == _C.customer_id,
    )
    return or_(_C.city.icontains(word, autoescape=True), named.exists())


async def _money(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Answer each customer's revenue in their main currency."""
    total = func.sum(orders.c.amount_cents).label("amount")
    currency = func.coalesce(orders.c.currency, "USD")
    statement = (
        select(orders.c.customer_id, currency.label("currency"), total)
        .where(orders.c.customer_id.in_(ids))
        .group_by(orders.c.customer_id, currency)
        .order_by(total)
    )
    return {row.customer_id: (int(row.amount), row.currency) for row in await connection.execute(statement)}


async def _products(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, list[str]]:
    statement = (
        select(customer_products.c.customer_id, customer_products.c.name)
        .where(customer_products.c.customer_id.in_(ids), customer_products.c.position < _MOST_PRODUCTS)
        .order_by(customer_products.c.customer_id, customer_products.c.position)
    )
    named: dict[str, list[str]] = {}
    for row in await connection.execute(statement):
        named.setdefault(row.customer_id, []).append(row.name)
    return named


def _item(row: Mapping[str, Any], money: tuple[int, str], products: list[str]) -> dict[str, Any]:
    cents, currency = money
    return {
        "customer_id": row["customer_id"],
        "first_name": row.get("first_name"),
        "last_name": row.get("last_name"),
        "city": row["city"],
        "state": row["state"],
        "store_id": row["store_id"],
        "associate_id": row["associate_id"],
        "segment": row["segment"],  # None: came after the mart's last refresh
        "last_interaction_on": row["last_interaction_on"].isoformat() if row["last_interaction_on"] else None,
        "products": products,
        "revenue": decimal_string(cents),
        "currency": currency,
        "revision": row["revision"],
    }
