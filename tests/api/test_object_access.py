"""Whatever door is tried, whoever is responsible for another store reads nothing of a person and changes nothing.

The doors are those of the app, not a list: one that is added is tried too.
"""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import Engine

from backend.analytics.datasets import DATASETS
from backend.analytics.export_runs import run_export
from backend.analytics.semantic import MODEL
from backend.documents.references import put_references
from backend.domain.clock import utc_now
from backend.main import ROUTERS
from backend.settings import Settings
from backend.warehouse.tables import metadata
from etl.pipeline import load_references
from tests.api.people import Sign
from tests.api.test_erasure import GONE as THEIRS
from tests.api.test_erasure import WORD, erase, leave_further_traces, live_in

OUTSIDERS = ("far", "south")
ENDLESS = ("/v1/stream", "/v1/sync/stream")
"""Streams are tried with their audiences: tests/api/test_stream.py."""
ADDRESSED = ("customer_id", "suggestion_id", "job_id")
CHANNELS = [{"store_id": "S1", "region": "North"}, {"store_id": "S2", "region": "South"}]


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return replace(settings, exports_dir=tmp_path / "exports")


def doors(method: str) -> list[str]:
    """Answer the paths of all doors that take the method."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    return [r.path for r in routes if method in (r.methods or ()) and not r.path.endswith(ENDLESS)]


def has_words_of_theirs(text: str) -> bool:
    """Tell whether a text has anything of the person. What a document calls a product is a product to everybody."""
    for product in (f"{WORD} Lamp", f"{WORD} Chair"):
        text = text.replace(product, "")
    return WORD in text or THEIRS in text


def filled(path: str, named: dict[str, str]) -> str:
    for name, value in named.items():
        path = path.replace("{" + name + "}", value)
    return path


async def test_nobody_of_another_store_reads_a_word_through_any_door(
    api: httpx.AsyncClient, engine: Engine, settings: Settings, sign: Sign
) -> None:
    named = await someone_of_the_first_store(api, engine, settings, sign)
    read_by_their_manager = ""
    for path in doors("GET"):
        names = DATASETS if path == "/v1/datasets/{name}" else [""]
        for dataset in names:
            address = filled(path, named | {"name": f"{dataset}.jsonl"})
            read_by_their_manager += (await api.get(address, headers=sign("store-manager"))).text
            for person in OUTSIDERS:
                answer = await api.get(address, headers=sign(person))
                assert answer.status_code < 500, (person, address, answer.text)
                assert not has_words_of_theirs(answer.text.replace(address, "")), (person, address)
    assert WORD in read_by_their_manager


async def test_no_query_of_another_store_has_a_word_of_theirs(
    api: httpx.AsyncClient, engine: Engine, settings: Settings, sign: Sign
) -> None:
    await someone_of_the_first_store(api, engine, settings, sign)
    seen_by_their_manager = 0
    for cube in MODEL.cubes.values():
        for dimension in cube.dimensions:
            query = {"query": {"dimensions": [f"{cube.name}.{dimension.name}"], "limit": 500}}
            theirs = await api.post("/v1/analytics/load", json=query, headers=sign("store-manager"))
            seen_by_their_manager += WORD in theirs.text
            answer = await api.post("/v1/analytics/load", json=query, headers=sign("south"))
            assert answer.status_code < 500, (cube.name, dimension.name, answer.text)
            assert not has_words_of_theirs(answer.text), (cube.name, dimension.name)
    assert seen_by_their_manager > 0


async def test_no_select_of_another_store_reaches_beneath_the_datasets(
    api: httpx.AsyncClient, engine: Engine, settings: Settings, sign: Sign
) -> None:
    await someone_of_the_first_store(api, engine, settings, sign)
    seen_by_their_manager = 0
    for source in [*DATASETS, *(f"public.{table}" for table in metadata.tables), "pg_catalog.pg_stat_activity"]:
        asked = {"sql": f"SELECT * FROM {source}"}
        theirs = await api.post("/v1/analytics/query", json=asked, headers=sign("store-manager"))
        seen_by_their_manager += WORD in theirs.text
        answer = await api.post("/v1/analytics/query", json=asked, headers=sign("south"))
        assert answer.status_code < 500, (source, answer.text)
        assert not has_words_of_theirs(answer.text), source
    assert seen_by_their_manager > 0


async def test_nobody_of_another_store_changes_anything_through_any_door(
    api: httpx.AsyncClient, engine: Engine, settings: Settings, sign: Sign
) -> None:
    named = await someone_of_the_first_store(api, engine, settings, sign)
    before = (await api.get(f"/v1/customers/{THEIRS}/export", headers=sign("chief"))).json()
    bodies = [
        {},
        {"note_id": "n9", "text": "mine", "written_at": "2026-11-22T10:30:00Z"},
        {"order_id": "o9", "status": "open", "filed_on": "2026-11-20"},
        {"outcome": "done"},
    ]
    tried = [(method, path) for method in ("PUT", "PATCH", "POST", "DELETE") for path in doors(method)]
    tried = [(method, path) for method, path in tried if any(f"{{{name}}}" in path for name in ADDRESSED)]
    assert len(tried) >= len(("document", "patch", "note", "retraction", "order", "outcome", "export", "erasure"))
    for method, path in tried:
        for person in OUTSIDERS:
            for body in bodies:
                answer = await api.request(method, filled(path, named), json=body, headers=sign(person))
                assert 400 <= answer.status_code < 500, (person, method, path, answer.text)
    after = (await api.get(f"/v1/customers/{THEIRS}/export", headers=sign("chief"))).json()
    assert after | {"as_of": ""} == before | {"as_of": ""}
    assert (await erase(api, sign))["verified"]


async def someone_of_the_first_store(
    api: httpx.AsyncClient, engine: Engine, settings: Settings, sign: Sign
) -> dict[str, str]:
    """Let a person leave traces everywhere; answer what every parameter of a path is called by."""
    await put_references("channel", CHANNELS, utc_now())
    await load_references(engine)
    await live_in(api, engine, settings, sign, THEIRS)
    await leave_further_traces(engine)
    asked = {"dataset": "customers", "format": "csv"}
    job = (await api.post("/v1/exports", headers=sign("store-manager"), json=asked)).json()["id"]
    run_export(engine, settings, job, utc_now)
    return {
        "customer_id": THEIRS,
        "suggestion_id": f"s-{THEIRS}",
        "job_id": job,
        "note_id": "n1",
        "letter_id": "x",
        "receipt_id": "x",
        "correction_id": "x",
        "path": "x",
        "revision": "1",
    }
