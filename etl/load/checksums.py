"""Compare the contents of tables, whatever the order of their rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Table, text

from backend.warehouse.tables import metadata

STAMPS: Mapping[str, frozenset[str]] = {
    "ingested": frozenset({"ingested_at", "catalog_at"}),  # when a worker came by, and with which catalogue
    "products": frozenset({"updated_at"}),  # when the reference was loaded
    "channels": frozenset({"updated_at"}),
}
"""Columns set by a clock and not told by the journal: they are no content. All other times come from `accepted_at`."""
COMPARED: tuple[str, ...] = (
    "customers",
    "customer_history",
    "customer_products",
    "products",
    "channels",
    "orders",
    "order_lines",
    "transactions",
    "notes",
    "mentions",
    "corrections",
    "unsold_asks",
    "suggestions",
    "outcomes",
    "warnings",
    "ingested",
    "sales_hourly",
    "sales_daily",
    "sales_regional",
    "product_frequency",
    "product_purchases",
    "unmet_demand",
)
"""The tables that the stored documents determine. Marts that are refreshed now and then are as old as their refresh."""

_SAMPLES = 5
_COMPARE = """
SELECT CASE WHEN old.content IS NULL THEN 'added' WHEN new.content IS NULL THEN 'removed' ELSE 'changed' END
  AS sort,
  count(*) AS n, (array_agg(key ORDER BY key))[:{samples}] AS keys
FROM ({old}) AS old FULL JOIN ({new}) AS new USING (key)
WHERE old.content IS DISTINCT FROM new.content GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class TableDifference:
    """How a table differs between two schemas, with the keys of some rows of each sort."""

    table: str
    n_added: int
    n_removed: int
    n_changed: int
    samples: Mapping[str, Sequence[str]]


def table_checksums(connection: Connection, *, schema: str | None = None) -> dict[str, str]:
    """Answer a digest of each table's content, the same in whatever order the rows were written."""
    return {name: _checksum(connection, metadata.tables[name], schema) for name in COMPARED}


def table_differences(connection: Connection, live: str, fresh: str) -> list[TableDifference]:
    """Answer the tables that differ: rows that `fresh` adds, rows that it lacks, rows that say something else."""
    before, after = table_checksums(connection, schema=live), table_checksums(connection, schema=fresh)
    different = [name for name in COMPARED if before[name] != after[name]]
    return [_difference(connection, metadata.tables[name], live, fresh) for name in different]


def _checksum(connection: Connection, table: Table, schema: str | None) -> str:
    """Answer the number of rows, and two 64-bit sums over them: values that change places between rows change both."""
    sums = ", ".join(f"coalesce(sum(hashtextextended({_content(table)}, {seed})), 0)" for seed in (1, 2))
    count, *found = connection.execute(
        text(f"SELECT count(*), {sums} FROM {_named(table, schema)} AS held")  # noqa: S608 - names of ours
    ).one()
    return f"{count}:" + "".join(f"{int(part) % 2**64:016x}" for part in found)


def _difference(connection: Connection, table: Table, live: str, fresh: str) -> TableDifference:
    key = f"ROW({', '.join(f'held.{column.name}' for column in table.primary_key.columns)})::text"
    side = f"SELECT {key} AS key, {_content(table)} AS content FROM {{}} AS held"  # noqa: S608 - names of ours
    sides = {"old": side.format(_named(table, live)), "new": side.format(_named(table, fresh))}
    found = connection.exec_driver_sql(_COMPARE.format(**sides, samples=_SAMPLES)).all()
    n = {row.sort: row.n for row in found}
    samples = {row.sort: tuple(row.keys) for row in found}
    return TableDifference(table.name, n.get("added", 0), n.get("removed", 0), n.get("changed", 0), samples)


def _content(table: Table) -> str:
    columns = (f'held."{c.name}"' for c in table.columns if c.name not in STAMPS.get(table.name, ()))
    return f"ROW({', '.join(columns)})::text"


def _named(table: Table, schema: str | None) -> str:
    return f'"{schema}".{table.name}' if schema else table.name
