"""The eighteen measures and nine derived dimensions of the requirements, against pandas, with the relations; each case is named by its row.

The rows have what is awkward about real ones: nulls everywhere, identifiers that two customers share, a stock keeping
unit on two products, payments in no order of time, without a date or dated ahead, and ones that belong to nobody.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, insert

from backend.analytics.run import load
from backend.analytics.shape import parse_query
from backend.domain.access import Caller, Role
from backend.warehouse.engine import open_async_engine, open_engine
from backend.warehouse.tables import metadata
from tests.servers import Servers

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MARKETING = Caller("somebody", Role.MARKETING)
KEYS = {
    "channels": ["store_id"],
    "customers": ["customer_id"],
    "products": ["productid"],
    "transactions": ["customer_id", "transaction_id"],
}
Row = dict[str, Any]
Record = Mapping[Any, Any]
Frames = Mapping[str, pd.DataFrame]
Figure = Callable[[Frames], Any]
_FROM = {"revision": 1, "source_kind": "document", "pointer": "", "extra": {}}


def make_rows() -> dict[str, list[Row]]:
    draw = random.Random(7)

    def some(*values: Any) -> Any:
        return draw.choice([*values, None])

    customers = [
        {
            "customer_id": f"c{n}",
            "first_name": some("Ann", "Bo"),
            "last_name": some("Yu", "Zed"),
            "birth_date": some(NOW.date() - timedelta(days=draw.randrange(3_000, 30_000))),
            "age": some(17, 18, 35, 36, 50, 51),
            "degree_of_loyalty": some("Hard Core Loyals", "Switchers"),
        }
        for n in range(40)
    ]
    products = [
        {
            "productid": f"p{n}",
            "skuid": f"k{n // 2}",
            "productname": f"Product {n % 7}",
            "price_cents": some(draw.randrange(100, 50_000)),
            "cost_cents": some(draw.randrange(50, 20_000)),
        }
        for n in range(20)
    ]
    return {
        "channels": [{"store_id": f"s{n}", "store_name": f"Store {n % 2}"} for n in range(5)],
        "customers": customers,
        "products": products,
        "transactions": [_payment(draw, number) for number in range(120)],
    }


def _payment(draw: random.Random, number: int) -> Row:
    """Make a payment; two customers have sixty each, under the same sixty identifiers."""

    def some(*values: Any) -> Any:
        return draw.choice([*values, None])

    at = some(*(NOW - timedelta(days=draw.uniform(-5, days)) for days in (60, 60, 60, 100, 500)))
    return {
        "customer_id": ("c0", "gone")[number // 60],
        "transaction_id": f"t{number % 60}",
        "transaction_date": at,
        "order_id": some(f"o{number}", f"o{number}"),
        "transaction_amount_cents": some(draw.randrange(0, 100_000), draw.randrange(0, 100_000)),
        "discounted_amount_cents": some(0, 0, draw.randrange(1, 900)),
        "shipping_amount_cents": some(0, 999, 1_000, draw.randrange(1, 5_000)),
        "order_total_amount_cents": some(draw.randrange(0, 120_000)),
        "shipping_method": some("UPS", "USPS", "FedEx"),
        "order_status": some("Delivered", "Canceled", "Shipped"),
        "order_delivery_date": None if at is None else some((at + timedelta(days=draw.randrange(9))).date()),
        "shipping_address": some("1 Main St", "2 Side St"),
        "billing_address": some("3 Back St"),
        "skuid": some("k0", "k3", "gone"),
        "store_id": some("s0", "s1", "gone"),
        "payment_method": some("PayPal", "COD"),
    }


@dataclass(frozen=True)
class Asked:
    """The same rows for pandas, and what the model answers about them."""

    frames: Frames
    figures: Mapping[str, Any]
    over_nothing: Mapping[str, Any]
    derived: Mapping[str, Mapping[tuple[str, ...], Any]]
    across: Mapping[str, Mapping[str | None, int]]
    by_segment: Mapping[str, int]


@pytest.fixture(scope="module")
def asked(servers: Servers) -> Iterator[Asked]:
    settings = servers.fresh_settings()
    engine = open_engine(settings.warehouse_url)
    rows = make_rows()
    _write(engine, rows)
    engine.dispose()
    frames = {name: pd.DataFrame(held, dtype=object) for name, held in rows.items()}
    yield asyncio.run(_ask_all(settings.warehouse_url, frames))
    servers.forget_warehouse(settings)


def _write(engine: Engine, rows: Mapping[str, list[Row]]) -> None:
    more: dict[str, Row] = {
        "channels": {"extra": {}, "updated_at": NOW},
        "customers": {**_FROM, "search_text": "", "updated_at": NOW},
        "products": {"extra": {}, "aliases": [], "listed": True, "updated_at": NOW},
        "transactions": _FROM,
    }
    with engine.begin() as connection:
        for name, held in rows.items():
            connection.execute(insert(metadata.tables[name]), [{**row, **more[name]} for row in held])


async def _ask_all(url: str, frames: Frames) -> Asked:
    doors = open_async_engine(url)
    figures: dict[str, Any] = {}
    over_nothing: dict[str, Any] = {}
    derived: dict[str, dict[tuple[str, ...], Any]] = {}

    async def ask(**query: Any) -> list[Row]:
        async with doors.connect() as connection:
            return (await load(connection, parse_query({"limit": 1_000, **query}), MARKETING, NOW)).rows

    for cube, keys in KEYS.items():
        measures = [name for _, name, _ in ALL_MEASURES if name.startswith(f"{cube}.")]
        figures |= (await ask(measures=measures))[0]
        nobody = {"member": f"{cube}.{keys[0]}", "operator": "equals", "values": ["nobody"]}
        over_nothing |= (await ask(measures=measures, filters=[nobody]))[0]
        identity = [f"{cube}.{key}" for key in keys]
        for _, name, _ in DERIVED:
            if name.startswith(f"{cube}."):
                rows = await ask(dimensions=[*identity, name])
                derived[name] = {tuple(row[key] for key in identity): row[name] for row in rows}
    across: dict[str, dict[str | None, int]] = {}
    for _, column, member in RELATIONS:
        rows = await ask(dimensions=["transactions.customer_id", "transactions.transaction_id", member])
        across[column] = dict(Counter(row[member] for row in rows))
    by_segment: dict[str, int] = {}
    for segment, measure, _, _ in SEGMENTS:
        (row,) = await ask(measures=[measure], segments=[segment])
        by_segment[segment] = row[measure]
    await doors.dispose()
    return Asked(frames, figures, over_nothing, derived, across, by_segment)


def of(table: str, column: str) -> Callable[[Frames], pd.Series]:
    return lambda frames: frames[table][column].dropna()


def distinct(table: str, column: str) -> Figure:
    return lambda frames: of(table, column)(frames).nunique()


def added(column: str, table: str = "transactions") -> Figure:
    return lambda frames: money(Decimal(int(of(table, column)(frames).sum())))


def averaged(column: str, table: str = "transactions") -> Figure:
    return lambda frames: money(mean(of(table, column)(frames)))


def mean(values: pd.Series) -> Decimal:
    return Decimal(int(values.sum())) / len(values)


def money(cents: Decimal) -> str:
    return str((cents / 100).quantize(Decimal("0.01"), ROUND_HALF_UP))


def fine(value: Decimal) -> str:
    return str(value.quantize(Decimal("0.0001"), ROUND_HALF_UP))


def percent(holds: Callable[[pd.DataFrame], pd.Series], of_all: str) -> Figure:
    def figure(frames: Frames) -> str:
        paid = frames["transactions"]
        return fine(Decimal(100 * int(holds(paid).sum())) / int(paid[of_all].count()))

    return figure


def margin(frames: Frames) -> str:
    both = frames["products"].dropna(subset=["price_cents", "cost_cents"])
    return money(mean(both.price_cents - both.cost_cents))


def paid_between(months_ago: int, until_months_ago: int) -> Figure:
    def figure(frames: Frames) -> str:
        paid = frames["transactions"]
        at = pd.to_datetime(paid.transaction_date, utc=True)
        now = pd.Timestamp(NOW)
        within = (at > now - pd.DateOffset(months=months_ago)) & (at <= now - pd.DateOffset(months=until_months_ago))
        return money(Decimal(int(paid[within].transaction_amount_cents.dropna().sum())))

    return figure


def age(customer: Record) -> int | None:
    born = customer["birth_date"]
    if born is None:
        stated: int | None = customer["age"]
        return stated
    today = NOW.date()
    return int(today.year - born.year - ((today.month, today.day) < (born.month, born.day)))


def mean_age(frames: Frames) -> str:
    ages = [known for row in frames["customers"].to_dict("records") if (known := age(row)) is not None]
    return fine(Decimal(sum(ages)) / len(ages))


def has_discount(paid: pd.DataFrame) -> pd.Series:
    return pd.to_numeric(paid.discounted_amount_cents) > 0


def delivered_by_ups(paid: pd.DataFrame) -> pd.Series:
    return (paid.shipping_method == "UPS") & (paid.order_status == "Delivered")


def is_canceled(paid: pd.DataFrame) -> pd.Series:
    return paid.order_status == "Canceled"


def mean_delivery(frames: Frames) -> str:
    days = [n for row in frames["transactions"].to_dict("records") if (n := delivery_days(row)) is not None]
    return fine(Decimal(sum(days)) / len(days))


def late_deliveries(frames: Frames) -> str:
    """Days to delivery, or, where nothing came, days up to now; a canceled order is due no more."""
    told = [
        (NOW.date() - row["transaction_date"].date()).days if (days := delivery_days(row)) is None else days
        for row in frames["transactions"].to_dict("records")
        if row["order_id"] is not None and row["transaction_date"] is not None and row["order_status"] != "Canceled"
    ]
    return fine(Decimal(100 * sum(days > 7 for days in told)) / len(told))


MEASURES: list[tuple[str, str, Figure]] = [
    ("S002-123", "channels.total_stores", distinct("channels", "store_id")),
    ("S002-124", "customers.total_customers", distinct("customers", "customer_id")),
    ("S002-125", "customers.average_age", mean_age),
    ("S002-126", "products.total_products", distinct("products", "productid")),
    ("S002-127", "products.average_price", averaged("price_cents", "products")),
    ("S002-128", "products.total_cost", added("cost_cents", "products")),
    ("S002-129", "products.average_margin", margin),
    ("S002-130", "transactions.total_transactions", distinct("transactions", "transaction_id")),
    ("S002-131", "transactions.total_revenue", added("transaction_amount_cents")),
    ("S002-132", "transactions.average_transaction_amount", averaged("transaction_amount_cents")),
    ("S002-133", "transactions.total_discounted_amount", added("discounted_amount_cents")),
    ("S002-134", "transactions.total_shipping_amount", added("shipping_amount_cents")),
    ("S002-135", "transactions.total_order_amount", added("order_total_amount_cents")),
    ("S002-136", "transactions.transaction_percentage_with_discount", percent(has_discount, "transaction_id")),
    ("S002-137", "transactions.ups_delivered_percentage", percent(delivered_by_ups, "order_id")),
    ("S002-138", "transactions.canceled_order_percentage", percent(is_canceled, "order_id")),
    ("S002-139", "transactions.monthly_revenue_curr", paid_between(1, 0)),
    ("S002-140", "transactions.monthly_revenue_prev", paid_between(2, 1)),
]
# Beyond the eighteen measures that the requirements name.
ALL_MEASURES = [
    *MEASURES,
    ("S002-002", "transactions.late_delivery_percentage", late_deliveries),
    ("S002-004", "transactions.average_delivery_days", mean_delivery),
]


def joined(*names: str) -> Callable[[Record], str | None]:
    return lambda row: " ".join(row[name] for name in names if row[name] is not None) or None


def age_group(row: Record) -> str | None:
    years = age(row)
    if years is None:
        return None
    groups = ((18, "Under 18"), (36, "18-35"), (51, "36-50"), (1_000, "Above 50"))
    return next(name for below, name in groups if years < below)


def part(name: str) -> Callable[[Record], int | None]:
    return lambda row: None if row["transaction_date"] is None else getattr(row["transaction_date"], name)


def delivery_days(row: Record) -> int | None:
    paid_at, delivered_on = row["transaction_date"], row["order_delivery_date"]
    return None if paid_at is None or delivered_on is None else (delivered_on - paid_at.date()).days


def shipping_class(row: Record) -> str | None:
    cents = row["shipping_amount_cents"]
    if cents is None:
        return None
    return "Free Shipping" if cents == 0 else "Low Cost Shipping" if cents < 1_000 else "High Cost Shipping"


def discounted(row: Record) -> bool | None:
    return None if row["discounted_amount_cents"] is None else row["discounted_amount_cents"] > 0


DERIVED: list[tuple[str, str, Callable[[Record], Any]]] = [
    ("S002-114", "customers.full_name", joined("first_name", "last_name")),
    ("S002-115", "customers.age_group", age_group),
    ("S002-116", "transactions.full_address", joined("shipping_address", "billing_address")),
    ("S002-117", "transactions.transaction_year", part("year")),
    ("S002-118", "transactions.transaction_month", part("month")),
    ("S002-119", "transactions.transaction_day", part("day")),
    ("S002-120", "transactions.order_delivery_duration", delivery_days),
    ("S002-121", "transactions.discount_applied", discounted),
    ("S002-122", "transactions.shipping_cost_category", shipping_class),
]

# The column that leads across, and where it leads. Of two products with one stock keeping unit, the first is meant.
RELATIONS = [
    ("S002-141", "customer_id", "customers.customer_id"),
    ("S002-142", "skuid", "products.productid"),
    ("S002-143", "store_id", "channels.store_id"),
]
SEGMENTS = [
    ("customers.loyal_customers", "customers.total_customers", "degree_of_loyalty", "Hard Core Loyals"),
    ("transactions.paypal_transactions", "transactions.total_transactions", "payment_method", "PayPal"),
]
LEADS_TO = {"c0": "c0", "k0": "p0", "k3": "p6", "s0": "s0", "s1": "s1"}


@pytest.mark.parametrize(("name", "figure"), [pytest.param(name, figure, id=row) for row, name, figure in ALL_MEASURES])
def test_a_measure_equals_that_of_pandas(asked: Asked, name: str, figure: Figure) -> None:
    assert asked.figures[name] == figure(asked.frames)


@pytest.mark.parametrize("name", [pytest.param(name, id=row) for row, name, _ in ALL_MEASURES])
def test_a_measure_over_no_rows_is_nothing_or_unknown(asked: Asked, name: str) -> None:
    assert asked.figures[name] not in {None, 0, "0.00", "0.0000"}
    unknown = "average" in name or "percentage" in name
    assert asked.over_nothing[name] in ({None} if unknown else {0, "0.00"})


@pytest.mark.parametrize(("name", "told"), [pytest.param(name, told, id=row) for row, name, told in DERIVED])
def test_a_derived_dimension_equals_one_told_by_hand(asked: Asked, name: str, told: Callable[[Record], Any]) -> None:
    cube = name.partition(".")[0]
    rows = asked.frames[cube].to_dict("records")
    expected = {tuple(row[key] for key in KEYS[cube]): told(row) for row in rows}
    assert asked.derived[name] == expected
    assert None in expected.values(), "the fixture must have nulls"
    assert len(set(expected.values())) > 2


@pytest.mark.parametrize("column", [pytest.param(column, id=row) for row, column, _ in RELATIONS])
def test_a_relation_counts_each_payment_once_and_orphans_apart(asked: Asked, column: str) -> None:
    expected = Counter(LEADS_TO.get(value) for value in asked.frames["transactions"][column])
    assert asked.across[column] == expected
    assert expected[None] > 0, "the fixture must have orphans"
    assert expected.total() == len(asked.frames["transactions"])


@pytest.mark.parametrize(("segment", "measure", "column", "value"), SEGMENTS)
def test_a_segment_keeps_its_own(asked: Asked, segment: str, measure: str, column: str, value: str) -> None:
    cube = segment.partition(".")[0]
    rows = asked.frames[cube]
    own = rows[rows[column] == value]
    assert asked.by_segment[segment] == own[KEYS[cube][-1]].nunique()
    assert 0 < len(own) < len(rows)
