"""How managers look at sales: regions beside each other, one region's products, and how often something is bought."""

from collections import Counter
from decimal import Decimal
from typing import Any

import httpx
import pandas as pd
import pytest
from sqlalchemy import Engine

from tests.api.people import Sign
from tests.shop import Shop, open_shop

Rows = list[dict[str, Any]]


@pytest.fixture
def shop(engine: Engine) -> Shop:
    return open_shop(engine)


@pytest.fixture
def sold(shop: Shop) -> pd.DataFrame:
    """Every line that was sold, with its day, its region and its product's name."""
    lines = shop.frame("order_lines").merge(shop.frame("channels"), on="store_id", how="left")
    lines = lines.merge(shop.frame("products"), left_on="product_id", right_on="productid")
    lines["day"] = pd.to_datetime(lines.ordered_at, utc=True).dt.strftime("%Y-%m-%d")
    return lines[lines.sold]


async def ask(api: httpx.AsyncClient, sign: Sign, query: dict[str, Any]) -> Any:
    answer = await api.post("/v1/analytics/load", json={"query": query}, headers=sign("chief"))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_regions_by_day_now_and_before(
    shop: Shop, sold: pd.DataFrame, api: httpx.AsyncClient, sign: Sign
) -> None:
    days = [(shop.now - pd.Timedelta(days=n)).strftime("%Y-%m-%d") for n in range(10)]
    ranges = [[days[4], days[0]], [days[9], days[5]]]
    time = {"dimension": "sales.time", "granularity": "day", "compareDateRange": ranges}
    query = {"measures": ["sales.revenue"], "dimensions": ["channels.region"], "timeDimensions": [time]}
    for result, (first, last) in zip((await ask(api, sign, query))["results"], ranges, strict=True):
        within = sold[(sold.day >= first) & (sold.day <= last)]
        expected = within.groupby([within.region.fillna(""), "day"]).amount_cents.sum().to_dict()
        found = {
            (row["channels.region"] or "", row["sales.time"][:10]): Decimal(row["sales.revenue"]) * 100
            for row in result["data"]
        }
        assert found == expected
        assert len({region for region, _ in found}) > 1


async def test_the_products_of_one_region(sold: pd.DataFrame, api: httpx.AsyncClient, sign: Sign) -> None:
    south = {"member": "channels.region", "operator": "equals", "values": ["South"]}
    query = {"measures": ["sales.revenue"], "dimensions": ["products.product_name"], "filters": [south]}
    rows = (await ask(api, sign, query))["data"]
    expected = sold[sold.region == "South"].groupby("productname").amount_cents.sum().to_dict()
    assert {row["products.product_name"]: Decimal(row["sales.revenue"]) * 100 for row in rows} == expected
    assert len(expected) > 1


@pytest.mark.parametrize("days", [2, 30])
async def test_how_often_each_product_was_bought(
    shop: Shop, sold: pd.DataFrame, api: httpx.AsyncClient, sign: Sign, days: int
) -> None:
    since = (shop.now - pd.Timedelta(days=days)).strftime("%Y-%m-%d")
    time = {"dimension": "lines.ordered_at", "dateRange": [since, shop.now.strftime("%Y-%m-%d")]}
    query = {
        "measures": ["lines.orders_with", "lines.buyers"],
        "dimensions": ["products.product_name"],
        "segments": ["lines.sold"],
        "timeDimensions": [time],
    }
    orders: Counter[str] = Counter()
    buyers: dict[str, set[str]] = {}
    for line in sold[sold.day >= since].to_dict("records"):
        orders[line["productname"]] += 1  # no order of the shop has a product twice
        buyers.setdefault(line["productname"], set()).add(line["customer_id"])
    rows = (await ask(api, sign, query))["data"]
    assert {row["products.product_name"]: row["lines.orders_with"] for row in rows} == orders
    assert {row["products.product_name"]: row["lines.buyers"] for row in rows} == {
        name: len(people) for name, people in buyers.items()
    }
