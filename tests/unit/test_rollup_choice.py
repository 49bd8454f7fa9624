"""Which queries the rollups by day serve, and which they must leave to the hours."""

from datetime import UTC, datetime
from typing import Any

import pytest

from backend.analytics.semantic import MODEL
from backend.analytics.shape import parse_query
from backend.analytics.sql_text import sql_of
from backend.domain.access import Caller, Role
from backend.domain.ids import Region, StoreId

NOW = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
_ROLLUPS = ("sales_regional", "sales_daily", "sales_hourly", "product_purchases", "product_frequency")
DAYS = {"dimension": "sales.time", "granularity": "day", "dateRange": "last 90 days"}


def table_of(query: dict[str, Any], caller: Caller) -> str:
    text = sql_of(parse_query(query), caller, NOW)[0]
    found = {name for name in _ROLLUPS if f"FROM {name} " in text}
    assert len(found) == 1, text
    return found.pop()


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"dimensions": ["products.category", "channels.region"]},
        {"measures": ["sales.average_price", "sales.lines"], "timeDimensions": []},
        {"timeDimensions": [{**DAYS, "granularity": "month", "dateRange": ["2026-01-01", "2026-11-22"]}]},
        {"timeDimensions": [{**DAYS, "granularity": None, "dateRange": "this year"}]},
        {"filters": [{"member": "products.category", "operator": "equals", "values": ["Shoes"]}]},
        {"filters": [{"or": [{"member": "channels.region", "operator": "set"}]}]},
        {"filters": [{"member": "sales.revenue", "operator": "gt", "values": ["10"]}]},
    ],
)
def test_days_by_category_and_channel_are_read_from_the_days(more: dict[str, Any]) -> None:
    query = {"measures": ["sales.revenue", "sales.units"], "timeDimensions": [DAYS], **more}
    assert table_of(query, Caller("chief", Role.MANAGER)) == "sales_regional"
    assert table_of(query, Caller("north", Role.MANAGER, region=Region("North"))) == "sales_daily"


def test_stores_are_read_from_the_days_of_stores() -> None:
    query = {
        "measures": ["sales.revenue"],
        "dimensions": ["products.productcategory", "sales.store_id", "channels.state"],
        "timeDimensions": [DAYS],
    }
    assert table_of(query, Caller("chief", Role.MANAGER)) == "sales_daily"


@pytest.mark.parametrize(
    "more",
    [
        {"timeDimensions": [{**DAYS, "granularity": "hour"}]},
        {"timeDimensions": [{**DAYS, "dateRange": "last 3 hours"}]},
        {"timeDimensions": [{**DAYS, "dateRange": ["2026-11-01T06:00:00Z", "2026-11-02"]}]},
        {"timezone": "America/New_York"},
        {"dimensions": ["products.brand"]},
        {"dimensions": ["sales.product_id"]},
        {"dimensions": ["sales.time"], "timeDimensions": []},
        {"segments": ["products.catalogue"]},
        {"filters": [{"and": [{"member": "products.subcategory", "operator": "set"}]}]},
        {"filters": [{"member": "sales.time", "operator": "afterDate", "values": ["2026-11-01"]}]},
    ],
)
def test_what_days_do_not_have_is_read_from_the_hours(more: dict[str, Any]) -> None:
    query = {"measures": ["sales.revenue"], "timeDimensions": [DAYS], **more}
    assert table_of(query, Caller("chief", Role.MANAGER)) == "sales_hourly"


def test_the_days_have_the_measures_of_the_hours() -> None:
    for measure in MODEL.cubes["sales"].measures:
        query = {"measures": [f"sales.{measure.name}"]}
        assert table_of(query, Caller("chief", Role.MANAGER)) == "sales_regional"
        assert table_of(query, Caller("one", Role.MANAGER, store_id=StoreId("S"))) == "sales_daily"


MONTH = {"dimension": "product_frequency.day", "dateRange": ["2026-10-21", "2026-11-21"]}
PURCHASES = {"measures": ["product_frequency.purchases", "product_frequency.units"], "timeDimensions": [MONTH]}


@pytest.mark.parametrize(
    "more",
    [
        {"dimensions": ["product_frequency.product_id"]},
        {"dimensions": ["products.brand", "products.category"]},
        {"segments": ["products.catalogue"]},
        {"filters": [{"member": "product_frequency.purchases", "operator": "gt", "values": ["3"]}]},
    ],
)
def test_purchases_of_the_whole_shop_are_read_by_week_and_day(more: dict[str, Any]) -> None:
    assert table_of({**PURCHASES, **more}, Caller("chief", Role.MANAGER)) == "product_purchases"
    assert table_of({**PURCHASES, **more}, Caller("one", Role.MANAGER, store_id=StoreId("S"))) == "product_frequency"


@pytest.mark.parametrize(
    "more",
    [
        {"dimensions": ["product_frequency.store_id"]},
        {"dimensions": ["channels.region"]},
        {"timeDimensions": [{**MONTH, "granularity": "day"}]},
        {"timeDimensions": [{**MONTH, "dateRange": "last 3 hours"}]},
        {"timeDimensions": []},
        {"filters": [{"member": "channels.region", "operator": "set"}]},
    ],
)
def test_purchases_by_day_or_store_are_read_from_the_mart(more: dict[str, Any]) -> None:
    assert table_of({**PURCHASES, **more}, Caller("chief", Role.MANAGER)) == "product_frequency"
