"""Suggestions over HTTP: read where one may, answered once, closed for everybody; and what goes with a cart."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, insert

from backend.documents import inbox
from backend.documents.suggestions import merge_suggestions
from backend.domain.ids import CustomerId, SuggestionId
from backend.warehouse import tables as t
from tests.api.people import FAMA, Sign, pointers, refusal
from tests.documents.test_suggestions import MASK

PATH = f"/v1/customers/{FAMA}/suggestions"
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
async def _fama(api: httpx.AsyncClient, sign: Sign) -> None:
    await api.put(f"/v1/customers/{FAMA}", json={"firstname": "Fama"}, headers=sign("ann"))
    mask = replace(MASK, customer_id=CustomerId(FAMA), expires_at=NOW + timedelta(days=30))
    await merge_suggestions([mask, replace(mask, id=SuggestionId("s2"), score=0.9)], region_of={}, traces={}, now=NOW)


async def test_open_suggestions_come_best_first(api: httpx.AsyncClient, sign: Sign) -> None:
    answer = await api.get(PATH, headers=sign("ann"))
    assert [one["id"] for one in answer.json()["items"]] == ["s2", "s1"]
    assert answer.json()["next_cursor"] is None
    assert answer.json()["items"][1]["because"][0]["text"] == "women's small ski mask"
    refusal(await api.get(PATH, headers=sign("far")), 404)


@pytest.mark.parametrize("outcome", ["accepted", "dismissed", "done", "snoozed"])
async def test_an_outcome_closes_the_suggestion_for_everybody(api: httpx.AsyncClient, sign: Sign, outcome: str) -> None:
    answer = await api.post(
        "/v1/suggestions/s1/outcome", json={"outcome": outcome, "reason": "why"}, headers=sign("ann")
    )
    assert (answer.status_code, answer.json()["status"], answer.json()["outcome"]) == (200, outcome, outcome)
    [line] = await inbox.read_after(inbox.EVERYONE, 0, 10)
    assert (line.event, line.data["status"]) == ("suggestion_closed", outcome)


async def test_an_outcome_sent_twice_is_one(api: httpx.AsyncClient, sign: Sign) -> None:
    headers = sign("ann") | {"Idempotency-Key": "k"}
    first = await api.post("/v1/suggestions/s1/outcome", json={"outcome": "done", "order_id": 7}, headers=headers)
    again = await api.post("/v1/suggestions/s1/outcome", json={"outcome": "done", "order_id": 7}, headers=headers)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await inbox.read_after(inbox.EVERYONE, 0, 10)) == 1


async def test_nobody_answers_what_is_not_theirs_or_not_there(api: httpx.AsyncClient, sign: Sign) -> None:
    refusal(await api.post("/v1/suggestions/s1/outcome", json={"outcome": "done"}, headers=sign("far")), 404)
    refusal(await api.post("/v1/suggestions/none/outcome", json={"outcome": "done"}, headers=sign("ann")), 404)


async def test_an_outcome_is_one_of_four(api: httpx.AsyncClient, sign: Sign) -> None:
    for body in ({}, {"outcome": "maybe"}, {"outcome": {"$ne": None}}, {"outcome": None}):
        assert pointers(await api.post("/v1/suggestions/s1/outcome", json=body, headers=sign("ann"))), body


def _product(product_id: str, name: str) -> dict[str, Any]:
    return {
        "productid": product_id,
        "productname": name,
        "price_cents": 8900,
        "currency": "USD",
        "aliases": [],
        "listed": True,
        "updated_at": NOW,
    }


@pytest.fixture
def _shop(engine: Engine) -> None:
    """Boots are bought with masks, and bars sell well."""
    affinity = {
        "product_id": "boots",
        "other_product_id": "mask",
        "n_together": 37,
        "n_product": 74,
        "n_other": 80,
        "n_baskets": 500,
        "support": 0.07,
        "confidence": 0.5,
        "lift": 3.1,
        "rank": 1,
        "refreshed_at": NOW,
    }
    with engine.begin() as connection:
        connection.execute(
            insert(t.products), [_product("boots", "Boots"), _product("mask", "Mask"), _product("bars", "Bars")]
        )
        connection.execute(insert(t.product_affinity), [affinity])
        sale = {"hour": NOW, "product_id": "bars", "store_id": "S1", "units": 9, "revenue_cents": 900, "n_lines": 9}
        connection.execute(insert(t.sales_hourly), [sale])


@pytest.mark.usefixtures("_shop")
async def test_a_cart_is_offered_its_partners_then_what_sells(api: httpx.AsyncClient, sign: Sign) -> None:
    answer = await api.post("/v1/recommendations", json={"cart": ["boots"], "k": 5}, headers=sign("ann"))
    items = answer.json()["items"]
    assert [item["product_id"] for item in items] == ["mask", "bars"]
    assert items[0]["probability"] == 0.5
    assert items[0]["product"] == {"product_id": "mask", "name": "Mask", "price": "89.00", "currency": "USD"}
    assert items[0]["because"][0]["type"] == "bought_together"
    assert 0 < answer.json()["cross_sell_opportunity"] <= 1


@pytest.mark.usefixtures("_shop")
async def test_what_is_in_the_cart_is_never_offered(api: httpx.AsyncClient, sign: Sign) -> None:
    body = {"cart": ["boots", "mask", "unknown"], "customer_id": FAMA}
    answer = await api.post("/v1/recommendations", json=body, headers=sign("ann"))
    assert [item["product_id"] for item in answer.json()["items"]] == ["bars"]


async def test_an_empty_shop_offers_nothing(api: httpx.AsyncClient, sign: Sign) -> None:
    answer = await api.post("/v1/recommendations", json={"cart": []}, headers=sign("ann"))
    assert answer.json() == {"items": [], "cross_sell_opportunity": 0.0, "model_version": "rules-1"}


async def test_a_cart_of_a_customer_out_of_scope_is_not_found(api: httpx.AsyncClient, sign: Sign) -> None:
    refusal(await api.post("/v1/recommendations", json={"cart": [], "customer_id": FAMA}, headers=sign("far")), 404)


async def test_a_cart_that_cannot_be_taken_says_where(api: httpx.AsyncClient, sign: Sign) -> None:
    for body, pointer in (
        ({"cart": "boots"}, "/cart"),
        ({"cart": [1]}, "/cart/0"),
        ({"k": 0}, "/k"),
        ({"k": 101}, "/k"),
        ({"context": "x"}, "/context"),
    ):
        assert pointers(await api.post("/v1/recommendations", json=body, headers=sign("ann"))) == [pointer]
