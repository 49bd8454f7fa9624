"""Each field of the four entities, from what is sent to its column, its dimension and its profile.

One customer, one product, one store and one payment that state everything are read beside others that state nothing
but who they are. Every case is named by its row of the requirements.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, select

from backend.analytics.profile import read_profile
from backend.analytics.run import load
from backend.analytics.semantic import MODEL
from backend.analytics.shape import parse_query
from backend.documents.client import open_documents
from backend.documents.journal import Draft, append
from backend.documents.references import put_references
from backend.domain.access import Caller, Role
from backend.domain.events import RevisionKind
from backend.domain.ids import CustomerId, StoreId
from backend.settings import Settings
from backend.warehouse.engine import open_async_engine, open_engine
from backend.warehouse.tables import metadata
from etl.pipeline import ingest, load_references
from tests.journals import WordReader
from tests.servers import Servers

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AGE_AT_NOW = 36  # born in 1990; the age that was sent is older than the query
SENT: Mapping[str, Mapping[str, Any]] = {
    "channels": {
        "store_id": "S-1", "store_name": "Main Street", "store_address": "1 Main St", "store_contact_email": "main@shop.example",
        "store_contact_phone": "555-0100", "platform_name": "Shop", "platform_url": "https://shop.example", "country": "US",
        "currency": "USD", "channel_type": "Offline", "nearest_offline_store": "S-2",
    },
    "customers": {
        "customer_id": "C-1", "first_name": "Fama", "last_name": "Stres", "gender": "FEMALE", "phone_number": "3084328",
        "email_id": "fama@mail.example", "birth_date": date(1990, 2, 1), "age": 35, "education_level": "MSc", "marital_status": "Single",
        "number_of_children": 2, "register_date": date(2020, 1, 2), "occupation": "Pilot", "annual_income": Decimal("52000.50"),
        "hobbies": "ski", "degree_of_loyalty": "Hard Core Loyals", "social_class": "Middle Class", "mailing_street": "2 Side St",
        "city": "Albany", "state": "NY", "country": "US", "zip_code": "12207",
    },
    "products": {
        "productid": "P-1", "skuid": "K-1", "productname": "Ski Boots", "productcategory": "Ski & Snow", "subcategory": "Boots",
        "gender": "Female", "price": Decimal("289.00"), "cost": Decimal("150.25"), "launchdate": date(2024, 2, 1),
        "designername": "B. Yu", "color": "Red", "size": "M", "model": "Glide",
    },
    "transactions": {
        "transaction_id": "T-1", "customer_id": "C-1", "transaction_date": datetime(2026, 11, 2, 10, tzinfo=UTC), "order_id": "O-1",
        "transaction_amount": Decimal("10.50"), "payment_method": "PayPal", "transaction_type": "sale",
        "transaction_status": "completed", "order_delivery_date": date(2026, 11, 5), "discounted_amount": Decimal("1.25"),
        "shipping_amount": Decimal("4.00"), "order_total_amount": Decimal("14.50"), "discount_percentage": 10.5,
        "shipping_address": "2 Side St", "billing_address": "3 Back St", "promo_code": "FALL", "shipping_method": "UPS",
        "order_status": "Delivered", "skuid": "K-1", "store_id": "S-1",
    },
}  # fmt: skip
BARE = {
    "channels": {"store_id": "S-9"},
    "customers": {"customer_id": "C-9"},
    "products": {"productid": "P-9"},
    "transactions": {"transaction_id": "T-9", "customer_id": "C-9"},
}
KEYS = {"channels": "store_id", "customers": "customer_id", "products": "productid", "transactions": "transaction_id"}
FIRST_ROW = 48
FIELDS = [(cube, name) for cube, fields in SENT.items() for name in fields]
CASES = [pytest.param(*field, id=f"S002-{number:03}") for number, field in enumerate(FIELDS, FIRST_ROW)]


@dataclass(frozen=True)
class Found:
    """What the warehouse holds of the one who states everything, what the model answers, and the profiles."""

    rows: Mapping[str, Mapping[str, Any]]
    answers: Mapping[str, Mapping[str, Any]]
    profiles: Mapping[str, Mapping[str, Mapping[str, Any]]]


@pytest.fixture(scope="module")
def found(servers: Servers) -> Iterator[Found]:
    settings = servers.fresh_settings()
    engine = open_engine(settings.warehouse_url)
    yield asyncio.run(_read_all(settings, engine))
    engine.dispose()
    servers.forget_warehouse(settings)


async def _read_all(settings: Settings, engine: Engine) -> Found:
    client = await open_documents(settings)
    doors = open_async_engine(settings.warehouse_url)
    try:
        await _send(engine)
        async with doors.connect() as connection:
            profiles = {cube: await read_profile(connection, cube, NOW) for cube in SENT}
            answers = {cube: await _ask(connection, cube) for cube in SENT}
    finally:
        await doors.dispose()
        await client.drop_database(settings.mongo_database)
        await client.close()
    columns = {cube: {one["column"]: one for one in profile["columns"]} for cube, profile in profiles.items()}
    return Found({cube: _row(engine, cube) for cube in SENT}, answers, columns)


async def _send(engine: Engine) -> None:
    for entity in (SENT, BARE):
        await put_references("product", [_wire(entity["products"])], NOW)
        await put_references("channel", [_wire(entity["channels"])], NOW)
        await append(_draft(RevisionKind.DOCUMENT, entity["customers"]))
        await append(_draft(RevisionKind.TRANSACTION, entity["transactions"]))
    await load_references(engine)
    await ingest(engine, WordReader(), [CustomerId("C-1"), CustomerId("C-9")], clock=lambda: NOW)


def _wire(entity: Mapping[str, Any]) -> dict[str, Any]:
    """Write it as an app does: money and times as text."""
    return {
        name: value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value
        for name, value in entity.items()
    }


def _draft(kind: RevisionKind, entity: Mapping[str, Any]) -> Draft:
    payload = _wire(entity)
    return Draft(
        customer_id=CustomerId(entity["customer_id"]),
        kind=kind,
        payload=payload,
        raw=orjson.dumps(payload),
        accepted_at=NOW,
        identity=entity.get("transaction_id"),
        store_id=StoreId("S-1"),
        author_id=None,
    )


async def _ask(connection: Any, cube: str) -> dict[str, Any]:
    """Ask the model for every field, each as a role that may see it."""
    answer: dict[str, Any] = {}
    for role in (Role.ANALYST, Role.MARKETING):
        query = {
            "dimensions": [f"{cube}.{name}" for name in SENT[cube]],
            "filters": [{"member": f"{cube}.{KEYS[cube]}", "operator": "equals", "values": [SENT[cube][KEYS[cube]]]}],
        }
        (row,) = (await load(connection, parse_query(query), Caller("somebody", role), NOW)).rows
        answer |= {name: value for name, value in row.items() if value is not None}
    return answer


def _row(engine: Engine, cube: str) -> dict[str, Any]:
    table = metadata.tables[cube]
    with engine.begin() as connection:
        chosen = select(table).where(table.c[KEYS[cube]] == SENT[cube][KEYS[cube]])
        row = dict(connection.execute(chosen).mappings().one())
    money = {name.removesuffix("_cents"): Decimal(row[name]) / 100 for name in row if name.endswith("_cents")}
    return row | money


@pytest.mark.parametrize(("cube", "name"), CASES)
def test_a_field_comes_from_what_is_sent_into_its_column(found: Found, cube: str, name: str) -> None:
    assert found.rows[cube][name] == SENT[cube][name]
    assert found.rows[cube]["extra"] == {}


@pytest.mark.parametrize(("cube", "name"), CASES)
def test_a_field_is_a_described_dimension_that_can_be_asked_for(found: Found, cube: str, name: str) -> None:
    dimension = next(one for one in MODEL.cubes[cube].dimensions if one.name == name)
    value = SENT[cube][name]
    assert dimension.description
    assert dimension.type.value == _type_of(value)
    expected = AGE_AT_NOW if name == "age" else _as_answered(value)
    assert found.answers[cube][f"{cube}.{name}"] == expected


@pytest.mark.parametrize(("cube", "name"), CASES)
def test_a_field_is_profiled(found: Found, cube: str, name: str) -> None:
    profile = found.profiles[cube][name]
    known = 2 if name in BARE[cube] or name == "productname" else 1  # a product without a name is called by its id
    assert (profile["nulls"], profile["null_share"]) == (2 - known, 1 - known / 2)
    assert 1 <= profile["distinct"] <= known


def test_a_profile_tells_extremes_and_the_most_frequent(found: Found) -> None:
    for cube, name in (
        ("products", "price"),
        ("transactions", "transaction_date"),
        ("customers", "number_of_children"),
    ):
        profile = found.profiles[cube][name]
        value = SENT[cube][name]
        stated = value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value
        assert (profile["min"], profile["max"]) == (stated, stated)
    assert found.profiles["products"]["productcategory"]["top"] == [{"value": "Ski & Snow", "rows": 1}]


def _type_of(value: Any) -> str:
    if isinstance(value, date):
        return "time"
    return "number" if isinstance(value, int | float | Decimal) else "string"


def _as_answered(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime.combine(value, time())
        return moment.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return value
