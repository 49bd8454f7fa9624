"""What the background noted down: results of checks, and runs."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, case, func, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.analytics.cursors import read_cursor, write_cursor
from backend.domain.errors import Fault, InvalidInputError, NotFoundError
from backend.warehouse.tables import incidents, monitors, quality_failures, quality_results, runs

_Q, _R, _F, _I = quality_results.c, runs.c, quality_failures.c, incidents.c


async def read_quality(connection: AsyncConnection, now: datetime) -> list[dict[str, Any]]:
    """Answer each check's newest result, with the runs and failures of the last day; failed ones first."""
    newest = (
        select(quality_results).ext(distinct_on(_Q.check_name)).order_by(_Q.check_name, _Q.checked_at.desc()).subquery()
    )
    day = (
        select(
            _Q.check_name,
            func.count().label("n_runs_24h"),
            func.count(case((~_Q.passed, 1))).label("n_failed_24h"),
        )
        .where(_Q.checked_at > now - timedelta(days=1))
        .group_by(_Q.check_name)
        .subquery()
    )
    statement = (
        select(newest, func.coalesce(day.c.n_runs_24h, 0).label("n_runs_24h"), day.c.n_failed_24h)
        .join_from(newest, day, newest.c.check_name == day.c.check_name, isouter=True)
        .order_by(newest.c.passed, newest.c.n_failed == 0, newest.c.check_name)
    )
    return [dict(row) for row in (await connection.execute(statement)).mappings()]


async def read_check_history(
    connection: AsyncConnection, name: str, cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Answer one page of a check's results, newest first, and the cursor of the next; raises NotFoundError."""
    statement = select(quality_results).where(_Q.check_name == name).order_by(_Q.checked_at.desc()).limit(limit + 1)
    if cursor:
        statement = statement.where(_Q.checked_at < read_moment(read_cursor(cursor, 1)[0]))
    rows = [dict(row) for row in (await connection.execute(statement)).mappings()]
    if not rows and not cursor:
        raise NotFoundError(f"No check {name[:80]} has run; /v1/ops/quality lists those that have")
    page = rows[:limit]
    return page, write_cursor([page[-1]["checked_at"].isoformat()]) if len(rows) > limit else None


async def read_failing_rows(connection: AsyncConnection, name: str) -> list[dict[str, Any]]:
    """Answer the rows that a declared check did not like when it last ran, the first twenty."""
    chosen = select(_F.row_key, _F.customer_id, _F.value, _F.seen_at).where(_F.check_name == name)
    return [dict(row) for row in (await connection.execute(chosen.order_by(_F.position))).mappings()]


async def read_runs(
    connection: AsyncConnection, cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Answer one page of runs, newest first, and the cursor of the next."""
    return await _newest_first(connection, _R.started_at, _R.run_id, cursor, limit)


async def read_incidents(
    connection: AsyncConnection, cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Answer one page of incidents, newest first, and the cursor of the next."""
    return await _newest_first(connection, _I.opened_at, _I.incident_id, cursor, limit)


async def _newest_first(
    connection: AsyncConnection, at: Column[Any], id_: Column[Any], cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """Answer one page of a table by its time and id, and the cursor of the next."""
    statement = select(at.table).order_by(at.desc(), id_.desc()).limit(limit + 1)
    if cursor:
        moment, last = read_cursor(cursor, 2)
        statement = statement.where(tuple_(at, id_) < tuple_(read_moment(moment), last))
    rows = [dict(row) for row in (await connection.execute(statement)).mappings()]
    page = rows[:limit]
    more = len(rows) > limit
    return page, write_cursor([page[-1][at.name].isoformat(), page[-1][id_.name]]) if more else None


async def read_monitors_seen(connection: AsyncConnection) -> dict[str, dict[str, Any]]:
    """Answer when each monitor last looked, and how much was wrong."""
    return {row["monitor"]: dict(row) for row in (await connection.execute(select(monitors))).mappings()}


def read_moment(text: str) -> datetime:
    """Read the time within a cursor."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        detail = "Not a cursor of this list; take next_cursor as it is, or start without one"
        raise InvalidInputError(detail, faults=[Fault("/cursor", detail)]) from None
