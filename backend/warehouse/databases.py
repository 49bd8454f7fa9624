"""Whole databases: does the server answer, make one from a template, drop one."""

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from backend.domain.errors import UnavailableError


def _dsn(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def with_database(url: str, name: str) -> str:
    """Answer the URL of another database on the same server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def answers(url: str) -> bool:
    """Answer whether the server lets us in and runs a statement."""
    try:
        with psycopg.connect(_dsn(url), connect_timeout=3) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def version_of(url: str) -> str:
    """Answer the server's version; raises UnavailableError when it does not let us in."""
    try:
        with psycopg.connect(_dsn(url), connect_timeout=3) as connection:
            number = connection.info.server_version
            return f"{number // 10_000}.{number % 10_000}"
    except psycopg.OperationalError as error:
        raise UnavailableError(f"PostgreSQL does not answer: {error}") from error


def create_database(url: str, name: str, *, template: str | None = None) -> str:
    """Make a database, a copy of `template` where one is named, and answer its URL."""
    statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template is not None:
        statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
    with psycopg.connect(_dsn(url), autocommit=True) as connection:
        connection.execute(statement)
    return with_database(url, name)


def ensure_database(url: str) -> None:
    """Make the database that the URL names where the server does not have it yet."""
    name = make_url(url).database or "postgres"
    server = _dsn(with_database(url, "postgres"))
    with psycopg.connect(server, autocommit=True, connect_timeout=5) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if known is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def drop_database(url: str, name: str) -> None:
    """Drop a database, whoever is still connected to it."""
    with psycopg.connect(_dsn(url), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
