"""The driver's connection beneath the engine's, for what SQLAlchemy has no words for: pipelines and COPY."""

import json
from typing import Any

import orjson
import psycopg
from psycopg.types.json import JsonbDumper, set_json_dumps, set_json_loads
from sqlalchemy import Connection


def _spelled(value: Any) -> bytes:
    """Spell a dict; most have nothing in them, and a few hold whole numbers longer than 64 bits."""
    if not value:
        return b"{}"
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(value).encode()


class _DictDumper(JsonbDumper):
    _dumps = staticmethod(_spelled)


def prepare_driver(raw: psycopg.Connection[Any]) -> None:
    """Teach a new connection to take dicts as JSONB. Once: every registration makes the next one slower."""
    raw.adapters.register_dumper(dict, _DictDumper)
    set_json_dumps(orjson.dumps, raw)
    set_json_loads(orjson.loads, raw)


def driver(connection: Connection) -> psycopg.Connection[Any]:
    """Answer the driver's connection, in the same transaction; it takes dicts as JSONB."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    return raw
