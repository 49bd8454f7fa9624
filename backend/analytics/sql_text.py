"""The SQL that a query compiles to, as Cube's `sql` shows it: text with $1, $2, … and their values in order."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import asyncpg

from backend.analytics.compile import compile_query
from backend.analytics.shape import Query
from backend.domain.access import Caller


def sql_of(query: Query, caller: Caller, now: datetime) -> tuple[str, list[Any]]:
    """Answer the statement, this caller's row scope and masks included."""
    dialect = asyncpg.dialect()  # type: ignore[no-untyped-call]
    statement = compile_query(query, caller, now).statement.params(as_of=now)
    state = statement.compile(dialect=dialect).construct_expanded_state()
    return state.statement, list(state.positional_parameters)
