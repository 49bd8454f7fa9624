"""What the model promises about itself, and what the compiler refuses."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Table

from backend.analytics.kinds import Cube, Dimension, Measure
from backend.analytics.semantic import MODEL
from backend.analytics.shape import parse_query
from backend.analytics.sql_text import sql_of
from backend.domain.access import Caller, Role
from backend.domain.errors import InvalidInputError
from backend.domain.ids import Region, StoreId

NOW = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
CHIEF = Caller("chief", Role.MANAGER)
MEASURES = [f"{cube.name}.{measure.name}" for cube in MODEL.cubes.values() for measure in cube.measures]
DIMENSIONS = [f"{cube.name}.{dimension.name}" for cube in MODEL.cubes.values() for dimension in cube.dimensions]
REQUIRED = {
    "customers": {"total_customers", "average_age"},
    "products": {"total_products", "average_price", "total_cost", "average_margin"},
    "channels": {"total_stores"},
    "transactions": {
        "total_transactions", "total_revenue", "average_transaction_amount", "total_discounted_amount",
        "total_shipping_amount", "total_order_amount", "transaction_percentage_with_discount",
        "ups_delivered_percentage", "canceled_order_percentage", "monthly_revenue_curr", "monthly_revenue_prev",
    },
}  # fmt: skip


def sql(query: dict[str, Any], caller: Caller = CHIEF) -> str:
    return sql_of(parse_query(query), caller, NOW)[0]


def pointer_of(query: object) -> str:
    with pytest.raises(InvalidInputError) as refusal:
        sql_of(parse_query(query), CHIEF, NOW)
    return refusal.value.faults[0].pointer


def test_offers_every_measure_of_the_requirements_by_its_name() -> None:
    for cube, names in REQUIRED.items():
        assert names <= {measure.name for measure in MODEL.cubes[cube].measures}


def test_says_of_every_member_what_it_is() -> None:
    for cube in MODEL.cubes.values():
        assert all(member.description for member in cube.members()), cube.name
        assert cube.owner


def test_joins_lead_to_a_single_row() -> None:
    """Each join compares the primary key of the joined table with something, so that it finds one row or none."""
    for cube in MODEL.cubes.values():
        for join in cube.joins:
            table = MODEL.cubes[join.cube].table
            assert isinstance(table, Table)
            key = {column.name for column in table.primary_key}
            compared = str(join.condition)
            assert all(f"{table.name}.{name}" in compared for name in key), (cube.name, join.cube)


@given(st.sampled_from(MEASURES), st.sampled_from(DIMENSIONS))
def test_compiles_or_refuses_every_measure_by_every_dimension(measure: str, dimension: str) -> None:
    query = parse_query({"measures": [measure], "dimensions": [dimension]})
    goes = MODEL.path(measure.partition(".")[0], dimension.partition(".")[0]) is not None
    if goes:
        text, values = sql_of(query, CHIEF, NOW)
        assert text.startswith("SELECT")
        assert "as_of" not in text
        assert all(f"${position}" in text for position in range(1, len(values) + 1))
    else:
        with pytest.raises(InvalidInputError, match="count rows twice"):
            sql_of(query, CHIEF, NOW)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("no object", "/query"),
        ({}, "/query"),
        ({"measures": ["sales.revenue"], "surprise": 1}, "/query/surprise"),
        ({"measures": ["sales.nothing"]}, "/query/measures/0"),
        ({"measures": ["products.category"]}, "/query/measures/0"),
        ({"measures": ["sales.revenue", 7]}, "/query/measures/1"),
        ({"dimensions": ["sales.revenue"]}, "/query/dimensions/0"),
        ({"measures": ["sales.revenue", "orders.total_orders"]}, "/query/measures/1"),
        ({"measures": ["sales.revenue"], "filters": [{"member": "x.y", "operator": "set"}]}, "/query/filters/0/member"),
        (
            {
                "measures": ["sales.revenue"],
                "filters": [{"member": "products.brand", "operator": "is", "values": ["x"]}],
            },
            "/query/filters/0/operator",
        ),
        (
            {
                "measures": ["sales.revenue"],
                "filters": [{"member": "sales.revenue", "operator": "gt", "values": ["x"]}],
            },
            "/query/filters/0/values/0",
        ),
        (
            {"measures": ["sales.revenue"], "filters": [{"or": [{"member": "products.brand", "operator": "equals"}]}]},
            "/query/filters/0/or/0/values",
        ),
        ({"measures": ["sales.revenue"], "order": {"sales.units": "desc"}}, "/query/order/0"),
        ({"measures": ["sales.revenue"], "order": {"sales.revenue": "up"}}, "/query/order/0"),
        ({"measures": ["sales.revenue"], "limit": 0}, "/query/limit"),
        ({"measures": ["sales.revenue"], "timezone": "Mars/Base"}, "/query/timezone"),
        (
            {"measures": ["sales.revenue"], "timeDimensions": [{"dimension": "products.brand", "granularity": "day"}]},
            "/query/timeDimensions/0/dimension",
        ),
        (
            {"measures": ["sales.revenue"], "timeDimensions": [{"dimension": "sales.time", "granularity": "blink"}]},
            "/query/timeDimensions/0/granularity",
        ),
        (
            {
                "measures": ["transactions.monthly_revenue_curr"],
                "timeDimensions": [{"dimension": "transactions.transaction_date", "granularity": "month"}],
            },
            "/query/measures/0",
        ),
    ],
)
def test_refuses_with_the_place_of_what_is_wrong(query: object, pointer: str) -> None:
    assert pointer_of(query) == pointer


@pytest.mark.parametrize("cube", [c.name for c in MODEL.cubes.values() if c.store is not None or c.scope_through])
def test_compiles_the_scope_into_every_query(cube: str) -> None:
    measure = MODEL.cubes[cube].measures[0]
    query = {"measures": [f"{cube}.{measure.name}"]}
    in_region = sql(query, Caller("m", Role.MANAGER, region=Region("North")))
    in_store = sql(query, Caller("a", Role.ASSOCIATE, store_id=StoreId("S1")))
    assert "channels.region = $" in in_region
    assert ".store_id = $" in in_store
    assert "false" in sql(query, Caller("lost", Role.ASSOCIATE)).lower()


def test_bounds_joined_rows_by_the_scope_too() -> None:
    query = {"measures": ["orders.total_orders"], "dimensions": ["customers.city"]}
    text = sql(query, Caller("a", Role.ASSOCIATE, store_id=StoreId("S1")))
    assert "customers.store_id = $" in text
    assert "orders.store_id = $" in text


def test_never_names_a_masked_column() -> None:
    query = {
        "measures": ["customers.total_customers"],
        "dimensions": ["customers.email_id"],
        "filters": [{"member": "customers.phone_number", "operator": "contains", "values": ["308"]}],
    }
    text = sql(query, Caller("analyst", Role.ANALYST))
    assert "customers.email_id AS" not in text
    assert "customers.phone_number" not in text


def test_binds_every_value_and_writes_none() -> None:
    evil = "x'; DROP TABLE customers; --"
    query = parse_query(
        {
            "measures": ["sales.revenue"],
            "filters": [
                {"member": "products.brand", "operator": "equals", "values": [evil]},
                {"member": "products.brand", "operator": "contains", "values": [evil]},
            ],
        }
    )
    text, values = sql_of(query, CHIEF, NOW)
    assert "DROP" not in text
    assert evil in values


def test_refuses_a_cube_that_declares_a_name_twice() -> None:
    cube = MODEL.cubes["sales"]
    twice = (Dimension("revenue", cube.dimensions[0].expression, "twice"),)
    with pytest.raises(ValueError, match="twice"):
        Cube("sales", cube.table, "Sales", "x", dimensions=twice, measures=cube.measures)


def test_the_version_changes_with_a_definition() -> None:
    cube = MODEL.cubes["sales"]
    changed = Measure("revenue", cube.measures[1].expression, "now units")
    other = Cube("sales", cube.table, "Sales", "x", dimensions=cube.dimensions, measures=(changed, *cube.measures[1:]))
    assert type(MODEL).of([other]).version != type(MODEL).of([Cube(
        "sales", cube.table, "Sales", "x", dimensions=cube.dimensions, measures=cube.measures
    )]).version  # fmt: skip
