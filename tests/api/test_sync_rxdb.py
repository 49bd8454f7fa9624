"""Replication, driven by the client that RxDB's users have: two phones, offline edits, a clash."""

import asyncio
import json
from pathlib import Path

import httpx
from fastapi import FastAPI

from tests.api.people import Sign
from tests.api.served import served
from tests.api.test_cube_client import node

SCRIPT = Path(__file__).with_name("rxdb") / "two.mjs"


async def test_two_clients_of_rxdb_converge_and_a_clash_keeps_both_sides(
    app: FastAPI, api: httpx.AsyncClient, sign: Sign
) -> None:
    tokens = [sign(who)["Authorization"].removeprefix("Bearer ") for who in ("ann", "bob")]
    async with served(app) as address:
        pipe = asyncio.subprocess.PIPE
        phones = await asyncio.create_subprocess_exec(node(), str(SCRIPT), address, *tokens, stdout=pipe, stderr=pipe)
        said, complained = await asyncio.wait_for(phones.communicate(), 60)
    assert phones.returncode == 0, complained.decode()
    assert not complained
    told = json.loads(said)
    assert told["merged"] == 2 * [{"document": {"city": "Albany", "size": 2}, "notes": ["n1", "n2"]}]
    assert told["settled"] == 2 * [{"document": {"city": "York", "size": 2}, "notes": ["n1", "n2"]}]
    assert told["verdicts"] == ["applied", "applied", "merged", "applied", "conflict"]
    (conflict,) = (await api.get("/v1/sync/conflicts", headers=sign("ann"))).json()["items"]
    assert (conflict["mine"]["document"]["city"], conflict["theirs"]["document"]["city"]) == ("Bath", "York")
