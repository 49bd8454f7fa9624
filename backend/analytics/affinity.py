"""What is looked up for a cart: what the customer has, who is bought with whom, and what sells of late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, func, select, union

from backend.analytics.facts import read_shelf
from backend.domain.ids import CustomerId, ProductId
from backend.domain.orders import UNSOLD_STATUSES
from backend.recommend.cart import POPULAR_DAYS, Popular
from backend.recommend.facts import Shelf
from backend.warehouse import tables as t
from backend.warehouse.engine import AsyncEngine

_MOST_POPULAR = 200


@dataclass(frozen=True, slots=True)
class CartFacts:
    """What `backend.recommend.cart` ranks from. `has`: bought and kept, or named in the customer's document."""

    has: tuple[ProductId, ...]
    popular: tuple[Popular, ...]
    shelf: Shelf


async def read_cart_facts(
    engine: AsyncEngine, cart: Sequence[ProductId], customer_id: CustomerId | None, *, k: int
) -> CartFacts:
    """Read the facts of a cart; `customer_id` None: nobody in particular."""
    n_popular = min(_MOST_POPULAR, k + len(cart))
    async with engine.connect() as connection:
        return await connection.run_sync(_read, tuple(cart), customer_id, n_popular)


def _read(
    connection: Connection, cart: tuple[ProductId, ...], customer_id: CustomerId | None, n_popular: int
) -> CartFacts:
    has = _has(connection, customer_id) if customer_id is not None else ()
    popular = _popular(connection, n_popular)
    touched = {*cart, *has, *(one.product_id for one in popular)}
    return CartFacts(has, popular, read_shelf(connection, touched))


def _has(connection: Connection, customer_id: CustomerId) -> tuple[ProductId, ...]:
    line, order, named = t.order_lines.c, t.orders.c, t.customer_products.c
    gone = func.lower(func.coalesce(order.status, "")).in_(UNSOLD_STATUSES)
    bought = (
        select(line.product_id)
        .join(t.orders, (order.customer_id == line.customer_id) & (order.order_id == line.order_id))
        .where(line.customer_id == customer_id, ~gone)
    )
    owned = select(named.product_id).where(named.customer_id == customer_id, named.product_id.is_not(None))
    rows = connection.execute(union(bought, owned)).scalars()
    return tuple(sorted(ProductId(product_id) for product_id in rows))


def _popular(connection: Connection, n: int) -> tuple[Popular, ...]:
    """Read the best sellers of the last days up to the newest sale: a shop that was closed has some, too."""
    sale, product = t.sales_hourly.c, t.products.c
    newest = connection.execute(select(func.max(sale.hour))).scalar_one()
    if newest is None:
        return ()
    since = newest - timedelta(days=POPULAR_DAYS)
    n_orders = connection.execute(
        select(func.count()).select_from(t.orders).where(t.orders.c.ordered_at > since)
    ).scalar_one()
    units, lines = func.sum(sale.units), func.sum(sale.n_lines)
    rows = connection.execute(
        select(sale.product_id, units.label("units"), lines.label("lines"))
        .join(t.products, product.productid == sale.product_id)
        .where(sale.hour > since, product.listed)
        .group_by(sale.product_id)
        .having(units > 0)
        .order_by(units.desc(), sale.product_id)
        .limit(n)
    )
    return tuple(
        Popular(ProductId(row.product_id), int(row.units), min(1.0, int(row.lines) / n_orders) if n_orders else 0.0)
        for row in rows
    )
