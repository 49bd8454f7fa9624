"""What was asked for and not sold, over HTTP: figures, words, scopes, masks, files."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, Table, insert

from backend.warehouse import tables as t
from etl.marts.unmet_demand import refresh_unmet_demand
from tests.api.people import Sign, pointers
from tests.shop import open_shop

NOW = datetime.now(UTC)
ADDRESS = "/v1/analytics/unmet-demand"
FROM = {"revision": 4, "source_kind": "note", "pointer": "/text", "extractor_version": "t"}
LONG = "Came in with her sister, " + "talked about the mountains and the snow, " * 12
# customer, its store's region, note, days ago, text, what is asked for in it, and how it was read
ASKS: list[tuple[str, str, int, str, str, dict[str, Any]]] = [
    ("c1", "a", 1, "wants the ski mask in plum, size 47", "ski mask", {"product_id": "P3", "color": "plum", "size": "47"}),
    ("c1", "b", 9, "again: ski mask in plum?", "ski mask", {"product_id": "P3", "color": "plum"}),
    ("c2", "a", 2, "asked for ski mask, none left", "ski mask", {"product_id": "P3", "shortage": "out_of_stock"}),
    ("c3", "a", 3, "do we sell splitboards? we dont", "splitboards", {"wanted": "splitboard"}),
    ("c4", "a", 4, "looking for gloves", "gloves", {"category": "Gloves"}),
    ("c5", "a", 5, LONG + "and wants a splitboard", "splitboard", {"wanted": "splitboard"}),
    ("c2", "b", 200, "wants powerbars", "powerbars", {"product_id": "P2"}),
    ("c2", "c", 2, "bought ski mask", "ski mask", {"product_id": "P3", "intent": "bought"}),
]  # fmt: skip


@pytest.fixture
def asked(engine: Engine) -> None:
    """The shop with these notes as if they had been read; c5 belongs to no store."""
    open_shop(engine, NOW)
    with engine.begin() as connection:

        def put(table: Table, **row: Any) -> None:
            connection.execute(insert(table).values(row))

        for customer_id, note_id, days, text, words, read in ASKS:
            at = NOW - timedelta(days=days)
            key = {"customer_id": customer_id, "note_id": note_id, **FROM}
            put(t.notes, **key, text=text, written_at=at, extra={})
            start = text.rindex(words)
            found = {**key, "position": 0, "start": start, "end": start + len(words), "text": words}
            if "wanted" in read:
                put(t.unsold_asks, **found, head=read["wanted"], **read)
            else:
                ids = [read["product_id"]] if "product_id" in read else []
                put(t.mentions, **{**found, "intent": "wants", "confidence": 0.9, "product_ids": ids, **read})
        refresh_unmet_demand(connection, None)


Ask = Callable[..., Any]


@pytest.fixture
def ask(api: httpx.AsyncClient, sign: Sign, asked: None) -> Ask:
    async def answer(who: str, **parameters: Any) -> Any:
        found = await api.get(ADDRESS, params=parameters, headers=sign(who))
        assert found.status_code == 200, found.text
        return found.json()

    return answer


async def test_most_customers_first_with_weeks_attributes_and_words(ask: Ask) -> None:
    answer = await ask("chief")
    things = {thing["thing"]: thing for thing in answer["items"]}
    assert list(things) == ["product:P3", "wanted:splitboard", "kind:Gloves"]
    boots = things["product:P3"]
    assert (boots["product_name"], boots["asks"], boots["customers"], boots["notes"]) == ("=Ski Mask W", 3, 2, 3)
    assert boots["colors"] == [{"value": "plum", "asks": 2}]
    assert boots["sizes"] == [{"value": "47", "asks": 1}]
    assert boots["reasons"] == [{"value": "not_bought", "asks": 2}, {"value": "out_of_stock", "asks": 1}]
    mondays = [date.fromisoformat(week) for week in answer["weeks"]]
    asked_on = [(NOW - timedelta(days=days)).date() for days in (1, 2, 9)]
    assert boots["weeks"] == [sum(monday <= day < monday + timedelta(days=7) for day in asked_on) for monday in mondays]
    assert all(monday.weekday() == 0 for monday in mondays)
    assert [example["customer_id"] for example in boots["examples"]] == [
        "c1",
        "c2",
        "c1",
    ]  # others before the same again
    first = boots["examples"][0]
    assert (first["customer_name"], first["note_id"], first["revision"], first["pointer"]) == (
        "Fama Stres",
        "a",
        4,
        "/text",
    )
    assert things["wanted:splitboard"]["product_id"] is None


async def test_every_quote_has_the_words_at_its_offsets(ask: Ask) -> None:
    said = {"product:P3": {"ski mask"}, "wanted:splitboard": {"splitboards", "splitboard"}, "kind:Gloves": {"gloves"}}
    for thing in (await ask("chief", examples=5))["items"]:
        for example in thing["examples"]:
            quote = example["quote"]
            assert quote["text"][quote["start"] : quote["end"]] in said[thing["thing"]]
            assert len(quote["text"]) < 240
    long = next(
        e["quote"]["text"] for t_ in (await ask("chief"))["items"] for e in t_["examples"] if e["customer_id"] == "c5"
    )
    assert long.startswith("…")
    assert long.endswith("wants a splitboard")


@pytest.mark.parametrize(
    ("who", "things"),
    [
        ("ann", ["product:P3"]),
        ("north", ["product:P3"]),
        ("far", ["kind:Gloves", "wanted:splitboard"]),
        ("south", ["kind:Gloves", "wanted:splitboard"]),
        ("marketing", ["product:P3", "wanted:splitboard", "kind:Gloves"]),
    ],
)
async def test_everybody_sees_their_own_stores(ask: Ask, who: str, things: list[str]) -> None:
    answer = await ask(who)
    assert [thing["thing"] for thing in answer["items"]] == things
    customers = {e["customer_id"] for thing in answer["items"] for e in thing["examples"]}
    assert customers <= {"ann": {"c1", "c2"}, "north": {"c1", "c2"}, "far": {"c3", "c4"}, "south": {"c3", "c4"}}.get(
        who, {"c1", "c2", "c3", "c4", "c5"}
    )


async def test_a_note_about_another_stores_customer_is_counted_and_not_quoted(engine: Engine, ask: Ask) -> None:
    with engine.begin() as connection:
        connection.execute(t.notes.update().where(t.notes.c.customer_id == "c4").values(store_id="S1"))
        refresh_unmet_demand(connection, None)
    gloves = next(thing for thing in (await ask("ann"))["items"] if thing["thing"] == "kind:Gloves")
    assert (gloves["asks"], gloves["examples"]) == (1, [])
    assert all(thing["thing"] != "kind:Gloves" for thing in (await ask("far"))["items"])


async def test_an_analyst_reads_the_words_and_not_who_said_them(ask: Ask) -> None:
    for thing in (await ask("analyst"))["items"]:
        assert thing["examples"]
        for example in thing["examples"]:
            assert {
                example[name] for name in ("customer_id", "customer_name", "note_id", "revision", "pointer", "start")
            } == {None}
            assert example["quote"]["text"] in {"ski mask", "splitboard", "splitboards", "gloves"}


async def test_an_operator_sees_nothing(api: httpx.AsyncClient, sign: Sign, asked: None) -> None:
    assert (await api.get(ADDRESS, headers=sign("operator"))).status_code == 403


async def test_choices_narrow_figures_and_quotes_alike(ask: Ask) -> None:
    (boots,) = (await ask("chief", color="plum"))["items"]
    assert (boots["asks"], boots["customers"], len(boots["examples"])) == (2, 1, 2)
    (out,) = (await ask("chief", reason="out_of_stock"))["items"]
    assert [example["customer_id"] for example in out["examples"]] == ["c2"]
    assert [thing["thing"] for thing in (await ask("chief", region="South"))["items"]] == [
        "kind:Gloves",
        "wanted:splitboard",
    ]
    assert [thing["thing"] for thing in (await ask("chief", reason="not_carried"))["items"]] == ["wanted:splitboard"]
    early = (NOW - timedelta(days=201)).date().isoformat()
    until = (NOW - timedelta(days=199)).date().isoformat()
    assert [thing["thing"] for thing in (await ask("chief", since=early, until=until))["items"]] == ["product:P2"]


async def test_page_by_page_is_the_whole_list(ask: Ask) -> None:
    found, cursor = [], None
    while True:
        page = await ask("chief", limit=1, examples=0, **({"cursor": cursor} if cursor else {}))
        found += [thing["thing"] for thing in page["items"]]
        assert all(thing["examples"] == [] for thing in page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == [thing["thing"] for thing in (await ask("chief"))["items"]]


@pytest.mark.parametrize(
    ("parameters", "pointer"),
    [
        ({"since": "yesterday"}, "/query/since"),
        ({"since": "1800-01-01"}, "/query/since"),
        ({"since": "2000-01-01"}, "/query/since"),
        ({"limit": 0}, "/query/limit"),
        ({"reason": "moon"}, "/query/reason"),
        ({"colour": "plum"}, "/query/colour"),
        ({"since": "2026-11-02", "until": "2026-11-01"}, "/query"),
        ({"region": "a\0b"}, "/query/filters/0/values/0"),
        ({"cursor": "x"}, "/cursor"),
    ],
)
async def test_what_cannot_be_asked_is_named(
    api: httpx.AsyncClient, sign: Sign, asked: None, parameters: dict[str, Any], pointer: str
) -> None:
    answer = await api.get(ADDRESS, params=parameters, headers=sign("chief"))
    assert pointer in pointers(answer)


async def test_the_model_answers_by_region_and_week(api: httpx.AsyncClient, sign: Sign, asked: None) -> None:
    query = {
        "measures": ["unmet_demand.asks", "unmet_demand.customers", "unmet_demand.notes", "unmet_demand.pieces"],
        "dimensions": ["channels.region", "products.product_name", "unmet_demand.wanted"],
        "timeDimensions": [{"dimension": "unmet_demand.asked_on", "dateRange": "last 70 days"}],
        "segments": ["unmet_demand.open"],
    }
    answer = await api.post("/v1/analytics/load", json={"query": query}, headers=sign("chief"))
    rows = {
        (row["channels.region"], row["products.product_name"], row["unmet_demand.wanted"]): row["unmet_demand.asks"]
        for row in answer.json()["data"]
    }
    assert rows == {
        ("North", "=Ski Mask W", None): 3,
        ("South", None, "splitboard"): 1,
        ("South", None, None): 1,
        (None, None, "splitboard"): 1,
    }


async def test_the_file_has_every_ask_of_ones_own_stores(api: httpx.AsyncClient, sign: Sign, asked: None) -> None:
    async def rows(who: str) -> list[dict[str, str]]:
        answer = await api.get("/v1/datasets/unmet_demand.csv", headers=sign(who))
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))

    assert len(await rows("chief")) == 7
    south = await rows("south")
    assert {(row["region"], row["wanted"], row["subcategory"]) for row in south} == {
        ("South", "splitboard", ""),
        ("South", "", "Gloves"),
    }
    assert all(date.fromisoformat(row["week_on"]).weekday() == 0 for row in south)
