"""What suggestions brought: no sale counts twice, and only what would not have come anyway is lift."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert

from backend.analytics.differences import Share, difference, wilson
from backend.warehouse import tables as t
from tests.api.people import Sign, refusal
from tests.past_orders import sell

NOW = datetime.now(UTC)
MADE = NOW - timedelta(days=20)
PATH = "/v1/analytics/suggestion-effect"


def test_the_interval_is_that_of_the_paper() -> None:
    found = difference(Share(56, 70), Share(48, 80))
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    assert difference(Share(1, 2), Share(0, 0)) is None


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_the_interval_holds_the_difference_and_turns_with_it(n: int, m: int, data: st.DataObject) -> None:
    first, second = Share(data.draw(st.integers(0, n)), n), Share(data.draw(st.integers(0, m)), m)
    there, back = difference(first, second), difference(second, first)
    assert there is not None
    assert back is not None
    assert -1 - 1e-9 <= there.low <= there.value + 1e-9
    assert there.value - 1e-9 <= there.high <= 1 + 1e-9
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
    assert wilson(first)[0] <= first.k / first.n + 1e-9


def suggest(
    engine: Engine, customer: str, kind: str, *products: str, status: str = "done", at: datetime = MADE, **more: Any
) -> None:
    row = {
        "suggestion_id": f"{customer}-{kind}-{at:%j%H}", "kind": kind, "customer_id": customer, "store_id": "S1", "title": "",
        "product_ids": list(products), "score": 0.5, "because": [{"type": f"why {kind}"}], "model_version": "outreach-1",
        "status": status, "created_at": at, "version": 1, **more,
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(t.suggestions).values(row))


def buy(engine: Engine, customer: str, product: str, days_after: float) -> None:
    sell(engine, [(customer, f"{customer}-{product}-{days_after}", MADE + timedelta(days=days_after), product)])


async def effect(api: httpx.AsyncClient, headers: dict[str, str], **asked: Any) -> dict[str, dict[str, Any]]:
    answer = await api.get(PATH, params=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    return {item["group"]: item for item in answer.json()["items"]}


async def test_a_sale_belongs_to_one_suggestion(engine: Engine, api: httpx.AsyncClient, sign: Sign) -> None:
    suggest(engine, "c1", "upsell", "boots")
    suggest(engine, "c1", "cross_sell", "boots", at=MADE + timedelta(days=1))
    suggest(engine, "c1", "win_back", at=MADE + timedelta(days=1))
    buy(engine, "c1", "boots", 2)  # of the product, the latest: cross_sell
    buy(engine, "c1", "socks", 3)  # of no product: win_back
    buy(engine, "c1", "laces", 60)  # long after
    buy(engine, "c1", "boots", -1)  # before
    found = await effect(api, sign("analyst"))
    assert {kind: (row["orders"], row["revenue"]) for kind, row in found.items()} == {
        "upsell": (0, "0.00"),
        "cross_sell": (1, "1.00"),
        "win_back": (1, "1.00"),
    }
    outcome = {"position": 0, "outcome": "done", "recorded_at": NOW}
    with engine.begin() as connection:
        named = {"suggestion_id": f"c1-upsell-{MADE:%j%H}", "order_id": "c1-boots-2"}
        connection.execute(insert(t.outcomes).values(**named, **outcome))
    found = await effect(api, sign("analyst"))
    assert (found["upsell"]["orders"], found["cross_sell"]["orders"]) == (1, 0)
    assert {row["group"] for row in found.values()} == {"upsell", "cross_sell", "win_back"}
    assert set(await effect(api, sign("analyst"), by="reason")) == {"why upsell", "why cross_sell", "why win_back"}


async def test_lift_is_what_those_held_out_did_not_buy(engine: Engine, api: httpx.AsyncClient, sign: Sign) -> None:
    with engine.begin() as connection:
        sold = {
            "day": (MADE - timedelta(days=2)).date(),
            "product_id": "bars",
            "store_id": "S1",
            "n_orders": 9,
            "units": 9,
        }
        connection.execute(insert(t.product_frequency).values(sold))
    for number in range(8):
        suggest(engine, f"c{number}", "replenish", "tea", status="dismissed" if number else "done")
        suggest(engine, f"h{number}", "replenish", "tea", status="held_out")
    suggest(engine, "young", "replenish", "tea", status="new", at=NOW - timedelta(days=1))
    for number in range(6):
        buy(engine, f"c{number}", "tea", 5)
    buy(engine, "h0", "tea", 5)
    buy(engine, "c7", "bars", 5)
    row = (await effect(api, sign("marketing")))["replenish"]
    assert (row["shown"], row["accepted"], row["dismissed"], row["acceptance"]) == (9, 1, 7, 0.125)
    assert row["buyers"] == {"customers": 8, "bought": 6, "share": 0.75}
    assert row["held_out"] == {"customers": 8, "bought": 1, "share": 0.125}
    assert row["popular"] == {"customers": 8, "bought": 1, "share": 0.125}
    assert row["lift"]["value"] == 0.625
    assert 0 < row["lift"]["low"] < 0.625 < row["lift"]["high"] < 1
    assert (row["orders"], row["revenue"]) == (6, "6.00")


async def test_everybody_sees_the_own_stores_alone(engine: Engine, api: httpx.AsyncClient, sign: Sign) -> None:
    suggest(engine, "c1", "upsell", "boots")
    suggest(engine, "c2", "coupon", store_id="S2")
    assert set(await effect(api, sign("store-manager"))) == {"upsell"}
    assert set(await effect(api, sign("chief"), since=MADE.date().isoformat())) == {"upsell", "coupon"}
    assert not await effect(api, sign("chief"), since=NOW.date().isoformat())
    refusal(await api.get(PATH, headers=sign("operator")), 403)
    refusal(await api.get(PATH, params={"since": "2026-02-01", "until": "2026-01-01"}, headers=sign("chief")), 422)
