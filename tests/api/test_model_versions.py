"""Whoever compares figures of two days can see whether they still mean the same."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
from sqlalchemy import Engine, insert

from backend.analytics.semantic import MODEL
from backend.warehouse import tables as t
from tests.api.people import Sign, refusal

PAST = datetime(2026, 1, 5, tzinfo=UTC)


async def test_the_versions_that_answered_are_kept_and_their_differences_told(
    api: httpx.AsyncClient, engine: Engine, sign: Sign
) -> None:
    with engine.begin() as connection:
        before = {"sales.revenue": "sum(net)", "sales.tips": "sum(tips)"}
        kept = {
            name: formula for name, formula in MODEL.definitions.items() if name not in {"sales.revenue", "sales.lines"}
        }
        connection.execute(
            insert(t.model_versions).values(version="old", first_used_at=PAST, definitions=kept | before)
        )
    analyst = sign("analyst")
    listed: list[dict[str, Any]] = []
    while len(listed) <= 1:
        await asyncio.sleep(0.05)  # the app opens the warehouse beside answering
        listed = (await api.get("/v1/analytics/meta/versions", headers=analyst)).json()["items"]
    assert [one["version"] for one in listed] == [MODEL.version, "old"]
    assert listed[0]["n_members"] == len(MODEL.definitions)

    told = (await api.get("/v1/analytics/meta/changes", params={"since": "old"}, headers=analyst)).json()
    assert told["until"] == MODEL.version
    changed = {one["member"]: (one["before"], one["after"]) for one in told["items"]}
    assert changed == {
        "sales.lines": (None, MODEL.definitions["sales.lines"]),
        "sales.revenue": ("sum(net)", MODEL.definitions["sales.revenue"]),
        "sales.tips": ("sum(tips)", None),
    }
    refusal(await api.get("/v1/analytics/meta/changes", params={"since": "never"}, headers=analyst), 404)
