"""What operators watch: how old the figures are, what the checks found, what the columns hold, what failed."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query

from backend.actions.look_at_operations import look_at_operations
from backend.actions.replay import replay_dead_letter
from backend.analytics.cursors import read_cursor, read_version, write_cursor
from backend.analytics.freshness import read_freshness
from backend.analytics.operations import (
    read_check_history,
    read_failing_rows,
    read_incidents,
    read_moment,
    read_monitors_seen,
    read_quality,
    read_runs,
)
from backend.analytics.profile import read_profile
from backend.analytics.unknown_fields import read_unknown_fields
from backend.api.auth import allow
from backend.api.openapi import refuses
from backend.api.parts import PartsDep
from backend.documents.audit import check_log, read_acts
from backend.documents.dead_letters import read_dead_letters
from backend.documents.models import DeadLetter
from backend.domain.access import Caller, Role
from backend.queues import read_queues
from backend.warehouse.checking import declared_checks
from backend.warehouse.monitoring import declared_monitors

router = APIRouter(prefix="/v1/ops", tags=["operations"])
Watcher = Annotated[Caller, Depends(allow(Role.OPERATOR, Role.ANALYST, Role.MANAGER))]
Modeller = Annotated[
    Caller, Depends(allow(Role.OPERATOR, Role.ANALYST))
]  # names that people of all stores have made up
Operator = Annotated[Caller, Depends(allow(Role.OPERATOR))]
Cursor = Annotated[str | None, Query(max_length=500)]
Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("/freshness")
async def get_freshness(parts: PartsDep, _caller: Watcher) -> dict[str, Any]:
    """Say how old the newest sale and the newest reading are, and what waits to be read."""
    async with parts.engine.connect() as connection:
        return await read_freshness(connection, parts.clock())


@router.get("/quality")
async def get_quality(parts: PartsDep, caller: Watcher) -> dict[str, Any]:
    """List each check with its newest result and how often it failed within the last day.

    Where one failed, who or what is concerned is told to operators and to managers of all stores.
    """
    async with parts.engine.connect() as connection:
        items = await read_quality(connection, parts.clock())
    return {"items": [_told(item, "detail", caller, item["passed"]) for item in items], "next_cursor": None}


@router.get("/quality/{check_name}", responses=refuses(404))
async def get_check(
    check_name: Annotated[str, Path(max_length=120)],
    parts: PartsDep,
    caller: Watcher,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Show one check: what it asks, its results newest first, and, to whom may see all stores, the rows that failed."""
    declared = {check.name: check for check in declared_checks(parts.settings.checks_path)}
    async with parts.engine.connect() as connection:
        results, next_cursor = await read_check_history(connection, check_name, cursor, limit)
        rows = await read_failing_rows(connection, check_name) if _sees_all(caller) else None
    told = [_told(item, "detail", caller, item["passed"]) for item in results]
    check = declared.get(check_name)
    return {
        "check_name": check_name,
        "declared": None if check is None else asdict(check),
        "items": told,
        "failing_rows": rows,
        "next_cursor": next_cursor,
    }


@router.get("/profile", responses=refuses(404))
async def get_profile(
    parts: PartsDep, _caller: Operator, dataset: Annotated[str, Query(max_length=64)] = "customers"
) -> dict[str, Any]:
    """Profile a dataset's columns."""
    async with parts.engine.connect() as connection:
        return await read_profile(connection, dataset, parts.clock())


@router.get("/fields")
async def get_fields(parts: PartsDep, _caller: Modeller) -> dict[str, Any]:
    """List the fields that documents have and no column stands for, the most frequent first."""
    async with parts.engine.connect() as connection:
        return {"items": await read_unknown_fields(connection), "next_cursor": None, "as_of": parts.clock()}


@router.get("/runs")
async def get_runs(parts: PartsDep, caller: Watcher, cursor: Cursor = None, limit: Limit = 50) -> dict[str, Any]:
    """List what the background did, newest first."""
    async with parts.engine.connect() as connection:
        items, next_cursor = await read_runs(connection, cursor, limit)
    told = [_told(item, "error", caller, item["error"] is None) for item in items]
    return {"items": told, "next_cursor": next_cursor}


@router.get("/queues")
async def get_queues(parts: PartsDep, _caller: Operator) -> dict[str, Any]:
    """List the queues: what waits, the age of the oldest in seconds, tasks in and out a minute, when it will be empty.

    `items` is null while Redis does not answer.
    """
    queues = await read_queues(parts.redis, parts.clock().timestamp())
    return {"items": None if queues is None else [asdict(one) for one in queues], "as_of": parts.clock()}


@router.get("/service-levels")
async def get_service_levels(parts: PartsDep, _caller: Operator) -> dict[str, Any]:
    """List the service levels with their value now, and the lag of each stage after acceptance in milliseconds."""
    seen = await look_at_operations(parts.engine, parts.redis, parts.clock())
    return {"items": seen.levels, "lag_ms": seen.lags, "as_of": seen.as_of}


@router.get("/incidents")
async def get_incidents(parts: PartsDep, _caller: Watcher, cursor: Cursor = None, limit: Limit = 50) -> dict[str, Any]:
    """List what was wrong from when to when, newest first; `resolved_at` null: it lasts. No person is named."""
    async with parts.engine.connect() as connection:
        items, next_cursor = await read_incidents(connection, cursor, limit)
    return {"items": items, "next_cursor": next_cursor}


@router.get("/monitors")
async def get_monitors(parts: PartsDep, _caller: Watcher) -> dict[str, Any]:
    """List what is watched, how often, from where on somebody is told, and when each last looked."""
    declared = declared_monitors(parts.settings.monitors_path)
    async with parts.engine.connect() as connection:
        seen = await read_monitors_seen(connection)
    nothing = {"watched_at": None, "n_problems": None}
    return {"items": [asdict(one) | seen.get(name, nothing) for name, one in declared.items()], "next_cursor": None}


@router.get("/dead-letters")
async def get_dead_letters(
    _caller: Operator,
    cursor: Cursor = None,
    limit: Limit = 50,
    replayed: bool | None = None,  # noqa: FBT001 - a filter
) -> dict[str, Any]:
    """List the work that was given up, newest first."""
    before = None
    if cursor:
        failed_at, last = read_cursor(cursor, 2)
        before = (read_moment(failed_at), last)
    letters = await read_dead_letters(before=before, limit=limit + 1, replayed=replayed)
    page = letters[:limit]
    more = len(letters) > limit
    return {
        "items": [_letter(letter) for letter in page],
        "next_cursor": write_cursor([page[-1].failed_at.isoformat(), page[-1].id]) if more else None,
    }


@router.post("/dead-letters/{letter_id}/replay", status_code=202)
async def post_replay(
    letter_id: Annotated[str, Path(max_length=64)], parts: PartsDep, _caller: Operator
) -> dict[str, Any]:
    """Do the work of a dead letter again."""
    return _letter(await replay_dead_letter(letter_id, parts.clock()))


@router.get("/audit")
async def get_audit(_caller: Operator, cursor: Cursor = None, limit: Limit = 50) -> dict[str, Any]:
    """List who did what: sign-ins, refused ones, exports, datasets read, erasures; newest first."""
    entries = await read_acts(before=read_version(cursor), limit=limit + 1)
    page = entries[:limit]
    more = len(entries) > limit
    return {
        "items": [entry.model_dump(mode="json") for entry in page],
        "next_cursor": write_cursor([str(page[-1].id)]) if more else None,
    }


@router.get("/audit/check")
async def get_audit_check(_caller: Operator) -> dict[str, Any]:
    """Walk the whole log: `intact`, or the first entry that is not what was written."""
    broken = await check_log()
    newest = await read_acts(before=None, limit=1)
    return {
        "intact": broken is None,
        "broken": None if broken is None else {"id": broken.entry_id, "detail": broken.detail},
        "newest_digest": newest[0].digest if newest else None,
    }


def _told(item: dict[str, Any], name: str, caller: Caller, is_harmless: bool) -> dict[str, Any]:  # noqa: FBT001
    """Leave out what may name people of any store, or quote their notes, for whoever may not see all of them."""
    if is_harmless or _sees_all(caller):
        return item
    return item | {name: "Operators and managers of all stores see what it is."}


def _sees_all(caller: Caller) -> bool:
    return caller.role is Role.OPERATOR or (caller.role is Role.MANAGER and not caller.store_id and not caller.region)


def _letter(letter: DeadLetter) -> dict[str, Any]:
    described: dict[str, Any] = letter.model_dump(mode="json")
    return described
