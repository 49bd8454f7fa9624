"""A person is erased on request: from every store, for good, with a receipt; everybody else stays as they were."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from pymongo import AsyncMongoClient
from sqlalchemy import Engine, insert, select, text

from backend.actions.erase_customer import Reach, settle_erasures
from backend.analytics.export_runs import due_exports, run_export
from backend.documents import inbox
from backend.documents.corrections import log_correction
from backend.documents.dead_letters import bury
from backend.documents.erasing import IMPERSONAL as IMPERSONAL_COLLECTIONS
from backend.documents.erasing import left_in_documents
from backend.documents.journal import append_many
from backend.documents.models import DOCUMENT_MODELS
from backend.documents.suggestions import event_of, merge_suggestions, read_suggestions
from backend.domain.clock import utc_now
from backend.domain.ids import CustomerId, NoteId, ProductId, SuggestionId
from backend.domain.suggestions import NoteSpan, SuggestedProduct, Suggestion, SuggestionKind
from backend.settings import Settings
from backend.warehouse import erasing
from backend.warehouse import tables as t
from backend.warehouse.engine import open_async_engine
from backend.warehouse.rollups import ROLLUPS
from etl.load.catalog import read_catalog
from etl.mentions import NoteReader
from etl.pipeline import ingest, load_suggestions
from etl.quality import INVARIANTS
from etl.rebuild import rebuild
from tests.api.people import JSON, Sign, refusal
from tests.documents.drafts import DraftFor
from tests.warehouse.test_corrections import correction

GONE, STAYS = "c-gone", "c-stays"
WORD = "Quibblewick"
"""Is in everything that is written about the person, and in nothing else."""
Mongo = AsyncMongoClient[dict[str, Any]]


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return replace(settings, exports_dir=tmp_path / "exports")


async def live_in(api: httpx.AsyncClient, engine: Engine, settings: Settings, sign: Sign, *people: str) -> None:
    """Let each of these people leave traces everywhere."""
    for customer_id in people:
        word = WORD if customer_id == GONE else "Plainfield"
        await write(api, sign, customer_id, word)
        await suggest(engine, customer_id, word)
    with engine.begin() as connection:
        reader = NoteReader.from_catalog(read_catalog(connection))
    await ingest(engine, reader, [CustomerId(one) for one in people], clock=utc_now)


async def write(api: httpx.AsyncClient, sign: Sign, customer_id: str, word: str) -> None:
    ann, path = sign("ann"), f"/v1/customers/{customer_id}"
    document = {
        "firstname": word,
        "email": f"{word}@example.org",
        "products": [f"{word} Lamp", "Glow Stick"],
        "odd": {word: 1},
    }
    note = {"note_id": "n1", "text": f"{word} asked for a zither in red", "written_at": "2026-11-22T10:30:00Z"}
    lines: list[dict[str, object]] = [
        {"product_id": "P1", "quantity": 2, "unit_price": "10.00"},
        {"name": f"{word} Chair", "quantity": 1, "unit_price": "5"},
    ]
    order: dict[str, object] = {
        "order_id": f"o-{word}",
        "status": "closed",
        "filed_on": "2026-11-20",
        "ordered_at": "2026-11-20T10:00:00Z",
    }
    order |= {"comments": f"{word} wants it wrapped", "lines": lines, "transaction_id": f"t-{word}"}
    keyed = ann | {"Idempotency-Key": f"key-{customer_id}"}
    assert (await api.put(path, headers=keyed, json=document)).status_code == 202
    assert (await api.post(f"{path}/notes", headers=ann, json=note)).status_code == 202
    assert (await api.post(f"{path}/orders", headers=ann, json=order)).status_code == 202


async def suggest(engine: Engine, customer_id: str, word: str) -> None:
    now = utc_now()
    because = NoteSpan(NoteId("n1"), 2, "/text", 0, len(word), word)
    made = Suggestion(
        id=SuggestionId(f"s-{customer_id}"),
        kind=SuggestionKind.FOLLOW_UP,
        customer_id=CustomerId(customer_id),
        associate_id=None,
        store_id=None,
        title=f"Call {word}",
        body="Today",
        products=(SuggestedProduct(ProductId("P1"), "Lamp", 100, "USD"),),
        due_on=None,
        expires_at=now + timedelta(days=3),
        score=0.5,
        because=(because,),
        model_version="1",
    )
    stored = await merge_suggestions([made], region_of={}, traces={}, now=now)
    await inbox.append_events([event for one in stored if (event := event_of(one, now)) is not None], now)
    load_suggestions(engine, await read_suggestions([made.id]))


async def leave_further_traces(engine: Engine) -> None:
    """What operators and background work have written about the person."""
    await bury(
        queue="ingest", task="ingest.customers", arguments={"ids": [GONE]}, error=f"{WORD}!", traceback=WORD, attempts=5, now=utc_now(),
        customer_id=CustomerId(GONE),
    )  # fmt: skip
    cited = correction(phrase=f"{WORD} zither")
    assert cited.cited is not None
    await log_correction(replace(cited, cited=replace(cited.cited, customer_id=CustomerId(GONE))))
    now = utc_now()
    with engine.begin() as connection:
        connection.execute(
            insert(t.quality_results).values(
                check_name="x", checked_at=now, passed=False, n_checked=1, n_failed=1, detail=f"{GONE}/n1: {WORD}", duration_ms=1
            )
        )  # fmt: skip
        connection.execute(
            insert(t.runs).values(run_id="r", job="j", state="failed", started_at=now, error=f"({GONE}) {WORD}")
        )


async def stored_text(documents: Mongo, settings: Settings, engine: Engine) -> str:
    """Answer all that is in all collections and all tables, as one text."""
    database = documents[settings.mongo_database]
    held = [repr([e async for e in database[name].find({})]) for name in await database.list_collection_names()]
    with engine.connect() as connection:
        names = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        held += [str(connection.execute(text(f'SELECT t::text FROM "{name}" AS t')).all()) for name in names]
    return "\n".join(held)


async def erase(api: httpx.AsyncClient, sign: Sign, person: str = "store-manager") -> dict[str, Any]:
    answer = await api.delete(f"/v1/customers/{GONE}", headers=sign(person))
    assert answer.status_code == 200, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


async def test_nothing_is_left_anywhere_and_everybody_else_stays(
    api: httpx.AsyncClient, engine: Engine, settings: Settings, sign: Sign, documents: Mongo
) -> None:
    await live_in(api, engine, settings, sign, GONE, STAYS)
    await leave_further_traces(engine)
    export = {"dataset": "customers", "format": "csv"}
    job = (await api.post("/v1/exports", headers=sign("chief"), json=export)).json()["id"]
    run_export(engine, settings, job, utc_now)
    assert settings.exports_dir is not None
    (file,) = settings.exports_dir.glob("*.csv")
    assert WORD in file.read_text()
    assert WORD in await stored_text(documents, settings, engine)

    receipt = await erase(api, sign)

    assert receipt["verified"]
    assert receipt["n_left"] == 0
    assert receipt["customer_id"] == GONE
    removed = {(one["store"], one["kind"]): one["n_removed"] for one in receipt["stores"]}
    assert removed["documents", "revisions"] == 3
    for kind in ("customers", "notes", "orders", "order_lines", "suggestions", "sales_hourly", "products"):
        assert removed["warehouse", kind], kind
    for kind in ("inbox", "suggestions", "dead_letters", "corrections"):
        assert removed["documents", kind] == 1, kind
    assert not file.exists()
    held = (await stored_text(documents, settings, engine)).replace(f"'customer_id': '{GONE}'", "", 1)
    assert WORD.lower() not in held.lower()
    assert GONE not in held, "but for the erasure itself, until it is settled"
    assert "Plainfield zither" not in held  # the others' words are theirs
    assert "Plainfield asked for a zither" in held
    assert due_exports(engine, utc_now) == [job]
    assert run_export(engine, settings, job, utc_now) == "done"
    assert WORD not in file.read_text()
    assert "Plainfield" in file.read_text()


async def test_the_tables_are_what_a_rebuild_tells_without_the_person(
    api: httpx.AsyncClient, engine: Engine, settings: Settings, sign: Sign
) -> None:
    await live_in(api, engine, settings, sign, GONE, STAYS)
    await erase(api, sign)
    with engine.begin() as connection:
        assert [violation for one in INVARIANTS for violation in one.check(connection)] == []
    report = await rebuild(settings, clock=utc_now, swap=False, processes=1)
    assert report.differences == []
    assert report.n_rows["customers"] == 1


async def test_readers_find_nobody_and_writers_are_refused_for_good(
    api: httpx.AsyncClient, engine: Engine, settings: Settings, sign: Sign
) -> None:
    await live_in(api, engine, settings, sign, GONE, STAYS)
    receipt = await erase(api, sign)
    chief, path = sign("chief"), f"/v1/customers/{GONE}"
    for door in ("", "/raw", "/overview"):
        refusal(await api.get(path + door, headers=chief), 404)
    assert [one["customer_id"] for one in (await api.get("/v1/customers", headers=chief)).json()["items"]] == [STAYS]
    assert WORD not in (await api.get("/v1/datasets/notes.jsonl", headers=chief)).text
    note = {"note_id": "n1", "text": "late", "written_at": "2026-11-22T10:30:00Z"}
    order = {"order_id": "o", "status": "open", "filed_on": "2026-11-20"}
    for person in ("ann", "far"):
        refused = [
            await api.put(path, headers=sign(person) | JSON, content=b"{}"),
            await api.patch(path, headers=sign(person), json={}),
            await api.post(f"{path}/notes", headers=sign(person), json=note),
            await api.post(f"{path}/orders", headers=sign(person), json=order),
        ]
        for answer in refused:
            assert refusal(answer, 410)["type"].endswith("customer_erased")
    imported = await append_many([DraftFor(CustomerId(one)).note("n9", "History") for one in (GONE, STAYS)])
    assert (imported.appended, [one.index for one in imported.refused]) == (1, [0])
    assert await erase(api, sign) == receipt
    read = await api.get(f"/v1/erasures/{receipt['receipt_id']}", headers=chief)
    assert read.json() == receipt | {"customer_id": None}
    listed = (await api.get("/v1/erasures", headers=sign("store-manager"))).json()
    assert [one["receipt_id"] for one in listed["items"]] == [receipt["receipt_id"]]


async def test_only_who_answers_for_the_person_may_erase_them(
    api: httpx.AsyncClient, engine: Engine, settings: Settings, sign: Sign
) -> None:
    await live_in(api, engine, settings, sign, GONE)
    path = f"/v1/customers/{GONE}"
    for person in ("ann", "marketing", "analyst"):
        refusal(await api.delete(path, headers=sign(person)), 403)
    refusal(await api.delete(path, headers=sign("south")), 404)
    refusal(await api.delete("/v1/customers/nobody", headers=sign("chief")), 404)
    assert (await api.get(path, headers=sign("chief"))).status_code == 200
    receipt = await erase(api, sign, "operator")
    refusal(await api.get(f"/v1/erasures/{receipt['receipt_id']}", headers=sign("south")), 404)
    assert (await api.get("/v1/erasures", headers=sign("south"))).json()["items"] == []


async def test_what_was_under_way_is_removed_too_and_then_the_id_itself_is_forgotten(
    api: httpx.AsyncClient, engine: Engine, settings: Settings, sign: Sign, documents: Mongo
) -> None:
    await live_in(api, engine, settings, sign, GONE)
    receipt = await erase(api, sign)
    await suggest(engine, GONE, WORD)  # by a worker that had read the facts before
    assert sum((await left_in_documents(CustomerId(GONE))).values()) == 2
    warehouse = open_async_engine(settings.warehouse_url, pool_size=1)
    assert await settle_erasures(Reach(settings, warehouse, utc_now)) == 0
    assert WORD not in await stored_text(documents, settings, engine)
    later = datetime.now(UTC) + timedelta(minutes=6)
    assert await settle_erasures(Reach(settings, warehouse, lambda: later)) == 1
    await warehouse.dispose()
    assert GONE not in await stored_text(documents, settings, engine)
    assert (await erase(api, sign))["receipt_id"] == receipt["receipt_id"]


async def test_a_loader_at_work_is_waited_for_and_the_next_one_finds_nothing(
    api: httpx.AsyncClient, engine: Engine, settings: Settings, sign: Sign
) -> None:
    await live_in(api, engine, settings, sign, GONE)
    with engine.begin() as loader:
        loader.execute(text("SELECT FROM ingested WHERE customer_id = :id FOR UPDATE"), {"id": GONE})
        erasing_now = asyncio.create_task(erase(api, sign))
        await asyncio.sleep(0.3)
        assert not erasing_now.done()
    assert (await erasing_now)["verified"]
    with engine.begin() as connection:
        reader = NoteReader.from_catalog(read_catalog(connection))
    await ingest(engine, reader, [CustomerId(GONE)], clock=utc_now)
    with engine.begin() as connection:
        assert connection.execute(select(t.ingested)).all() == []


async def test_phones_of_the_store_hear_that_they_must_read_anew(
    api: httpx.AsyncClient, engine: Engine, settings: Settings, sign: Sign
) -> None:
    await live_in(api, engine, settings, sign, GONE)
    await erase(api, sign)
    heard = await inbox.read_all_after(0, 10)
    assert [(line.event, line.store_id) for line in heard] == [("resync", "S1")] or heard[-1].event == "resync"
    assert GONE not in orjson.dumps([line.data for line in heard]).decode()


async def test_who_asks_is_told_everything_that_would_be_erased(
    api: httpx.AsyncClient, engine: Engine, settings: Settings, sign: Sign
) -> None:
    await live_in(api, engine, settings, sign, GONE, STAYS)
    path = f"/v1/customers/{GONE}/export"
    told = (await api.get(path, headers=sign("store-manager"))).json()
    assert [entry["kind"] for entry in told["journal"]] == ["document", "note", "order"]
    assert told["journal"][0]["payload"]["odd"] == {WORD: 1}
    assert [one["title"] for one in told["suggestions"]] == [f"Call {WORD}"]
    assert "Plainfield" not in str(told)
    receipt = await erase(api, sign)
    erased = {one["kind"]: one["n_removed"] for one in receipt["stores"] if one["store"] == "warehouse"}
    rollups = {*ROLLUPS, "products"}
    held = {name: len(rows) for name, rows in told["tables"].items()}
    assert held == {kind: n for kind, n in erased.items() if kind not in rollups}
    for person in ("ann", "analyst", "operator"):
        refusal(await api.get(path, headers=sign(person)), 403)
    refusal(await api.get(path, headers=sign("chief")), 404)


def test_every_table_is_known_to_hold_people_or_not() -> None:
    personal = {table.name for table in erasing.personal_tables()}
    assert personal | erasing.OTHERWISE | erasing.IMPERSONAL == set(t.metadata.tables)
    assert not personal & (erasing.OTHERWISE | erasing.IMPERSONAL)


@pytest.mark.usefixtures("documents")
async def test_every_collection_is_known_to_hold_people_or_not() -> None:
    searched = set(await left_in_documents(CustomerId(GONE)))
    assert searched | IMPERSONAL_COLLECTIONS == {model.get_settings().name for model in DOCUMENT_MODELS}
