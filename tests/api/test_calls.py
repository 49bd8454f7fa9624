"""The list of a day over HTTP: one's own, ranked, with who is to be called and why; a manager's within the scope."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, insert

from backend.documents.suggestions import merge_suggestions
from backend.domain.ids import AssociateId, CustomerId, Region, StoreId, SuggestionId
from backend.domain.suggestions import SuggestionKind
from backend.warehouse import tables as t
from tests.api.people import Sign, refusal
from tests.documents.test_suggestions import MASK

NOW = datetime.now(UTC)
TODAY = NOW.date()


async def suggest(customer: str, associate: str | None, due_on: date | None, score: float, store: str = "S1") -> None:
    made = replace(
        MASK,
        id=SuggestionId(f"{customer}-{score}"),
        customer_id=CustomerId(customer),
        associate_id=AssociateId(associate) if associate else None,
        store_id=StoreId(store),
        kind=SuggestionKind.FOLLOW_UP if due_on else SuggestionKind.COUPON,
        due_on=due_on,
        score=score,
        expires_at=NOW + timedelta(days=30),
    )
    regions = {StoreId("S1"): Region("North"), StoreId("S2"): Region("South")}
    await merge_suggestions([made], region_of=regions, traces={}, now=NOW)


@pytest.fixture(autouse=True)
async def _shop(api: httpx.AsyncClient, engine: Engine) -> None:
    source = {
        "revision": 1,
        "source_kind": "document",
        "pointer": "",
        "search_text": "",
        "extra": {},
        "updated_at": NOW,
    }
    with engine.begin() as connection:
        connection.execute(
            insert(t.customers).values(customer_id="late", first_name="Lea", phone_number="555", **source)
        )
    await suggest("late", "A1", TODAY - timedelta(days=2), 0.5)
    await suggest("late", "A1", None, 0.9)
    await suggest("now", "A1", TODAY, 0.4)
    await suggest("later", "A1", TODAY + timedelta(days=9), 0.9)
    await suggest("shared", None, None, 0.8)
    await suggest("other", "A2", TODAY, 0.9)
    await suggest("far", "A9", TODAY, 0.9, "S2")


async def sheet(api: httpx.AsyncClient, headers: dict[str, str], **asked: Any) -> list[tuple[str, int, str]]:
    answer = await api.get("/v1/tasks", params=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    return [(item["bucket"], item["rank"], item["customer"]["customer_id"]) for item in answer.json()["items"]]


async def test_the_own_day_in_order_each_customer_once(api: httpx.AsyncClient, sign: Sign) -> None:
    answer = (await api.get("/v1/tasks", headers=sign("ann"))).json()
    assert await sheet(api, sign("ann")) == [
        ("overdue", 1, "late"),
        ("today", 1, "now"),
        ("today", 2, "shared"),
        ("upcoming", 1, "later"),
    ]
    assert answer["counts"] == {"overdue": 1, "today": 2, "upcoming": 1, "done": 0}
    first = answer["items"][0]
    assert (first["customer"]["first_name"], first["customer"]["phone_number"]) == ("Lea", "555")
    assert [one["id"] for one in first["suggestions"]] == ["late-0.5", "late-0.9"]
    assert all(one["because"] for one in first["suggestions"])
    assert await sheet(api, sign("ann"), capacity=0, bucket="today") == [("today", 1, "now")]
    page = (await api.get("/v1/tasks", params={"limit": 3}, headers=sign("ann"))).json()
    assert await sheet(api, sign("ann"), limit=3, cursor=page["next_cursor"]) == [("upcoming", 1, "later")]


async def test_what_was_answered_is_done_and_what_was_put_off_comes_tomorrow(
    api: httpx.AsyncClient, sign: Sign
) -> None:
    for id_, outcome in (("now-0.4", "done"), ("shared-0.8", "snoozed")):
        await api.post(f"/v1/suggestions/{id_}/outcome", json={"outcome": outcome}, headers=sign("ann"))
    assert [row[::2] for row in await sheet(api, sign("ann"))][1:] == [
        ("upcoming", "later"),
        ("upcoming", "shared"),
        ("done", "now"),
    ]
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    assert ("today", 1, "shared") in await sheet(api, sign("ann"), day=tomorrow)


async def test_a_manager_sees_the_days_of_the_own_people_alone(api: httpx.AsyncClient, sign: Sign) -> None:
    assert {row[2] for row in await sheet(api, sign("store-manager"))} == {"late", "now", "later", "shared", "other"}
    assert await sheet(api, sign("store-manager"), associate_id="A2") == [("today", 1, "other")]
    assert await sheet(api, sign("store-manager"), associate_id="A9") == []
    assert await sheet(api, sign("south"), associate_id="A9") == [("today", 1, "far")]
    assert {row[2] for row in await sheet(api, sign("bob"), associate_id="A9")} == {"other", "shared"}
    refusal(await api.get("/v1/tasks", headers=sign("analyst")), 403)
