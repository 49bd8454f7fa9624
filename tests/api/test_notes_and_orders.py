"""Notes and orders: appended once, whatever is sent twice."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.api.people import FAMA, NOTE, Sign, pointers, refusal

NOTES = f"/v1/customers/{FAMA}/notes"
ORDERS = f"/v1/customers/{FAMA}/orders"
ORDER: dict[str, Any] = {
    "order_id": 15122,
    "status": "open",
    "filed_on": "2026-11-22",
    "comments": "Ship to my home address for the boots",
    "gift wrap": {"color": "red"},
    "lines": [
        {"product_id": "P1", "quantity": 2, "unit_price": "89.00", "discount": 10},
        {"name": "Powerbars", "quantity": 1, "unit_price": 2.5},
    ],
}


@pytest.fixture
async def ann(api: httpx.AsyncClient, sign: Sign) -> dict[str, str]:
    """An associate whose customer Fama is."""
    await api.put(f"/v1/customers/{FAMA}", json={"firstname": "Fama"}, headers=sign("ann"))
    return sign("ann")


async def test_a_note_is_accepted_once(api: httpx.AsyncClient, ann: dict[str, str]) -> None:
    first = await api.post(NOTES, json=NOTE, headers=ann)
    again = await api.post(NOTES, json=NOTE, headers=ann)
    assert (first.status_code, first.json()["revision"]) == (202, 2)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    refusal(await api.post(NOTES, json=NOTE | {"text": "other"}, headers=ann), 409)


async def test_thirty_associates_at_once_lose_no_note(api: httpx.AsyncClient, ann: dict[str, str]) -> None:
    answers = await asyncio.gather(
        *(api.post(NOTES, json=NOTE | {"note_id": f"n{n}"}, headers=ann) for n in range(30) for _ in range(2))
    )
    assert {answer.status_code for answer in answers} == {202}
    assert {answer.json()["revision"] for answer in answers} == set(range(2, 32))


async def test_nobody_writes_of_a_customer_whom_they_do_not_know(
    api: httpx.AsyncClient, ann: dict[str, str], sign: Sign
) -> None:
    refusal(await api.post("/v1/customers/unknown/notes", json=NOTE, headers=ann), 404)
    refusal(await api.post(NOTES, json=NOTE, headers=sign("far")), 404)
    refusal(await api.post(ORDERS, json=ORDER, headers=sign("far")), 404)


BAD_NOTES: list[tuple[dict[str, Any], str]] = [
    ({"note_id": ""}, "/note_id"),
    ({"note_id": 7}, "/note_id"),
    ({"note_id": "x" * 129}, "/note_id"),
    ({"text": ""}, "/text"),
    ({"text": ["a"]}, "/text"),
    ({"text": "x" * 100_001}, "/text"),
    ({"written_at": "2026-11-22T10:30:00"}, "/written_at"),
    ({"written_at": "2026-11-22"}, "/written_at"),
    ({"written_at": 1763800000}, "/written_at"),
    ({"written_at": "1763800000"}, "/written_at"),
    ({"written_at": "1492-10-12T00:00:00Z"}, "/written_at"),
    ({"written_at": "9999-01-01T00:00:00Z"}, "/written_at"),
    ({"written_at": "yesterday"}, "/written_at"),
    ({"written_at": None}, "/written_at"),
    ({"$set": {"a": 1}}, "/$set"),
]


async def test_a_note_that_cannot_be_taken_says_where(api: httpx.AsyncClient, ann: dict[str, str]) -> None:
    for change, pointer in BAD_NOTES:
        assert pointer in pointers(await api.post(NOTES, json=NOTE | change, headers=ann)), change


async def test_a_note_needs_all_three_fields(api: httpx.AsyncClient, ann: dict[str, str]) -> None:
    for field in NOTE:
        rest = {name: value for name, value in NOTE.items() if name != field}
        assert pointers(await api.post(NOTES, json=rest, headers=ann)) == [f"/{field}"]


async def test_the_longest_note_is_taken(api: httpx.AsyncClient, ann: dict[str, str]) -> None:
    assert (await api.post(NOTES, json=NOTE | {"text": "é" * 100_000}, headers=ann)).status_code == 202


async def test_an_order_changes_its_state_and_repeats_change_nothing(
    api: httpx.AsyncClient, ann: dict[str, str]
) -> None:
    revisions = [
        (await api.post(ORDERS, json=ORDER | {"status": status}, headers=ann)).json()["revision"]
        for status in ("open", "open", "closed", "closed", "open")
    ]
    assert revisions == [2, 2, 3, 3, 4]


async def test_an_order_may_be_numbered_or_named(api: httpx.AsyncClient, ann: dict[str, str]) -> None:
    for order_id in (1, "A-1"):
        assert (await api.post(ORDERS, json=ORDER | {"order_id": order_id}, headers=ann)).status_code == 202


def _line(**changes: Any) -> dict[str, Any]:
    return {"lines": [{"product_id": "P1", "quantity": 1, "unit_price": "1.00"} | changes]}


BAD_ORDERS: list[tuple[dict[str, Any], str]] = [
    ({"order_id": True}, "/order_id"),
    ({"order_id": None}, "/order_id"),
    ({"status": ""}, "/status"),
    ({"filed_on": "1812-01-01"}, "/filed_on"),
    ({"filed_on": "22/11/2026"}, "/filed_on"),
    ({"filed_on": "2026-13-01"}, "/filed_on"),
    ({"comments": 5}, "/comments"),
    ({"comments": "x" * 100_001}, "/comments"),
    ({"lines": {}}, "/lines"),
    (_line(quantity=0), "/lines/0/quantity"),
    (_line(quantity=-1), "/lines/0/quantity"),
    (_line(quantity=1.5), "/lines/0/quantity"),
    (_line(quantity="2"), "/lines/0/quantity"),
    (_line(unit_price=-1), "/lines/0/unit_price"),
    (_line(unit_price="NaN"), "/lines/0/unit_price"),
    (_line(unit_price="Infinity"), "/lines/0/unit_price"),
    (_line(unit_price="a lot"), "/lines/0/unit_price"),
    (_line(unit_price=True), "/lines/0/unit_price"),
    (_line(discount=-1), "/lines/0/discount"),
    (_line(discount="1.01"), "/lines/0"),
    (_line(product_id=None), "/lines/0"),
]


async def test_an_order_that_cannot_be_taken_says_where(api: httpx.AsyncClient, ann: dict[str, str]) -> None:
    for change, pointer in BAD_ORDERS:
        assert pointer in pointers(await api.post(ORDERS, json=ORDER | change, headers=ann)), change
