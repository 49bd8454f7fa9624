"""The file that says what to read from other databases: which tables, how they are keyed, what their columns mean.

It names the environment variable that holds the address and the password; it never holds them.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.errors import UnusableInputError
from cli.importing.shapes import SHAPES, Shape, column_of

_MEMBERS = frozenset({"kind", "table", "query", "key", "changed", "columns"})


@dataclass(frozen=True, slots=True)
class Reading:
    """One table to read. `key` tells what belongs together: a row's own identity, or the order's for order lines.

    `changed`: a column that grows with every change; without one, all is read each time. `columns` renames.
    """

    name: str  # "crm/people": under which its position is kept and its rejects are told
    url: str
    kind: str
    table: str | None  # "people" or "crm.people"; None: the query
    query: str | None
    key: str
    changed: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def shape(self) -> Shape:
        """What its rows have to name."""
        return SHAPES[self.kind]


def read_connections(path: Path, environ: Mapping[str, str] = os.environ) -> list[Reading]:
    """Read the file; raises UnusableInputError naming the place that is wrong."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnusableInputError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnusableInputError(f"{path}: no TOML: {error}") from error
    readings = [one for name, database in said.items() for one in _readings(path, name, database, environ)]
    if not readings:
        raise UnusableInputError(f"{path}: nothing to read: name a database and what to read, [crm] and [[crm.read]]")
    return readings


def _readings(path: Path, name: str, database: Any, environ: Mapping[str, str]) -> Iterator[Reading]:
    where = f"{path}: [{name}]"
    if not isinstance(database, dict) or not isinstance(database.get("url"), str):
        raise UnusableInputError(f"{where}: url names the environment variable that holds the database's address")
    variable = database["url"]
    if "/" in variable or "@" in variable:
        raise UnusableInputError(f"{where}: url holds an address: put that into the environment, and its variable here")
    if not environ.get(variable):
        raise UnusableInputError(f"{where}: the environment variable {variable} is not set")
    for number, read in enumerate(database.get("read", []), start=1):
        yield _reading(f"{path}: [[{name}.read]] {number}", name, environ[variable], read)


def _reading(where: str, name: str, url: str, read: Any) -> Reading:
    if not isinstance(read, dict) or (unknown := sorted(read.keys() - _MEMBERS)):
        named = unknown[0] if isinstance(read, dict) else read
        raise UnusableInputError(f"{where}: {named!r} is none of {', '.join(sorted(_MEMBERS))}")
    kind, table, query = (read.get(member) for member in ("kind", "table", "query"))
    if kind not in SHAPES:
        raise UnusableInputError(f"{where}: kind is one of {', '.join(SHAPES)}")
    if not isinstance(table or query, str) or (table and query):
        raise UnusableInputError(f"{where}: give either a table or a query")
    columns = read.get("columns", {})
    if not isinstance(columns, dict) or not all(isinstance(column, str) for column in columns.values()):
        raise UnusableInputError(f'{where}: columns say {{"column there" = "column here"}}')
    key = read.get("key") or _key(where, SHAPES[kind], columns)
    return Reading(f"{name}/{table or kind}", url, kind, table, query, key, read.get("changed"), columns)


def _key(where: str, shape: Shape, columns: Mapping[str, str]) -> str:
    """Answer the column there that identifies an entry here, by the renaming."""
    identity = shape.required[0][0]
    for there, here in columns.items():
        if here == identity or column_of(shape.table, here) == identity:
            return there
    raise UnusableInputError(f"{where}: key names the column that identifies an entry ({identity})")
