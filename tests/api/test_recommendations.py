"""What is offered beside a cart differs by cart and by customer, and needs neither."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, insert

from backend.warehouse import tables as t
from tests.api.people import Sign

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PARTNERS = [("boots", "socks"), ("boots", "mask"), ("tent", "stove"), ("stove", "fuel")]
PRODUCTS = ["boots", "socks", "mask", "tent", "stove", "fuel", "bars", "sunscreen"]


@pytest.fixture(autouse=True)
async def _shop(engine: Engine, api: httpx.AsyncClient, sign: Sign) -> None:
    """Skiers and campers; bars sell of late, sunscreen sold better some weeks ago."""
    for customer, bought in (("skier", "boots"), ("camper", "tent")):
        await api.put(f"/v1/customers/{customer}", json={"firstname": "Ann"}, headers=sign("ann"))
        _buy(engine, customer, bought)
    products = [
        {"productid": name, "productname": name, "price_cents": 100, "aliases": [], "listed": True, "updated_at": NOW}
        for name in PRODUCTS
    ]
    sales = [("bars", NOW, 5), ("sunscreen", NOW - timedelta(days=8), 900)]
    with engine.begin() as connection:
        connection.execute(insert(t.products), products)
        connection.execute(insert(t.product_affinity), [_pair(*pair, rank) for rank, pair in enumerate(PARTNERS, 1)])
        for product, hour, units in sales:
            cell = {"hour": hour, "product_id": product, "store_id": "S1", "units": units, "revenue_cents": 1}
            connection.execute(insert(t.sales_hourly).values(n_lines=units, **cell))


def _pair(product: str, other: str, rank: int) -> dict[str, Any]:
    counts = {"n_together": 30, "n_product": 60, "n_other": 60, "n_baskets": 600}
    figures = {"support": 0.05, "confidence": 0.5 - rank / 100, "lift": 5.0, "rank": rank}
    return {"product_id": product, "other_product_id": other, **counts, **figures, "refreshed_at": NOW}


def _buy(engine: Engine, customer: str, product: str) -> None:
    came = {"revision": 1, "source_kind": "order", "pointer": "", "customer_id": customer, "order_id": "o"}
    line = {"line_number": 1, "product_id": product, "quantity": 1, "unit_price_cents": 100, "discount_cents": 0}
    with engine.begin() as connection:
        connection.execute(insert(t.orders).values(**came, status="closed", n_lines=1, amount_cents=100, extra={}))
        connection.execute(insert(t.order_lines).values(**came, **line, amount_cents=100))


async def offer(api: httpx.AsyncClient, sign: Sign, **body: Any) -> list[str]:
    answer = await api.post("/v1/recommendations", json=body, headers=sign("ann"))
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert all(item["because"] for item in items)
    assert all(0 <= item["score"] <= 1 and 0 <= item["probability"] <= 1 for item in items)
    return [item["product_id"] for item in items]


async def test_customers_of_different_pasts_are_offered_different_things(api: httpx.AsyncClient, sign: Sign) -> None:
    skier = await offer(api, sign, customer_id="skier", cart=[])
    camper = await offer(api, sign, customer_id="camper", cart=[])
    assert skier[:2] == ["socks", "mask"]
    assert camper[0] == "stove"
    assert not set(skier[:2]) & set(camper)


async def test_another_cart_of_the_same_customer_is_offered_other_things(api: httpx.AsyncClient, sign: Sign) -> None:
    stove, tent = [await offer(api, sign, customer_id="skier", cart=[item]) for item in ("stove", "tent")]
    assert stove[0] == "fuel"
    assert tent[0] == "stove"
    assert "stove" not in stove
    assert "tent" not in tent


@pytest.mark.parametrize("context", ["browse", "checkout"])
async def test_nobody_in_particular_is_offered_what_sold_in_the_last_seven_days(
    api: httpx.AsyncClient, sign: Sign, context: str
) -> None:
    assert await offer(api, sign, cart=[], context=context) == ["bars"]


async def test_the_pair_is_the_reason(api: httpx.AsyncClient, sign: Sign) -> None:
    answer = await api.post("/v1/recommendations", json={"cart": ["boots"], "k": 1}, headers=sign("ann"))
    (item,) = answer.json()["items"]
    (reason,) = item["because"]
    assert (item["product_id"], reason["type"], reason["product_id"]) == ("socks", "bought_together", "boots")
    assert (reason["n"], reason["lift"]) == (30, 5.0)
