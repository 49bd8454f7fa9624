"""The driver's connection beneath the engine's, for what SQLAlchemy has no words for: pipelines and COPY."""

from typing import Any

import orjson
import psycopg
from psycopg.types.json import JsonbDumper, set_json_dumps
from sqlalchemy import Connection


def prepare_driver(raw: psycopg.Connection[Any]) -> None:
    """Teach a new connection to take dicts as JSONB. Once: every registration makes the next one slower."""
    raw.adapters.register_dumper(dict, JsonbDumper)
    set_json_dumps(orjson.dumps, raw)


def driver(connection: Connection) -> psycopg.Connection[Any]:
    """Answer the driver's connection, in the same transaction; it takes dicts as JSONB."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    return raw
