"""Take one person out of every table, in every schema that is filled, and out of the rollups; count what is left.

A table with a `customer_id` is emptied of the person by that column, whichever it is and whenever it was added. What
holds people otherwise is named here, and so is what holds none: a test finds the table that is neither.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, text

from backend.domain.corrections import FORGOTTEN_PHRASE
from backend.domain.ids import CustomerId
from backend.warehouse.rollups import ROLLUPS
from backend.warehouse.tables import metadata

OTHERWISE = frozenset(
    {"ingested", "outcomes", "corrections", "products", "quality_results", "runs", "export_jobs", *ROLLUPS}
)
"""The row that keeps loaders out, and goes last; found by their suggestions; by their citation; by the person's words;
by the id in what went wrong; by their filter; counted less by what the person bought."""
IMPERSONAL = frozenset(
    {"channels", "catalog_changes", "mart_refreshes", "model_versions", "product_affinity", "product_upgrades"}
    | {"recommenders", "spikes", "column_profiles", "monitors", "incidents", "pages"}
)
"""Shops and clocks; pairs of products, which are counted anew every ten minutes; what was learnt from all orders,
without anybody's name and anew every night; what a whole region bought at once; counts and troubles without names."""
ERASED = "(erased)"
_CITATION = ("customer_id", "note_id", "revision", "pointer", "start", "end")
_LOGGED = {"quality_results": "detail", "runs": "error"}
_LIVE = "public"

Words = Mapping[str, Any]


def personal_tables() -> tuple[Table, ...]:
    """Answer the tables whose rows belong to one customer each."""
    return tuple(t for t in metadata.tables.values() if "customer_id" in t.columns and t.name not in OTHERWISE)


def erase_rows(connection: Connection, customer_id: CustomerId, names: Collection[str]) -> dict[str, int]:
    """Remove the person from all tables; answer how many rows of each (rollups: cells that count less).

    No loader writes of this person until the transaction ends. `names`: what the person's journal says; a product that
    the catalogue does not have, of such a name, goes with the last row that names it.
    """
    removed: dict[str, int] = {}
    for schema in _schemas(connection):
        connection.execute(text(f'SET LOCAL search_path TO "{schema}"'))
        for table, n in _erase_in(connection, customer_id, names).items():
            removed[table] = removed.get(table, 0) + (n if schema == _LIVE else 0)
    connection.execute(text(f"SET LOCAL search_path TO {_LIVE}"))
    return removed | _erase_from_logs(connection, customer_id)


def left_in_rows(connection: Connection, customer_id: CustomerId) -> dict[str, int]:
    """Answer how many rows of each table still name the person."""
    personal = [*personal_tables(), metadata.tables["corrections"], metadata.tables["ingested"]]
    found = {table.name: _count(connection, table.name, "customer_id = :id", id=customer_id) for table in personal}
    named = {"pattern": _naming(customer_id)}
    return found | {table: _count(connection, table, f"{c} ~ :pattern", **named) for table, c in _LOGGED.items()}


def said_elsewhere(connection: Connection, phrases: Mapping[str, str]) -> frozenset[str]:
    """Answer the keys of those phrases that stand in anybody's notes."""
    return frozenset(
        key
        for key, phrase in phrases.items()
        if _count(connection, "notes", "position(lower(:phrase) IN lower(text)) > 0", phrase=phrase)
    )


def forget_phrases(connection: Connection, correction_ids: Iterable[str]) -> None:
    """Take the words out of these corrections; that they are undone is loaded from their log."""
    connection.execute(
        text("UPDATE corrections SET phrase = :erased WHERE correction_id = ANY(:ids)"),
        {"erased": FORGOTTEN_PHRASE, "ids": list(correction_ids)},
    )


def _schemas(connection: Connection) -> list[str]:
    """Answer the live schema and those that a rebuild is filling."""
    found = connection.execute(
        text(
            "SELECT table_schema FROM information_schema.tables WHERE table_name = 'ingested' "
            "AND (table_schema = :live OR table_schema LIKE 'rebuild\\_%') ORDER BY table_schema = :live DESC, 1"
        ),
        {"live": _LIVE},
    )
    return list(found.scalars())


def _erase_in(connection: Connection, customer_id: CustomerId, names: Collection[str]) -> dict[str, int]:
    _keep_loaders_out(connection, customer_id)
    written = [*names, *_names_in_rows(connection, customer_id)]
    removed = {name: _take_from_rollup(connection, name, customer_id) for name in ROLLUPS}
    for name in ("order_lines", *ROLLUPS):
        connection.execute(text(f"DROP TABLE IF EXISTS pg_temp.{name}"))
    own = {"id": customer_id}
    removed["outcomes"] = _run(
        connection,
        "DELETE FROM outcomes WHERE suggestion_id IN (SELECT suggestion_id FROM suggestions WHERE customer_id = :id)",
        own,
    )
    nothing = ", ".join(f'"{name}" = NULL' for name in _CITATION)
    removed["corrections"] = _run(connection, f"UPDATE corrections SET {nothing} WHERE customer_id = :id", own)  # noqa: S608
    for table in personal_tables():
        removed[table.name] = _run(connection, f"DELETE FROM {table.name} WHERE customer_id = :id", own)  # noqa: S608
    removed["products"] = _run(connection, _FORGET_NAMES, {"names": written})
    _run(connection, "DELETE FROM ingested WHERE customer_id = :id", own)
    return removed


_FORGET_NAMES = """
DELETE FROM products AS named WHERE NOT listed AND productname = ANY(:names)
  AND NOT EXISTS (SELECT FROM order_lines AS l WHERE l.product_id = named.productid)
  AND NOT EXISTS (SELECT FROM customer_products AS c WHERE c.name = named.productname OR c.product_id = named.productid)
"""


def _keep_loaders_out(connection: Connection, customer_id: CustomerId) -> None:
    """Hold the person's row of `ingested`, as a loader does: one that runs is waited for, the next finds no journal."""
    connection.execute(
        text("INSERT INTO ingested (customer_id, revision, ingested_at) VALUES (:id, 0, now()) ON CONFLICT DO NOTHING"),
        {"id": customer_id},
    )
    connection.execute(text("SELECT FROM ingested WHERE customer_id = :id FOR UPDATE"), {"id": customer_id})


def _names_in_rows(connection: Connection, customer_id: CustomerId) -> list[str]:
    found = connection.execute(
        text(
            "SELECT name FROM order_lines WHERE customer_id = :id AND name IS NOT NULL "
            "UNION SELECT name FROM customer_products WHERE customer_id = :id"
        ),
        {"id": customer_id},
    )
    return list(found.scalars())


def _take_from_rollup(connection: Connection, name: str, customer_id: CustomerId) -> int:
    """Subtract what the rollup's own query makes of this person's lines alone.

    Temporary tables hide the real ones of the same name: the query sees the person's lines only, and of the rollups
    before it the person's part only.
    """
    if name == next(iter(ROLLUPS)):
        lines = "CREATE TEMPORARY TABLE order_lines AS SELECT * FROM order_lines WHERE customer_id = :id"
        connection.execute(text(lines), {"id": customer_id})
    connection.execute(text(f"CREATE TEMPORARY TABLE {name} AS {ROLLUPS[name]}"))
    table, schema = metadata.tables[name], connection.execute(text("SELECT current_schema()")).scalar_one()
    key = [column.name for column in table.primary_key]
    sums = [column.name for column in table.columns if not column.primary_key]
    here = " AND ".join(f"held.{column} = own.{column}" for column in key)
    less = ", ".join(f"{column} = held.{column} - own.{column}" for column in sums)
    places = ", ".join(key)
    held = f'"{schema}".{name} AS held'
    locked = f"SELECT 1 FROM {held} JOIN pg_temp.{name} AS own USING ({places}) ORDER BY {places} FOR UPDATE OF held"  # noqa: S608
    connection.execute(text(locked))
    n = _run(connection, f"UPDATE {held} SET {less} FROM pg_temp.{name} AS own WHERE {here}", {})  # noqa: S608
    empty = " AND ".join(f"held.{column} = 0" for column in sums)
    connection.execute(text(f"DELETE FROM {held} USING pg_temp.{name} AS own WHERE {here} AND {empty}"))  # noqa: S608
    return n


def _erase_from_logs(connection: Connection, customer_id: CustomerId) -> dict[str, int]:
    """Blank what was logged of the person, where a check or a run that failed has named them."""
    named = {"erased": ERASED, "pattern": _naming(customer_id)}
    return {
        table: _run(connection, f"UPDATE {table} SET {column} = :erased WHERE {column} ~ :pattern", named)  # noqa: S608
        for table, column in _LOGGED.items()
    }


def _naming(customer_id: CustomerId) -> str:
    """Answer a pattern that finds the id as a word of its own."""
    return f"(^|[^A-Za-z0-9]){re.escape(customer_id)}($|[^A-Za-z0-9])"


def _run(connection: Connection, statement: str, values: Words) -> int:
    return connection.execute(text(statement), values).rowcount


def _count(connection: Connection, table: str, condition: str, **values: Any) -> int:
    query = f"SELECT count(*) FROM {table} WHERE {condition}"  # noqa: S608 - names of ours
    return int(connection.execute(text(query), values).scalar_one())
