"""A small shop with everything that is awkward about real ones: nulls, canceled orders, orders without lines, late rows.

Rows go straight into the tables, so that what reads them is tested alone; `frames` are the same rows for pandas.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Engine, Table, insert

from backend.warehouse import tables as t
from backend.warehouse.rollups import ROLLUPS, fill_rollups

Row = dict[str, Any]
_FROM = {"revision": 1, "source_kind": "document", "pointer": "", "extra": {}}
_UNSOLD = {"Canceled", "Returned"}


@dataclass(frozen=True)
class Shop:
    """The rows by table."""

    now: datetime
    rows: dict[str, list[Row]]

    def frame(self, table: str) -> pd.DataFrame:
        """Answer a table's rows for pandas."""
        return pd.DataFrame(self.rows[table])


def build_shop(now: datetime) -> Shop:
    """Answer the shop as of `now`: ten days of orders in two regions and one place that no channel explains."""
    products = [
        _product("P1", "Ski Boots", "Ski & Snow", (34_900, 20_000)),
        _product("P2", "Powerbars", "Nutrition", (300, None)),
        _product("P3", "=Ski Mask W", "Ski & Snow", (8_900, 3_100)),
        _product("unlisted:moon-boots", "Moon Boots", None, (None, None)),
    ]
    channels = [
        {"store_id": "S1", "store_name": "North One", "region": "North", "currency": "USD", "channel_type": "Offline"},
        {"store_id": "S2", "store_name": "South Two", "region": "South", "currency": "USD", "channel_type": "Offline"},
        {"store_id": "S3", "store_name": "North Web", "region": "North", "currency": "USD", "channel_type": "Online"},
    ]
    customers = [
        _customer("c1", ("Fama", "Stres"), "NY", "S1", birth_date=(now - timedelta(days=365.25 * 30)).date()),
        _customer("c2", ("Ann", None), "NY", "S1", age=17),
        _customer("c3", (None, "Zed"), None, "S2", age=51, annual_income_cents=9_000_000),
        _customer("c4", ("+Bo", "Yu"), "CA", "S2", gender="OTHER"),
        _customer("c5", (None, None), "CA", None),
    ]
    orders, lines = _orders(now)
    rows = {
        "products": [{**product, "updated_at": now} for product in products],
        "channels": [{**channel, "extra": {}, "updated_at": now} for channel in channels],
        "customers": [{**customer, "updated_at": now} for customer in customers],
        "orders": orders,
        "order_lines": lines,
        "transactions": _transactions(now),
        "sales_hourly": _hourly(lines),
        "suggestions": _suggestions(now),
    }
    return Shop(now, rows)


def open_shop(engine: Engine, now: datetime | None = None) -> Shop:
    """Write the shop into the warehouse."""
    shop = build_shop(now or datetime.now(UTC))
    with engine.begin() as connection:
        for name, rows in shop.rows.items():
            table: Table = getattr(t, name)
            known = {column.name for column in table.c}
            for row in rows:
                connection.execute(insert(table).values({key: row[key] for key in row if key in known}))
        fill_rollups(connection, [name for name in ROLLUPS if name != "sales_hourly"])
    return shop


def _product(product_id: str, name: str, category: str | None, money: tuple[int | None, int | None]) -> Row:
    price, cost = money
    listed = not product_id.startswith("unlisted")
    return {
        "productid": product_id,
        "skuid": f"SKU-{product_id}" if listed else None,
        "productname": name,
        "productcategory": category,
        "price_cents": price,
        "cost_cents": cost,
        "currency": "USD",
        "aliases": ["a", "b"] if product_id == "P1" else [],
        "listed": listed,
        "extra": {},
    }


def _customer(
    customer_id: str, names: tuple[str | None, str | None], state: str | None, store: str | None, **more: Any
) -> Row:
    first, last = names
    words = f"{first or ''} {last or ''} town".lower()
    return {
        "customer_id": customer_id,
        "first_name": first,
        "last_name": last,
        "state": state,
        "city": "Town",
        "store_id": store,
        "email_id": f"{customer_id}@example.org",
        "phone_number": "3084328",
        "search_text": words,
        **_FROM,
        **more,
    }


def _orders(now: datetime) -> tuple[list[Row], list[Row]]:
    orders: list[Row] = []
    lines: list[Row] = []
    placed = [
        # customer, order, store, days ago, status, lines as (product, quantity, unit price, discount)
        ("c1", "o1", "S1", 0.01, "open", [("P1", 1, 34_900, 0), ("P2", 4, 300, 100)]),
        ("c1", "o2", "S1", 3, "closed", [("P2", 10, 300, 0)]),
        ("c2", "o3", "S3", 3, "Canceled", [("P1", 1, 34_900, 0)]),
        ("c3", "o4", "S2", 3, None, [("P3", 2, 8_900, 900)]),
        ("c3", "o5", "S2", 9, "closed", [("P1", 1, 30_000, 0), ("unlisted:moon-boots", 1, 5_000, 0)]),
        ("c4", "o6", "S2", 9, "Returned", [("P3", 1, 8_900, 0)]),
        ("c4", "o7", "", 5, "closed", [("P3", 1, 8_900, 0)]),
        ("c5", "o8", "S1", 5, "open", []),
    ]
    for customer, order, store, days, status, held in placed:
        at = now - timedelta(days=days)
        sold = status not in _UNSOLD
        amounts = [(quantity * price - discount) * sold for _, quantity, price, discount in held]
        common = {"customer_id": customer, "order_id": order, "ordered_at": at, "store_id": store, **_FROM}
        total, n_lines = sum(amounts), len(held)
        orders.append(
            {
                **common,
                "status": status,
                "currency": "USD",
                "n_lines": n_lines,
                "amount_cents": total,
                "filed_on": at.date(),
            }
        )
        for number, ((product, quantity, price, discount), amount) in enumerate(zip(held, amounts, strict=True), 1):
            line = {"line_number": number, "product_id": product, "quantity": quantity, "unit_price_cents": price}
            lines.append({**common, **line, "discount_cents": discount, "amount_cents": amount, "sold": sold})
    return orders, lines


def _hourly(lines: list[Row]) -> list[Row]:
    sums: dict[tuple[datetime, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for line in lines:
        if line["sold"]:
            hour = line["ordered_at"].replace(minute=0, second=0, microsecond=0)
            cell = sums[hour, line["product_id"], line["store_id"]]
            for position, n in enumerate((line["quantity"], line["amount_cents"], 1)):
                cell[position] += n
    return [
        {"hour": hour, "product_id": product, "store_id": store, "units": n, "revenue_cents": cents, "n_lines": count}
        for (hour, product, store), (n, cents, count) in sums.items()
    ]


def _transactions(now: datetime) -> list[Row]:
    paid = [
        # id, customer, order, days ago, amount, discount, shipping, total, method, status, delivered after days, sku
        ("t1", "c1", "o1", 1, 36_000, 100, 0, 36_000, "UPS", "Delivered", 2, "SKU-P1"),
        ("t2", "c1", "o2", 3, 3_000, 0, 999, 3_999, "USPS", "Shipped", None, "SKU-P2"),
        ("t3", "c3", "o4", 20, 16_900, 900, 1_000, 17_900, "ups", "delivered", 5, "SKU-P3"),
        ("t4", "c3", "o5", 40, 35_000, None, None, None, "FedEx", "Canceled", None, None),
        ("t5", "c4", None, None, None, 0, 0, 0, None, None, None, "SKU-P1"),
    ]
    stores = {"c1": "S1", "c3": "S2", "c4": "S2"}
    return [
        {
            "transaction_id": transaction,
            "customer_id": customer,
            "order_id": order,
            "transaction_date": None if days is None else now - timedelta(days=days),
            "transaction_amount_cents": amount,
            "discounted_amount_cents": discount,
            "shipping_amount_cents": shipping,
            "order_total_amount_cents": total,
            "shipping_method": method,
            "order_status": status,
            "order_delivery_date": None
            if after is None or days is None
            else (now - timedelta(days=days - after)).date(),
            "payment_method": "PayPal" if transaction == "t1" else "COD",
            "skuid": sku,
            "store_id": stores[customer],
            **_FROM,
        }
        for transaction, customer, order, days, amount, discount, shipping, total, method, status, after, sku in paid
    ]


def _suggestions(now: datetime) -> list[Row]:
    states = [("accepted", "S1"), ("done", "S1"), ("dismissed", "S2"), ("new", "S2")]
    return [
        {
            "suggestion_id": f"g{number}",
            "kind": "follow_up",
            "customer_id": "c1",
            "store_id": store,
            "title": "Call back",
            "product_ids": [],
            "score": 0.5,
            "because": [],
            "model_version": "1",
            "status": status,
            "created_at": now - timedelta(days=1),
            "version": 1,
        }
        for number, (status, store) in enumerate(states)
    ]
