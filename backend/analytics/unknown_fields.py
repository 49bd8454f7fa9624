"""Fields that documents have and no column stands for: how often they were seen, and what they hold."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.warehouse.tables import metadata

SAMPLE_ROWS = 100_000
_TABLES = tuple(name for name, table in metadata.tables.items() if "extra" in table.c)
_SEEN = """
SELECT shape, jsonb_typeof(value) AS type, count(*) AS n_values, count(DISTINCT row) AS n_rows
FROM (
  SELECT kept.ctid AS row, regexp_replace(key, '/[0-9]+(?=/|$)', '/*', 'g') AS shape, value
  FROM (SELECT ctid, extra FROM {table} WHERE extra <> '{{}}' LIMIT :most) AS kept, jsonb_each(extra)
) AS found GROUP BY 1, 2
"""


@dataclass(slots=True)
class UnknownField:
    """One field of one table. `shape`: where it stands most often, any place of a list as `*`."""

    table: str
    name: str
    shapes: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    n_rows: int = 0

    def described(self) -> dict[str, Any]:
        """Answer the field as the wire has it; shares are 0..1 of its values."""
        n_values = self.types.total()
        types = {name: round(n / n_values, 4) for name, n in self.types.most_common()}
        shape = self.shapes.most_common(1)[0][0]
        said = ", ".join(f"{share:.0%} {name}" for name, share in types.items())
        return {
            "table": self.table,
            "field": self.name,
            "pointer": shape,
            "rows": self.n_rows,
            "seen": n_values,
            "types": types,
            "says": f"{self.name} seen {n_values} times, {said}",
        }


async def read_unknown_fields(connection: AsyncConnection) -> list[dict[str, Any]]:
    """Answer the unknown fields of every table, the most frequent first; no value is shown.

    Of each table the first 100,000 rows that have any are looked at.
    """
    found: list[UnknownField] = []
    for table in _TABLES:
        rows = await connection.execute(text(_SEEN.format(table=table)), {"most": SAMPLE_ROWS})
        found += _fields(table, rows.all())
    found.sort(key=lambda one: (-one.types.total(), one.table, one.name))
    return [one.described() for one in found]


def _fields(table: str, rows: Iterable[Sequence[Any]]) -> list[UnknownField]:
    """Bring together what differs only in where it stands or how its name is spelled."""
    fields: dict[str, UnknownField] = {}
    for shape, type_, n_values, n_rows in rows:
        name = next((step for step in reversed(shape.split("/")) if step not in {"", "*"}), shape)
        name = name.replace("~1", "/").replace("~0", "~")
        key = "".join(character for character in name.casefold() if character.isalnum()) or name
        one = fields.setdefault(key, UnknownField(table, name))
        one.shapes[shape] += n_values
        one.types[type_] += n_values
        one.n_rows += n_rows
    return list(fields.values())
