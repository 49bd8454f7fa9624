"""A shop with habits: everybody has a staple, boots go with socks, and the rest is chance."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Engine, insert

from backend.recommend.order_lines import OrderLines
from backend.warehouse import tables as t

BEGIN = datetime(2026, 6, 1, 10, tzinfo=UTC)
DAYS = 150
END = BEGIN + timedelta(days=DAYS)
_SOURCE = {"revision": 1, "source_kind": "order", "pointer": ""}
Line = tuple[str, str, datetime, str]
"""Customer, order, time, product."""


def made_lines(n_customers: int = 72, *, seed: int = 5) -> list[Line]:
    """Answer the order lines: customer `c7` takes `staple0` every week or so."""
    rng = random.Random(seed)
    lines: list[Line] = []
    for number in range(n_customers):
        day = float(rng.randrange(8))
        while day < DAYS:
            basket = {f"staple{number % 7}"} | {f"p{min(rng.randrange(30), rng.randrange(30))}" for _ in range(2)}
            if rng.random() < 0.25:
                basket |= {"boots"} | ({"socks"} if rng.random() < 0.6 else set())
            at = BEGIN + timedelta(days=day)
            lines += [(f"c{number}", f"o{number}-{day}", at, product) for product in sorted(basket)]
            day += rng.randrange(4, 10)
    return lines


def order_lines(lines: Iterable[Line]) -> OrderLines:
    """Answer the lines as the models take them."""
    rows = list(lines)
    customers, customer = np.unique([row[0] for row in rows], return_inverse=True)
    orders, order = np.unique([row[1] for row in rows], return_inverse=True)
    products, product = np.unique([row[3] for row in rows], return_inverse=True)
    return OrderLines(
        customer=customer.astype(np.int32),
        order=order.astype(np.int32),
        product=product.astype(np.int32),
        ordered_at=np.array([row[2].replace(tzinfo=None) for row in rows], dtype="datetime64[us]"),
        quantity=np.ones(len(rows)),
        unit_price=np.full(len(rows), np.nan),
        customers=customers,
        products=products,
        n_orders=len(orders),
    )


def sell(engine: Engine, lines: Iterable[Line], *, sold: bool = True) -> None:
    """Write the lines and their orders into the tables."""
    placed: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        placed.setdefault(line[:2], []).append(line)
    orders, rows = [], []
    for (customer, order), held in placed.items():
        common = {**_SOURCE, "customer_id": customer, "order_id": order, "ordered_at": held[0][2], "store_id": "S1"}
        status = "closed" if sold else "Returned"
        orders.append({**common, "status": status, "n_lines": len(held), "amount_cents": 100 * len(held), "extra": {}})
        money: dict[str, Any] = {"unit_price_cents": 100, "discount_cents": 0, "amount_cents": 100 * sold, "sold": sold}
        rows += [
            {**common, **money, "line_number": number, "product_id": line[3], "quantity": 1}
            for number, line in enumerate(held, 1)
        ]
    with engine.begin() as connection:
        connection.execute(insert(t.orders), orders)
        connection.execute(insert(t.order_lines), rows)


def list_products(engine: Engine, names: Iterable[str], **more: Any) -> None:
    """Put products of these names into the catalogue."""
    fixed = {"price_cents": 100, "currency": "USD", "aliases": [], "listed": True, "extra": {}, "updated_at": BEGIN}
    with engine.begin() as connection:
        rows = [{**fixed, "productid": name, "productname": name.title(), **more} for name in names]
        connection.execute(insert(t.products), rows)
