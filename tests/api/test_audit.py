"""Who did what is written down, and whoever edits it is found out."""

import asyncio
from typing import Any

import httpx
import pytest
from pymongo import AsyncMongoClient
from sqlalchemy import Engine

from backend.actions.sign_in import open_account
from backend.documents.audit import check_log, note_act, read_acts
from backend.domain.access import Caller, Role
from backend.domain.clock import utc_now
from backend.settings import Settings
from tests.api.people import FAMA, JSON, Sign, refusal

Mongo = AsyncMongoClient[dict[str, Any]]


async def test_sign_ins_exports_and_erasures_are_written_down_without_any_customers_name(
    api: httpx.AsyncClient, engine: Engine, sign: Sign
) -> None:
    del engine  # the tables are there
    await open_account("dana", "a long password", Caller("dana", Role.MANAGER))
    for password in ("wrong", "a long password"):
        await api.post("/v1/auth/token", json={"username": "dana", "password": password})
    chief = sign("chief")
    await api.put(f"/v1/customers/{FAMA}", headers=sign("ann") | JSON, content=b'{"firstname": "Fama"}')
    await api.get("/v1/datasets/notes.csv", headers=chief, params={"filter": f'{{"customer_id": "{FAMA}"}}'})
    await api.post("/v1/exports", headers=chief, json={"dataset": "orders", "format": "csv"})
    receipt = (await api.delete(f"/v1/customers/{FAMA}", headers=chief)).json()
    told = (await api.get("/v1/ops/audit", headers=sign("operator"))).json()["items"]
    assert [(one["subject"], one["act"]) for one in reversed(told)] == [
        ("dana", "sign_in_refused"),
        ("dana", "signed_in"),
        ("chief", "dataset_read"),
        ("chief", "export_asked_for"),
        ("chief", "erasure_asked_for"),
    ]
    assert told[0]["details"] == {"receipt_id": receipt["receipt_id"]}
    assert FAMA not in str(told)
    assert (await api.get("/v1/ops/audit/check", headers=sign("operator"))).json() == {
        "intact": True,
        "broken": None,
        "newest_digest": told[0]["digest"],
    }
    refusal(await api.get("/v1/ops/audit", headers=chief), 403)


@pytest.mark.parametrize("edit", ["change", "remove", "rechain"])
async def test_an_edit_is_found_at_its_place(documents: Mongo, settings: Settings, edit: str) -> None:
    for n in range(4):
        await note_act("dana", "dataset_read", utc_now(), dataset=f"d{n}")
    assert await check_log() is None
    log = documents[settings.mongo_database]["audit"]
    match edit:
        case "change":
            await log.update_one({"_id": 2}, {"$set": {"details.dataset": "other"}})
        case "remove":
            await log.delete_one({"_id": 2})
        case _:
            await log.update_one({"_id": 2}, {"$set": {"before": "0" * 64}})
    broken = await check_log()
    assert broken is not None
    assert broken.entry_id == 2


@pytest.mark.usefixtures("documents")
async def test_acts_at_once_make_one_chain() -> None:
    await asyncio.gather(*(note_act(f"p{n}", "signed_in", utc_now()) for n in range(20)))
    assert await check_log() is None
    assert len(await read_acts(before=None, limit=50)) == 20
    assert [entry.id for entry in await read_acts(before=3, limit=50)] == [2, 1]
