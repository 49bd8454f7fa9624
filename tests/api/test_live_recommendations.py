"""What the running shop recommends by its fitted model: at once by what was just done, and never what was refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, insert, select, text

from backend.actions.recommender_at_hand import LOOK_SECONDS, RecommenderAtHand
from backend.warehouse import tables as t
from etl.marts.recommender import KEPT, refit
from etl.marts.recommender_due import REST, is_due
from tests.api.people import Sign
from tests.past_orders import END, Line, list_products, made_lines, sell

LINES = made_lines(12)
PRODUCTS = sorted({line[3] for line in LINES})
Ask = Callable[..., Any]


@pytest.fixture(autouse=True)
async def _shop(engine: Engine, api: httpx.AsyncClient, sign: Sign) -> None:
    sell(engine, LINES)
    list_products(engine, PRODUCTS)
    refit(engine, END)
    for number in (1, 2):
        await api.put(f"/v1/customers/c{number}", json={"firstname": "Ann"}, headers=sign("ann"))


@pytest.fixture
def ask(api: httpx.AsyncClient, sign: Sign) -> Ask:
    async def ask(**body: Any) -> dict[str, Any]:
        answer = await api.post("/v1/recommendations", json=body, headers=sign("ann"))
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        assert told["model_version"] == f"learnt-{END:%Y%m%dT%H%M%S}"
        assert all(item["because"] for item in told["items"])
        return told

    return ask


def named(told: dict[str, Any]) -> list[str]:
    return [item["product_id"] for item in told["items"]]


def say(engine: Engine, product: str, intent: str, *, days_ago: float = 1) -> None:
    source = {
        "revision": 1,
        "source_kind": "note",
        "pointer": "/text",
        "customer_id": "c1",
        "note_id": f"{product}{intent}",
    }
    read = {"start": 0, "end": 4, "text": "them", "product_ids": [product], "confidence": 0.9, "extractor_version": "1"}
    at = END - timedelta(days=days_ago)
    with engine.begin() as connection:
        note = {**source, "text": "them", "written_at": at, "extra": {}, "extractor_version": "1"}
        connection.execute(insert(t.notes).values(note))
        connection.execute(insert(t.mentions).values(**source, **read, position=0, product_id=product, intent=intent))


async def test_browsing_and_checkout_are_two_questions(ask: Ask) -> None:
    browse = await ask(customer_id="c1", k=5)
    checkout = await ask(customer_id="c1", cart=["staple1", "boots"], context="checkout", k=5)
    assert browse["items"][0]["product_id"] == "staple1"
    assert browse["items"][0]["because"][0]["type"] == "own_rhythm"
    assert not {"staple1", "boots"} & set(named(checkout))
    assert 0 < checkout["cross_sell_opportunity"] < 1
    assert named(await ask(k=3)) != named(browse)[:3]


async def test_numbers_of_a_rhythm_are_those_that_sql_counts(ask: Ask, engine: Engine) -> None:
    counted = text(
        "SELECT count(DISTINCT order_id) AS n, extract(epoch FROM max(ordered_at) - min(ordered_at)) / 86400 AS days "
        "FROM order_lines WHERE customer_id = 'c2' AND product_id = :product"
    )
    rhythms = 0
    for item in (await ask(customer_id="c2", k=20))["items"]:
        for reason in item["because"]:
            with engine.begin() as connection:
                row = connection.execute(counted, {"product": item["product_id"]}).one()
            if reason["type"] == "own_rhythm":
                rhythms += 1
                assert reason["n"] == row.n
                assert reason["every_days"] == pytest.approx(float(row.days) / (row.n - 1), abs=0.06)
    assert rhythms > 3


async def test_what_was_refused_is_not_offered_until_it_is_asked_for_again(ask: Ask, engine: Engine) -> None:
    say(engine, "staple1", "rejected", days_ago=2)
    brought_back: Line = ("c1", "back", END - timedelta(days=2), "p0")
    sell(engine, [brought_back], sold=False)
    for context in ("browse", "checkout"):
        assert not {"staple1", "p0"} & set(named(await ask(customer_id="c1", context=context, k=100)))
    say(engine, "staple1", "wants", days_ago=1)
    first = (await ask(customer_id="c1", k=3))["items"][0]
    assert first["product_id"] == "staple1"
    assert {"type": "note_span", "text": "them"}.items() <= first["because"][0].items()


async def test_an_order_is_answered_to_at_once(ask: Ask, engine: Engine) -> None:
    before = await ask(customer_id="c2", k=30)
    sell(engine, [("c2", "just now", END, "boots"), ("c2", "just now", END, "p9")])
    after = await ask(customer_id="c2", k=30)
    assert before["items"] != after["items"]


async def test_what_is_sold_out_unlisted_or_not_wished_for_is_not_offered(ask: Ask, engine: Engine) -> None:
    (first, second, third, *_) = named(await ask(customer_id="c1", k=5))
    with engine.begin() as connection:
        change = t.products.update()
        connection.execute(change.where(t.products.c.productid == first).values(extra={"/stock": 0}))
        connection.execute(change.where(t.products.c.productid == second).values(listed=False))
        connection.execute(change.where(t.products.c.productid == third).values(price_cents=99_900))
    assert not {first, second} & set(named(await ask(customer_id="c1", k=100)))
    cheap = named(await ask(customer_id="c1", k=100, filters={"price_max": "10.00"}))
    assert cheap
    assert third not in cheap
    assert named(await ask(customer_id="c1", filters={"price_min": "900"})) == [third]


async def test_a_newer_fit_takes_the_place_of_the_old_one_whole(engine: Engine, app: FastAPI) -> None:
    at_hand, store = RecommenderAtHand(), app.state.parts.engine
    held = await at_hand.newest(store)
    for days in range(1, KEPT + 2):
        refit(engine, END + timedelta(days=days))
    assert await at_hand.newest(store) is held
    at_hand._looked_at -= LOOK_SECONDS
    newest = await at_hand.newest(store)
    assert newest is not None
    assert newest.version == f"learnt-{END + timedelta(days=KEPT + 1):%Y%m%dT%H%M%S}"
    with engine.begin() as connection:
        rows = connection.execute(select(t.recommenders)).mappings().all()
    assert len(rows) == KEPT
    assert all(row["evaluation"]["next_basket_ndcg_10"]["popular"] > 0 for row in rows)
    assert {(row["n_lines"], row["n_customers"]) for row in rows} == {(len(LINES), 12)}


def test_a_fit_is_due_once_a_night_and_after_much_has_come(engine: Engine) -> None:
    with engine.begin() as connection:
        assert not is_due(connection, END + REST)
        assert not is_due(connection, END.replace(hour=23))
        assert is_due(connection, (END + timedelta(days=1)).replace(hour=4))
        connection.execute(t.recommenders.update().values(n_orders=10))
        connection.execute(text("ANALYZE orders"))
        assert is_due(connection, END + REST)
        assert not is_due(connection, END + REST / 2)
        connection.execute(t.recommenders.delete())
        assert is_due(connection, END)
        connection.execute(t.orders.delete())
        assert not is_due(connection, END)
