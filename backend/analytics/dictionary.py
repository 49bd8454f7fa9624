"""The data dictionary and the diagram of entities, generated from the tables and the semantic model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from backend.analytics.datasets import DATASETS, Column
from backend.analytics.lineage import columns_of, joined_columns, lineage_of
from backend.analytics.semantic import MODEL
from backend.warehouse.tables import metadata

_EVERYWHERE = {
    "extra": "What no column stands for, by its JSON pointer",
    "revision": "The journal entry from which the row comes",
    "source_kind": "What that entry is: document, note, order or transaction",
    "pointer": "Where in its payload the row stands (JSON pointer)",
    "updated_at": "When the row was last written",
    "refreshed_at": "When the mart was told",
    "extractor_version": "The reader that read the note",
}


@dataclass(frozen=True, slots=True)
class Described:
    """One column of a dataset, and all that is known of it."""

    name: str
    kind: str
    description: str
    masked: bool
    lineage: dict[str, Any]


@lru_cache(maxsize=64)
def describe_columns(dataset: str) -> tuple[Described, ...]:
    """Answer the columns of a dataset in its order; raises KeyError for an unknown one."""
    return tuple(_described(dataset, column) for column in DATASETS[dataset].columns)


def _described(dataset: str, column: Column) -> Described:
    places = columns_of(column.expression)
    table, source = places[0] if len(places) == 1 else (dataset, column.name)
    lineage = lineage_of(table, source)
    if len(places) != 1 or table != dataset:
        lineage |= {"columns": [f"{table}.{name}" for table, name in places]}
    words = _words().get((table, source)) or _EVERYWHERE.get(column.name, "")
    return Described(column.name, column.kind.value, words, column.mask is not None, lineage)


@lru_cache(maxsize=1)
def _words() -> dict[tuple[str, str], str]:
    """Answer what the semantic model says of each column that a dimension shows as it is."""
    words: dict[tuple[str, str], str] = {}
    for cube in MODEL.cubes.values():
        for dimension in cube.dimensions:
            expression = dimension.expression
            if isinstance(expression, SqlColumn) and isinstance(expression.table, Table):
                words.setdefault((expression.table.name, expression.name), dimension.description)
    return words


def entity_diagram() -> str:
    """Draw the tables of the semantic model and their joins in Mermaid: many on the left, one or none on the right."""
    lines = ["erDiagram"]
    for cube in MODEL.cubes.values():
        for join in cube.joins:
            on = ", ".join(ours for ours, _ in joined_columns(cube, join))
            lines.append(f'  {_table(cube.name)} }}o--o| {_table(join.cube)} : "{on}"')
    for name in dict.fromkeys(_table(cube) for cube in MODEL.cubes):
        lines += [f"  {name} {{", *_attributes(metadata.tables[name]), "  }"]
    return "\n".join(lines) + "\n"


def _table(cube: str) -> str:
    table = MODEL.cubes[cube].table
    assert isinstance(table, Table)
    return table.name


def _attributes(table: Table) -> Iterator[str]:
    for column in table.columns:
        type_ = str(column.type.compile(postgresql.dialect())).lower()  # type: ignore[no-untyped-call]
        word = type_.split("(")[0].replace(" with time zone", "tz").replace(" ", "_").replace("[]", "_array")
        yield f"    {word} {column.name}{' PK' if column.primary_key else ''}"


def dictionary_page(names: Sequence[str]) -> str:
    """Write the data dictionary as Markdown, one table a dataset."""
    lines: list[str] = []
    for name in names:
        lines += [
            f"## {name}",
            "",
            "| column | kind | what | said in documents as | members |",
            "|---|---|---|---|---|",
        ]
        for one in describe_columns(name):
            said = sorted({word for source in one.lineage["from"] for word in source["spellings"]})
            members = ", ".join(f"`{member}`" for member in one.lineage["members"])
            masked = " (masked by role)" if one.masked else ""
            lines.append(f"| `{one.name}` | {one.kind} | {one.description}{masked} | {', '.join(said)} | {members} |")
        lines.append("")
    return "\n".join(lines)
