"""Logins for SQL and BI tools: each has a schema of views compiled from the datasets; the database keeps the scope."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import lru_cache

import orjson
from psycopg import sql
from sqlalchemy import Connection, make_url, text
from sqlalchemy.dialects import postgresql

from backend.analytics.datasets import DATASETS, extract_of
from backend.analytics.scope import refuse_operators
from backend.domain.access import Caller, Role
from backend.domain.ids import Region, StoreId

PREFIX = "floorbook_"
TIMEOUT_SECONDS = 30
_MARK = "Floorbook login: "
_LOCK = 0x4C4F47494E  # "LOGIN": one process makes a login at a time
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_LOGINS = text(
    "SELECT nspname AS name, obj_description(oid, 'pg_namespace') AS said FROM pg_namespace "
    "WHERE nspname LIKE 'floorbook\\_%'"
)


def scope_login(caller: Caller) -> tuple[str, Caller]:
    """Answer the name of the login for all callers of this role and scope, and the caller that it stands for."""
    anyone = Caller("sql", caller.role, store_id=caller.store_id, region=caller.region)
    return PREFIX + hashlib.sha256(_described(anyone)).hexdigest()[:24], anyone


@lru_cache(maxsize=256)
def views_of(caller: Caller) -> Mapping[str, str]:
    """Answer for each dataset the SELECT of its view: this caller's rows, what they may not see as NULL."""
    refuse_operators(caller)
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call]
    return {
        name: str(
            extract_of(name, caller, None, _ANY_TIME).statement.compile(
                dialect=dialect, compile_kwargs={"literal_binds": True}
            )
        )
        for name in DATASETS
    }


def put_login(connection: Connection, name: str, caller: Caller, password: str, *, anew: bool = False) -> None:
    """Make the login and its views where they are missing or of another version; `anew`: whatever is there.

    Needs the right to make roles.
    """
    said = _said(caller)
    if said == _held(connection, name) and not anew:
        return
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    role = sql.Identifier(name)
    known = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}).one_or_none()
    if known is None:
        _run(connection, sql.SQL("CREATE ROLE {} LOGIN NOINHERIT CONNECTION LIMIT 10").format(role))
    _run(connection, sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password)))
    _put_views(connection, name, caller, said)
    database = sql.Identifier(connection.engine.url.database or "")
    for setting, value in _SETTINGS.items():
        change = sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} = {}")
        _run(connection, change.format(role, database, sql.SQL(setting), sql.Literal(value or name)))


_SETTINGS = {  # '' is the login's own schema
    "search_path": "",
    "default_transaction_read_only": "on",
    "statement_timeout": f"{TIMEOUT_SECONDS}s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
}


def login_url(warehouse_url: str, login: str, password: str) -> str:
    """Answer the URL by which any PostgreSQL client logs in as this login."""
    url = make_url(warehouse_url).set(drivername="postgresql", username=login, password=password)
    return url.render_as_string(hide_password=False)


def renew_logins(connection: Connection) -> int:
    """Make the views of every login anew, over the tables that are live now; answer how many logins there are."""
    logins = [row for row in connection.execute(_LOGINS) if (row.said or "").startswith(_MARK)]
    for row in logins:
        said = orjson.loads(row.said.removeprefix(_MARK).partition(" ")[2])
        caller = Caller(
            said["subject"],
            Role(said["role"]),
            store_id=StoreId(said["store_id"]) if said["store_id"] else None,
            region=Region(said["region"]) if said["region"] else None,
        )
        _put_views(connection, row.name, caller, _said(caller))
    return len(logins)


def _put_views(connection: Connection, name: str, caller: Caller, said: str) -> None:
    schema = sql.Identifier(name)
    _run(connection, sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
    _run(connection, sql.SQL("CREATE SCHEMA {}").format(schema))
    for dataset, select in views_of(caller).items():
        view = sql.Identifier(name, dataset)
        query = sql.SQL(select)  # compiled by us, its values as literals
        _run(connection, sql.SQL("CREATE VIEW {} WITH (security_barrier) AS {}").format(view, query))
    _run(connection, sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, schema))
    _run(connection, sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(schema, schema))
    _run(connection, sql.SQL("COMMENT ON SCHEMA {} IS {}").format(schema, sql.Literal(said)))


def _run(connection: Connection, statement: sql.Composable) -> None:
    """Run a statement that takes no values apart from those that stand in it."""
    connection.execution_options(no_parameters=True).exec_driver_sql(statement.as_string(None))


def _held(connection: Connection, name: str) -> str | None:
    found = text("SELECT obj_description(to_regnamespace(:name), 'pg_namespace')")
    return connection.execute(found, {"name": f'"{name}"'}).scalar()


def _said(caller: Caller) -> str:
    digest = hashlib.sha256(orjson.dumps(dict(views_of(caller)))).hexdigest()[:16]
    return f"{_MARK}{digest} {_described(caller).decode()}"


def _described(caller: Caller) -> bytes:
    return orjson.dumps({name: asdict(caller)[name] for name in ("subject", "role", "store_id", "region")})
