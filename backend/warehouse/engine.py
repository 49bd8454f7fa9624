"""Connections to the warehouse: one URL form in, a sync engine for the loader or an async one for the doors."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from backend.warehouse.columns import add_missing_columns, add_missing_indexes
from backend.warehouse.driver import prepare_driver
from backend.warehouse.rollups import fill_rollups, missing_rollups
from backend.warehouse.tables import metadata

__all__ = ["AsyncEngine", "Connection", "Engine", "create_schema", "open_async_engine", "open_engine"]

_FRESH_SECONDS = 0.5
_SCHEMA_LOCK = 0x464C4F4F52  # "FLOOR": one process makes the schema at a time


def _psycopg(url: str) -> str:
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def open_engine(url: str, *, pool_size: int = 2, schema: str = "public") -> Engine:
    """Open a blocking engine (loader, marts). `schema` comes first on the search path."""
    engine = create_engine(
        _psycopg(url),
        pool_size=pool_size,
        connect_args={"options": f"-csearch_path={schema} -ctimezone=UTC", "connect_timeout": 5},
    )
    event.listen(engine, "connect", lambda raw, _: prepare_driver(raw))
    event.listen(engine, "checkin", lambda _, record: record.info.update(used_at=time.monotonic()))
    event.listen(engine, "checkout", _ping_unless_fresh)
    return engine


def _ping_unless_fresh(raw: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
    """Look whether the server still knows a connection that rested; of one that did not, its next query tells."""
    if time.monotonic() - record.info.get("used_at", -_FRESH_SECONDS) < _FRESH_SECONDS:
        return
    try:
        assert isinstance(raw, psycopg.Connection)
        raw.autocommit = True
        raw.execute("")
        raw.autocommit = False
    except psycopg.Error as error:
        raise DisconnectionError from error  # the pool makes another connection, and throws the others away


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
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a connection for queries that need no common moment: none of them costs a begin and a commit."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Open one transaction: the door commits at its end, code inside never does."""
    with engine.begin() as connection:
        yield connection


async def server_version(engine: AsyncEngine) -> str:
    """Answer the server's version; raises where it does not answer."""
    async with engine.connect() as connection:
        return str((await connection.execute(text("SHOW server_version"))).scalar_one())
