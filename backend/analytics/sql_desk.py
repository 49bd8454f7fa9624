"""One SELECT of an analyst's own, run by a login that has the caller's views and nothing else."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import errors
from sqlalchemy import make_url

from backend.analytics.logins import login_url, put_login, scope_login
from backend.analytics.shape import refuse
from backend.domain.access import Caller
from backend.domain.errors import UnavailableError
from backend.warehouse.engine import AsyncEngine

MOST_ROWS = 50_000
SECONDS = 10


@dataclass(frozen=True, slots=True)
class Found:
    """What a query answered; `truncated` says that there are more rows than were let through."""

    columns: list[dict[str, str]]
    rows: list[tuple[Any, ...]]
    truncated: bool


async def run_select(engine: AsyncEngine, url: str, caller: Caller, query: str, limit: int) -> Found:
    """Run the query with the caller's scope and masks; raises InvalidInputError with what PostgreSQL says of it."""
    name, anyone = scope_login(caller)
    password = _password(url, name)
    async with engine.begin() as connection:
        await connection.run_sync(put_login, name, anyone, password)
    try:
        connected = await psycopg.AsyncConnection.connect(
            login_url(url, name, password), options=f"-cstatement_timeout={SECONDS}s", connect_timeout=5
        )
    except psycopg.OperationalError as error:
        raise UnavailableError("The warehouse takes no more queries right now; try again in a moment.") from error
    async with connected:
        return await _fetch(connected, query, limit)


async def _fetch(connection: psycopg.AsyncConnection[Any], query: str, limit: int) -> Found:
    whole = f"SELECT * FROM (\n{query.strip().rstrip(';')}\n) AS asked LIMIT {limit + 1}"  # noqa: S608 - see the login
    try:
        cursor = await connection.execute(whole.encode(), prepare=True)  # prepared: one statement, not several
        rows = await cursor.fetchall()
    except errors.QueryCanceled:
        raise refuse("/sql", f"The query took longer than {SECONDS} seconds; ask for less, or take an export") from None
    except psycopg.Error as error:
        raise refuse("/sql", error.diag.message_primary or str(error).partition("\n")[0]) from None
    types = connection.adapters.types
    columns = [
        {"name": one.name, "type": found.name if (found := types.get(one.type_code)) else str(one.type_code)}
        for one in cursor.description or ()
    ]
    return Found(columns, rows[:limit], len(rows) > limit)


def _password(url: str, name: str) -> str:
    """Tell the login's password from the warehouse's own: every process knows it, and nobody has to keep it."""
    return hmac.new((make_url(url).password or "").encode(), name.encode(), hashlib.sha256).hexdigest()
