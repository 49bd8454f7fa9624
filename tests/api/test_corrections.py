"""What an associate teaches: accepted once, for whom they may, seen by whom it concerns, undone, exported."""

import io
from typing import Any

import httpx
import pandas as pd
import pytest
from sqlalchemy import Engine

from backend.documents.corrections import CorrectionMemory
from backend.documents.references import put_references
from backend.domain.clock import utc_now
from backend.domain.ids import CustomerId
from etl.corrections import load_corrections
from etl.load.catalog import read_catalog
from etl.mentions import NoteReader
from etl.pipeline import ingest, load_references
from tests.api.people import FAMA, Sign, pointers, refusal

CORRECTIONS = "/v1/corrections"
PRODUCTS = [
    {"productid": "P1", "productname": "Dutch Oven 5 qt", "subcategory": "Dutch Ovens", "price": "89.00", "color": "Red"},
    {"productid": "P2", "productname": "Dutch Oven 7 qt", "subcategory": "Dutch Ovens", "price": "119.00", "brand": "Lodge"},
    {"productid": "P3", "productname": "100% Wool Socks", "subcategory": "Socks"},
    {"productid": "P4", "productname": "Enamel Oven Dish", "subcategory": "Dutch Ovens"},
]  # fmt: skip
CHANNELS = [{"store_id": "S1", "region": "North"}, {"store_id": "S2", "region": "South"}]
TAUGHT: dict[str, Any] = {
    "correction_id": "k1",
    "phrase": "the  dutchie",
    "verdict": "product",
    "product_ids": ["P1"],
    "scope": "associate",
}
NOTE = {"note_id": "n1", "text": "Wants\nthe dutchie 🎿", "written_at": "2026-11-22T10:30:00Z"}
CITED = {"customer_id": FAMA, "note_id": "n1", "revision": 2, "pointer": "/text", "start": 10, "end": 17}


@pytest.fixture(autouse=True)
async def catalogue(documents: object, engine: Engine) -> None:
    """A small shop with two stores in two regions."""
    await put_references("product", PRODUCTS, utc_now())
    await put_references("channel", CHANNELS, utc_now())
    await load_references(engine)


async def teach(api: httpx.AsyncClient, headers: dict[str, str], **changes: Any) -> httpx.Response:
    return await api.post(CORRECTIONS, json=TAUGHT | changes, headers=headers)


async def shown(api: httpx.AsyncClient, headers: dict[str, str], **query: Any) -> list[str]:
    answer = await api.get(CORRECTIONS, params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return [one["correction_id"] for one in answer.json()["items"]]


async def test_a_correction_is_accepted_once(api: httpx.AsyncClient, sign: Sign) -> None:
    first = await teach(api, sign("ann") | {"Idempotency-Key": "a"})
    assert (first.status_code, first.json()["version"]) == (202, 1)
    again = await teach(api, sign("ann") | {"Idempotency-Key": "a"})
    without_key = await teach(api, sign("ann"))
    assert first.json() == again.json() == without_key.json()
    assert again.headers["idempotency-replayed"] == "true"
    refusal(await teach(api, sign("ann"), phrase="dutch"), 409)
    refusal(await teach(api, sign("bob")), 409)
    reused = await teach(api, sign("ann") | {"Idempotency-Key": "a"}, correction_id="k2")
    assert refusal(reused, 422)["type"].endswith("idempotency_key_reused")
    assert await shown(api, sign("ann")) == ["k1"]


async def test_what_was_taught_is_told_with_its_products(api: httpx.AsyncClient, sign: Sign) -> None:
    await teach(api, sign("ann"))
    (one,) = (await api.get(CORRECTIONS, headers=sign("ann"))).json()["items"]
    assert one["made_at"]
    del one["made_at"]
    assert one == {
        "correction_id": "k1",
        "version": 1,
        "phrase": "the dutchie",
        "verdict": "product",
        "products": [{"product_id": "P1", "name": "Dutch Oven 5 qt"}],
        "category": None,
        "scope": "associate",
        "associate_id": "A1",
        "store_id": "S1",
        "author_id": "A1",
        "note": None,
        "undone_at": None,
        "undone_by": None,
        "may_undo": True,
    }


async def test_nobody_teaches_beyond_what_they_see(api: httpx.AsyncClient, sign: Sign) -> None:
    allowed: list[tuple[str, dict[str, Any]]] = [
        ("ann", {"scope": "store"}),
        ("store-manager", {"scope": "store"}),
        ("north", {"scope": "store", "store_id": "S1"}),
        ("chief", {"scope": "store", "store_id": "S2"}),
        ("chief", {"scope": "all"}),
        ("chief", {"scope": "associate"}),
    ]
    for number, (who, change) in enumerate(allowed):
        answer = await teach(api, sign(who), correction_id=f"k{number}", **change)
        assert answer.status_code == 202, (who, change, answer.text)
    forbidden: list[tuple[str, dict[str, Any]]] = [
        ("ann", {"scope": "all"}),
        ("store-manager", {"scope": "all"}),
        ("north", {"scope": "all"}),
        ("ann", {"scope": "store", "store_id": "S2"}),
        ("south", {"scope": "store", "store_id": "S1"}),
        ("marketing", {}),
        ("analyst", {}),
        ("operator", {}),
    ]
    for who, change in forbidden:
        refusal(await teach(api, sign(who), correction_id="no", **change), 403)
    assert pointers(await teach(api, sign("chief"), correction_id="no", scope="store")) == ["/store_id"]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"correction_id": ""}, "/correction_id"),
    ({"phrase": ""}, "/phrase"),
    ({"phrase": "x" * 81}, "/phrase"),
    ({"phrase": "the"}, ""),
    ({"phrase": "🎿"}, ""),
    ({"phrase": "it"}, ""),
    ({"phrase": "a b c d e f g h i j"}, ""),
    ({"verdict": "maybe"}, "/verdict"),
    ({"product_ids": []}, ""),
    ({"product_ids": ["P1", "P9"]}, "/product_ids/1"),
    ({"product_ids": [7]}, "/product_ids/0"),
    ({"verdict": "category"}, ""),
    ({"scope": "region"}, "/scope"),
    ({"note": CITED | {"start": 0}}, "/note/start"),
    ({"note": CITED | {"revision": 9}}, "/note/start"),
    ({"note": CITED | {"revision": 2**70}}, "/note/revision"),
    ({"note": CITED | {"pointer": "/nothing/0"}}, "/note/start"),
    ({"note": {"customer_id": FAMA}}, "/note/note_id"),
]


async def test_a_correction_that_cannot_be_taken_says_where(api: httpx.AsyncClient, sign: Sign) -> None:
    await api.put(f"/v1/customers/{FAMA}", json={"firstname": "Fama"}, headers=sign("ann"))
    await api.post(f"/v1/customers/{FAMA}/notes", json=NOTE, headers=sign("ann"))
    for change, pointer in BAD:
        assert pointer in pointers(await teach(api, sign("ann"), **change)), change
    assert await shown(api, sign("chief"), undone=True) == []


async def test_a_citation_is_of_a_customer_within_scope(api: httpx.AsyncClient, sign: Sign) -> None:
    await api.put(f"/v1/customers/{FAMA}", json={"firstname": "Fama"}, headers=sign("ann"))
    await api.post(f"/v1/customers/{FAMA}/notes", json=NOTE, headers=sign("ann"))
    refusal(await teach(api, sign("far"), phrase="dutchie", note=CITED), 404)
    assert (await teach(api, sign("ann"), phrase="dutchie", note=CITED)).status_code == 202
    whole = CITED | {"start": 6}
    assert (await teach(api, sign("chief"), correction_id="k2", scope="all", note=whole)).status_code == 202
    of_ann = (await api.get(CORRECTIONS, headers=sign("ann"))).json()["items"]
    assert [one["note"] for one in of_ann] == [None, CITED]
    of_far = (await api.get(CORRECTIONS, headers=sign("far"))).json()["items"]
    assert [(one["correction_id"], one["note"]) for one in of_far] == [("k2", None)]


@pytest.fixture
async def several(api: httpx.AsyncClient, sign: Sign) -> None:
    """One correction of each scope, by several people."""
    for correction_id, who, scope in (
        ("ann-own", "ann", "associate"),
        ("bob-own", "bob", "associate"),
        ("s1", "bob", "store"),
        ("far-own", "far", "associate"),
        ("s2", "far", "store"),
        ("all", "chief", "all"),
    ):
        assert (await teach(api, sign(who), correction_id=correction_id, scope=scope)).status_code == 202


@pytest.mark.usefixtures("several")
async def test_who_sees_what(api: httpx.AsyncClient, sign: Sign) -> None:
    seen = {
        "ann": ["all", "s1", "ann-own"],
        "bob": ["all", "s1", "bob-own"],
        "far": ["all", "s2", "far-own"],
        "store-manager": ["all", "s1", "bob-own", "ann-own"],
        "north": ["all", "s1", "bob-own", "ann-own"],
        "south": ["all", "s2", "far-own"],
    }
    for who in ("chief", "marketing", "analyst", "operator"):
        seen[who] = ["all", "s2", "far-own", "s1", "bob-own", "ann-own"]
    assert {who: await shown(api, sign(who)) for who in seen} == seen
    assert await shown(api, sign("chief"), scope="store") == ["s2", "s1"]


@pytest.mark.usefixtures("several")
async def test_the_list_is_paged(api: httpx.AsyncClient, sign: Sign) -> None:
    found: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await api.get(CORRECTIONS, params=query, headers=sign("chief"))).json()
        found += [one["correction_id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert found == ["all", "s2", "far-own", "s1", "bob-own", "ann-own"]
    assert pointers(await api.get(CORRECTIONS, params={"cursor": "WyJ4Il0"}, headers=sign("chief"))) == ["/cursor"]


@pytest.mark.usefixtures("several")
async def test_who_undoes_what_and_undoing_twice_is_once(api: httpx.AsyncClient, sign: Sign) -> None:
    async def undo(who: str, correction_id: str) -> httpx.Response:
        return await api.delete(f"{CORRECTIONS}/{correction_id}", headers=sign(who))

    refusal(await undo("ann", "bob-own"), 404)
    refusal(await undo("far", "s1"), 404)
    refusal(await undo("ann", "s1"), 403)
    refusal(await undo("store-manager", "all"), 403)
    refusal(await undo("marketing", "all"), 403)
    refusal(await undo("ann", "nothing"), 404)
    first, again = await undo("bob", "s1"), await undo("bob", "s1")
    assert (first.status_code, first.json()["version"]) == (202, 7)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert (await undo("store-manager", "ann-own")).json()["version"] == 8
    assert await shown(api, sign("ann")) == ["all"]
    items = (await api.get(CORRECTIONS, params={"undone": True}, headers=sign("ann"))).json()["items"]
    said = {one["correction_id"]: (one["undone_by"], one["may_undo"]) for one in items}
    assert said == {"all": (None, False), "s1": ("A2", False), "ann-own": ("store-manager", False)}


@pytest.mark.usefixtures("several")
async def test_what_was_taught_is_exported_within_scope(api: httpx.AsyncClient, sign: Sign, engine: Engine) -> None:
    await api.delete(f"{CORRECTIONS}/s1", headers=sign("bob"))
    assert await load_corrections(engine, CorrectionMemory()) == 7

    async def exported(who: str) -> list[str]:
        answer = await api.get("/v1/datasets/corrections.parquet", headers=sign(who))
        assert answer.status_code == 200, answer.text
        return sorted(pd.read_parquet(io.BytesIO(answer.content)).correction_id)

    assert await exported("chief") == ["all", "ann-own", "bob-own", "far-own", "s1", "s2"]
    assert await exported("store-manager") == ["all", "ann-own", "bob-own", "s1"]
    assert await exported("ann") == ["all", "ann-own", "s1"]
    assert await exported("far") == ["all", "far-own", "s2"]
    csv = (await api.get("/v1/datasets/corrections.csv", headers=sign("chief"))).text
    (undone,) = [line for line in csv.splitlines() if line.startswith("s1,")]
    assert "the dutchie" in undone
    assert ",A2" in undone


async def test_the_next_note_says_what_it_was_read_by(api: httpx.AsyncClient, sign: Sign, engine: Engine) -> None:
    await api.put(f"/v1/customers/{FAMA}", json={"firstname": "Fama"}, headers=sign("ann"))
    await teach(api, sign("ann"))
    await api.post(f"/v1/customers/{FAMA}/notes", json=NOTE | {"text": "wants the dutchie"}, headers=sign("ann"))
    with engine.begin() as connection:
        reader = NoteReader.from_catalog(read_catalog(connection))
    await ingest(engine, reader, [CustomerId(FAMA)], clock=utc_now)
    overview = (await api.get(f"/v1/customers/{FAMA}/overview", headers=sign("ann"))).json()
    (mention,) = overview["notes"][0]["mentions"]
    assert (mention["text"], mention["product_name"]) == ("dutchie", "Dutch Oven 5 qt")
    assert (mention["correction_id"], mention["extractor_version"]) == ("k1", f"{reader.version}+c1")


async def test_products_are_found_by_their_words(api: httpx.AsyncClient, sign: Sign) -> None:
    async def found(q: str, who: str = "ann", **more: Any) -> list[str]:
        answer = await api.get("/v1/products", params={"q": q} | more, headers=sign(who))
        assert answer.status_code == 200, answer.text
        return [one["product_id"] for one in answer.json()["items"]]

    assert await found("dutch oven") == ["P1", "P2", "P4"]
    assert await found("oven") == ["P1", "P2", "P4"]
    assert await found("enamel") == ["P4"]
    assert await found("lodge OVEN") == ["P2"]
    assert await found("100%") == ["P3"]
    assert await found("%") == ["P3"]
    assert await found("_") == []
    assert await found("") == ["P3", "P1", "P2", "P4"]
    refusal(await api.get("/v1/products", headers=sign("operator")), 403)
    first = (await api.get("/v1/products", params={"q": "oven", "limit": 2}, headers=sign("ann"))).json()
    assert first["items"][0] == {
        "product_id": "P1",
        "name": "Dutch Oven 5 qt",
        "brand": None,
        "category": None,
        "subcategory": "Dutch Ovens",
        "color": "Red",
        "size": None,
        "price": "89.00",
        "currency": "USD",
    }
    assert await found("oven", cursor=first["next_cursor"]) == ["P4"]
    assert pointers(await api.get("/v1/products", params={"cursor": "WyJ4Il0"}, headers=sign("ann"))) == ["/cursor"]
