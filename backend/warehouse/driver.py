"""The driver's connection beneath the engine's, for what SQLAlchemy has no words for: pipelines and COPY."""

from typing import Any

import orjson
import psycopg
from psycopg.types.json import JsonbDumper, set_json_dumps
from sqlalchemy import Connection


def driver(connection: Connection) -> psycopg.Connection[Any]:
    """Answer the driver's connection, in the same transaction; it takes dicts as JSONB."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    raw.adapters.register_dumper(dict, JsonbDumper)
    set_json_dumps(orjson.dumps, raw)
    return raw
