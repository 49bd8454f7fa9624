"""Columns and indexes that a newer version has and an older warehouse lacks: added, never changed or taken away."""

from typing import Any

from sqlalchemy import Column, Connection, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateColumn, CreateIndex

from backend.warehouse.tables import metadata

_HELD = text("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = :schema")

_INDEXED = text("SELECT indexname FROM pg_indexes WHERE schemaname = :schema")


def add_missing_columns(connection: Connection, schema: str) -> None:
    """Add each column that the tables of this schema lack. It must take NULL, or have a default for the rows there."""
    held = {(row.table_name, row.column_name) for row in connection.execute(_HELD, {"schema": schema})}
    for table in metadata.tables.values():
        for column in table.columns:
            if (table.name, column.name) not in held:
                connection.execute(text(f'ALTER TABLE "{schema}"."{table.name}" ADD COLUMN {_declared(column)}'))


def add_missing_indexes(connection: Connection, schema: str) -> None:
    """Make each index that the tables of this schema lack."""
    held = set(connection.execute(_INDEXED, {"schema": schema}).scalars())
    for table in metadata.tables.values():
        for index in table.indexes:
            if index.name not in held:
                connection.execute(CreateIndex(index, if_not_exists=True))


def _declared(column: Column[Any]) -> str:
    return str(CreateColumn(column).compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
