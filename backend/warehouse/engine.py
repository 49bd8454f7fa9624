"""Connections to the warehouse: one URL form in, a sync engine for the loader or an async one for the doors."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from backend.warehouse.columns import add_missing_columns, add_missing_indexes
from backend.warehouse.driver import prepare_driver
from backend.warehouse.rollups import fill_rollups, missing_rollups
from backend.warehouse.tables import metadata

__all__ = ["AsyncEngine", "Connection", "Engine", "create_schema", "open_async_engine", "open_engine"]

_SCHEMA_LOCK = 0x464C4F4F52  # "FLOOR": one process makes the schema at a time


def _psycopg(url: str) -> str:
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def open_engine(url: str, *, pool_size: int = 2, schema: str = "public") -> Engine:
    """Open a blocking engine (loader, marts). `schema` comes first on the search path."""
    engine = create_engine(
        _psycopg(url),
        pool_size=pool_size,
        pool_pre_ping=True,
        connect_args={"options": f"-csearch_path={schema} -ctimezone=UTC", "connect_timeout": 5},
    )
    event.listen(engine, "connect", lambda raw, _: prepare_driver(raw))
    return engine


def open_async_engine(url: str, *, pool_size: int = 8) -> AsyncEngine:
    """Open an async engine (HTTP doors)."""
    return create_async_engine(
        _psycopg(url),
        pool_size=pool_size,
        pool_pre_ping=True,
        connect_args={"options": "-ctimezone=UTC", "connect_timeout": 5},
    )


def create_schema(engine: Engine, *, schema: str = "public") -> None:
    """Make whatever table, column or index is missing; safe to call from many processes at once."""
    with engine.begin() as connection:
        _create_tables(connection, schema)


async def prepare_schema(engine: AsyncEngine) -> None:
    """Make whatever table, column or index is missing, without blocking the loop."""
    async with engine.begin() as connection:
        await connection.run_sync(_create_tables, "public")


def _create_tables(connection: Connection, schema: str) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})
    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
    new_rollups = missing_rollups(connection, schema)
    metadata.create_all(connection)
    add_missing_columns(connection, schema)
    add_missing_indexes(connection, schema)
    fill_rollups(connection, new_rollups)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Open one transaction: the door commits at its end, code inside never does."""
    with engine.begin() as connection:
        yield connection


async def server_version(engine: AsyncEngine) -> str:
    """Answer the server's version; raises where it does not answer."""
    async with engine.connect() as connection:
        return str((await connection.execute(text("SHOW server_version"))).scalar_one())
