"""A shop for the dashboard: the sample store's last months in the tables, a living day, and a spike that runs now."""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, Table, insert, text

from backend.domain.ids import ProductId
from backend.domain.products import CatalogProduct
from backend.warehouse import tables as t
from backend.warehouse.rollups import ROLLUPS, fill_rollups
from etl.load.sales import SalesKey, SalesSum, add_sales
from etl.marts.customer_value import refresh_customer_value
from etl.marts.unmet_demand import refresh_unmet_demand
from etl.mentions import NoteReader
from sample_store.store import SampleStore, generate

Row = dict[str, Any]
_FROM = {"revision": 1, "source_kind": "document", "pointer": "", "extra": {}}
_UNSOLD = {"canceled", "cancelled", "returned", "refunded"}
_BATCH = 2_000


@dataclass
class _Sales:
    orders: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    hours: dict[tuple[datetime, str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))

    def add(self, order: Row, now: datetime) -> None:
        at = datetime.fromisoformat(order["ordered_at"])
        if at > now:
            return
        sold = (order["status"] or "").lower() not in _UNSOLD
        common = {**_FROM, "customer_id": order["customer_id"], "order_id": order["order_id"]}
        common |= {"ordered_at": at, "store_id": order["store_id"]}
        total = 0
        for number, line in enumerate(order["lines"], 1):
            price, discount = _cents(line["unit_price"]) or 0, _cents(line["discount"]) or 0
            amount = (line["quantity"] * price - discount) * sold
            total += amount
            said = {"line_number": number, "product_id": line["product_id"], "quantity": line["quantity"]}
            money = {"unit_price_cents": price, "discount_cents": discount, "amount_cents": amount, "sold": sold}
            self.lines.append({**common, **said, **money})
            if sold:
                cell = self.hours[at.replace(minute=0, second=0, microsecond=0), line["product_id"], order["store_id"]]
                for position, n in enumerate((line["quantity"], amount, 1)):
                    cell[position] += n
        state = {"status": order["status"], "currency": "USD", "n_lines": len(order["lines"]), "amount_cents": total}
        self.orders.append({**common, **state, "filed_on": at.date()})


def _cents(amount: str | None) -> int | None:
    return None if amount is None else int(Decimal(amount) * 100)


def fill_shop(engine: Engine, *, scale: float, now: datetime) -> None:
    """Write products, channels, customers and all their orders into the tables."""
    store = generate(scale=scale)
    sales = _Sales()
    for order in store.orders():
        sales.add(order, now)
    products = [
        {**row, "price_cents": _cents(row["price"]), "cost_cents": _cents(row["cost"]), "currency": "USD"}
        | {"listed": True, "extra": {}, "updated_at": now, "aliases": row["aliases"] or []}
        for row in store.products
    ]
    customers = [{**row, **_FROM, "search_text": "", "updated_at": now} for row in store.customers()]
    hours = [
        {"hour": hour, "product_id": product, "store_id": where, "units": n, "revenue_cents": cents, "n_lines": count}
        for (hour, product, where), (n, cents, count) in sales.hours.items()
    ]
    rows = [
        (t.products, products),
        (t.channels, [{**row, "extra": {}, "updated_at": now} for row in store.channels]),
        (t.customers, customers),
        (t.orders, sales.orders),
        (t.order_lines, sales.lines),
        (t.sales_hourly, hours),
        (t.suggestions, list(_suggestions(customers, now))),
        *_read(store, {customer["customer_id"]: customer["store_id"] for customer in customers}, now).items(),
    ]
    with engine.begin() as connection:
        for table, found in rows:
            _write(connection, table, found)
        fill_rollups(connection, [name for name in ROLLUPS if name != "sales_hourly"])
        refresh_unmet_demand(connection, None)
        refresh_customer_value(connection, now)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _read(store: SampleStore, stores: dict[str, str], now: datetime) -> dict[Table, list[Row]]:
    """Read the notes of the last months with the real reader."""
    catalog = (
        CatalogProduct(
            ProductId(p["productid"]), p["productname"], p["brand"], p["productcategory"], p["subcategory"], p["color"]
        )
        for p in store.products
    )
    reader = NoteReader.from_catalog(catalog)
    rows: dict[Table, list[Row]] = {t.notes: [], t.mentions: [], t.unsold_asks: []}
    for note in store.notes():
        at = datetime.fromisoformat(note["written_at"])
        if not now - timedelta(days=70) < at < now:
            continue
        found = reader.read(note["text"], written_on=at.date())
        key = {
            "customer_id": note["customer_id"],
            "note_id": note["note_id"],
            "extractor_version": reader.version,
            **_FROM,
        }
        rows[t.notes].append({**key, "text": note["text"], "written_at": at, "store_id": stores[note["customer_id"]]})
        for position, mention in enumerate(found.mentions):
            said = asdict(mention) | {"product_id": next(iter(mention.product_ids), None)}
            rows[t.mentions].append({**key, **said, "product_ids": list(mention.product_ids), "position": position})
        for position, ask in enumerate(found.unsold):
            rows[t.unsold_asks].append({**key, **asdict(ask), "position": position})
    return rows


def _write(connection: Connection, table: Table, rows: list[Row]) -> None:
    said = {name for row in rows for name in row}
    names = [column.name for column in table.c if column.name in said]
    known = [{name: row.get(name) for name in names} for row in rows]
    for start in range(0, len(known), _BATCH):
        connection.execute(insert(table), known[start : start + _BATCH])


def _suggestions(customers: list[Row], now: datetime) -> Iterable[Row]:
    draw = random.Random(1)
    for number, customer in enumerate(customers):
        yield {
            "suggestion_id": f"g{number}",
            "kind": draw.choice(["follow_up", "recommendation"]),
            "customer_id": customer["customer_id"],
            "associate_id": customer["associate_id"],
            "store_id": customer["store_id"],
            "title": "Call back",
            "product_ids": [],
            "because": [],
            "score": 0.5,
            "model_version": "1",
            "status": draw.choice(["new", "accepted", "done", "dismissed", "dismissed", "dismissed"]),
            "created_at": now - timedelta(hours=draw.random() * 24 * 140),
            "version": 1,
        }


def sell(engine: Engine, product_id: str, store_id: str, cents: int, *, at: datetime, order_id: str) -> None:
    """Write one sale as the loader does: order, line and rollup in one transaction."""
    common = {**_FROM, "customer_id": "walk-in", "order_id": order_id, "ordered_at": at, "store_id": store_id}
    with engine.begin() as connection:
        order = {"status": "closed", "currency": "USD", "n_lines": 1, "amount_cents": cents, "filed_on": at.date()}
        _write(connection, t.orders, [common | order])
        line = {"line_number": 1, "product_id": product_id, "quantity": 1, "unit_price_cents": cents}
        _write(connection, t.order_lines, [common | line | {"discount_cents": 0, "amount_cents": cents, "sold": True}])
        hour = at.replace(minute=0, second=0, microsecond=0)
        add_sales(connection, {SalesKey(hour, product_id, store_id): SalesSum(1, cents, 1)})


def live_through_today(engine: Engine, now: datetime) -> None:
    """Sell through the day up to now, and let one product take off in one region for the last hours."""
    draw = random.Random(7)
    with engine.connect() as connection:
        shelf = connection.execute(t.products.select()).all()
        stores = connection.execute(t.channels.select()).all()
    mask = next(product for product in shelf if product.productname == "Ski Mask W")
    mountain = next(store for store in stores if store.region == "Mountain")
    for minute in range(0, 24 * 60, 9):
        at = now - timedelta(minutes=minute, seconds=draw.randrange(60))
        product = draw.choice(shelf)
        if draw.random() < 0.5 + 0.4 * (8 < at.hour < 23):
            sell(
                engine,
                product.productid,
                draw.choice(stores).store_id,
                product.price_cents,
                at=at,
                order_id=f"D{minute}",
            )
    for number in range(48):
        at = now - timedelta(minutes=number * 3.5 + draw.random())
        sell(engine, mask.productid, mountain.store_id, mask.price_cents, at=at, order_id=f"M{number}")


def utc_now() -> datetime:
    return datetime.now(UTC)
