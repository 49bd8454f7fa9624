"""Products and channels → tables: only what has changed is written."""

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from sqlalchemy import Connection, Table

from backend.warehouse import tables
from backend.warehouse.driver import driver
from etl.load.sales import move_categories, move_regions
from etl.load.write import copy_rows
from etl.normalize.rows import ChannelRow, ProductRow

_STAGE = "CREATE TEMP TABLE staged (LIKE {table}) ON COMMIT DROP"
_DROP = "DROP TABLE staged"


def write_products(connection: Connection, rows: Sequence[ProductRow]) -> int:
    """Write products; answer how many were new or changed. A product that was only named until now becomes listed."""
    return _write(connection, tables.products, rows, staged=move_categories)


def write_channels(connection: Connection, rows: Sequence[ChannelRow]) -> int:
    """Write stores and platforms; answer how many were new or changed."""
    return _write(connection, tables.channels, rows, staged=move_regions)


def _write(
    connection: Connection,
    table: Table,
    rows: Sequence[tuple[Any, ...]],
    staged: Callable[[psycopg.Connection[Any]], None] = lambda _: None,
) -> int:
    if not rows:
        return 0
    raw = driver(connection)
    key, *content = [f'"{column.name}"' for column in table.columns]
    compared = [name for name in content if name != '"updated_at"']
    raw.execute(_STAGE.format(table=table.name))
    copy_rows(
        raw, f"COPY staged ({', '.join([key, *content])}) FROM STDIN", list({row[0]: row for row in rows}.values())
    )
    staged(raw)
    changed = raw.execute(
        f"INSERT INTO {table.name} AS held SELECT * FROM staged ORDER BY {key} "  # noqa: S608 - names of ours
        f"ON CONFLICT ({key}) DO UPDATE SET {', '.join(f'{name} = EXCLUDED.{name}' for name in content)} "
        f"WHERE ({', '.join(f'held.{name}' for name in compared)}) "
        f"IS DISTINCT FROM ({', '.join(f'EXCLUDED.{name}' for name in compared)})"
    ).rowcount
    raw.execute(_DROP)
    return changed
