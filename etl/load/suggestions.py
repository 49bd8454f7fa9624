"""Suggestions and outcomes → tables; an older version never overwrites a newer one."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Connection

from backend.warehouse import tables
from backend.warehouse.driver import driver
from etl.normalize.suggestion_rows import OutcomeRow, SuggestionRow


def _upsert(table: str, columns: Sequence[str], key: Sequence[str], newer: str) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    changed = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in columns if name not in key)
    values = ", ".join("%s" for _ in columns)
    return (
        f"INSERT INTO {table} AS held ({names}) VALUES ({values}) "  # noqa: S608 - names of ours
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed} WHERE {newer}"
    )


_SUGGESTION = _upsert(
    tables.suggestions.name, SuggestionRow._fields, ("suggestion_id",), "held.version < EXCLUDED.version"
)
_OUTCOME = _upsert(
    tables.outcomes.name, OutcomeRow._fields, ("suggestion_id", "position"), "held.recorded_at < EXCLUDED.recorded_at"
)


def write_suggestions(
    connection: Connection, suggestions: Iterable[SuggestionRow], outcomes: Iterable[OutcomeRow]
) -> None:
    """Write suggestions and what became of them."""
    raw = driver(connection)
    ordered = sorted(outcomes, key=lambda row: (row.suggestion_id, row.position))
    with raw.pipeline(), raw.cursor() as cursor:
        cursor.executemany(
            _SUGGESTION, [_values(row) for row in sorted(suggestions, key=lambda row: row.suggestion_id)]
        )
        cursor.executemany(_OUTCOME, ordered)


def _values(row: SuggestionRow) -> list[Any]:
    """Answer the row as the driver takes it: the list of reasons is JSON, not an array."""
    return [Jsonb(value) if name == "because" else value for name, value in zip(row._fields, row, strict=True)]
