"""Rows of somebody else's database, in pages that can be taken up again; nothing is written there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import NoneType
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    column,
    create_engine,
    func,
    null,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from cli.errors import CommandError, UnusableInputError
from cli.importing.connections import Reading
from cli.importing.rows import Broken, Row, check_columns, row_of

PAGE = 1_000
"""So many entries are read, written and counted as done at once."""
LATE = timedelta(minutes=5)
"""A transaction may commit so long after the times that it wrote; what therefore comes twice changes nothing."""
_TYPES: dict[str, tuple[type, Callable[[Any], str], Callable[[str], Any]]] = {
    "none": (NoneType, str, lambda _: None),
    "text": (str, str, str),
    "int": (int, str, int),
    "float": (float, repr, float),
    "decimal": (Decimal, str, Decimal),
    "time": (datetime, datetime.isoformat, datetime.fromisoformat),
    "day": (date, date.isoformat, date.fromisoformat),
    "uuid": (UUID, str, UUID),
}


@dataclass(frozen=True, slots=True)
class Position:
    """How far a table was read: the key of the last entry, and when that one changed, where there is such a column."""

    key: Any
    changed: Any = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries' rows, read anew each time they are asked for, and the position after them."""

    path: Path
    columns: Sequence[str]
    cells: Sequence[Mapping[str, Any]]
    first: int
    after: Position

    def rows(self, advance: Callable[[int], None] = lambda _: None) -> "PageRows":
        """Answer the rows; `advance` is told how many."""
        advance(len(self.cells))
        return PageRows(self)


@dataclass(frozen=True, slots=True)
class PageRows:
    """The rows of a page, with the columns that they have."""

    page: Page

    @property
    def columns(self) -> list[str]:
        """The columns as they are called here."""
        return list(self.page.columns)

    def __iter__(self) -> Iterator[Row | Broken]:
        for number, cells in enumerate(self.page.cells, start=self.page.first):
            yield row_of(self.page.path, number, cells)


def open_database(url: str) -> Engine:
    """Make an engine; raises UnusableInputError where the address is none, or its driver is not installed."""
    try:
        return create_engine(url, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError) as error:
        raise UnusableInputError(f"no database's address: {_without_address(error, url)}") from error
    except ImportError as error:
        raise UnusableInputError(f"the database's driver is not installed here: {error.name}") from error


class Table:
    """One table or query of a database, read in pages of whole entries."""

    def __init__(self, reading: Reading, engine: Engine, n_entries: int = PAGE) -> None:
        self._reading, self._engine, self._n_entries = reading, engine, n_entries

    def pages(self, after: Position | None) -> Iterator[Page]:
        """Answer what comes after a position, in order; raises CommandError where the database does not answer."""
        first = 1
        try:
            while True:
                with self._engine.connect() as connection:
                    page = self._page(connection, after, first)
                if page is None:
                    return
                yield page
                after, first = page.after, first + len(page.cells)
        except SQLAlchemyError as error:
            raise CommandError(f"{self._reading.name}: {_without_address(error, self._reading.url)}") from error

    def _page(self, connection: Connection, after: Position | None, first: int) -> Page | None:
        entries = connection.execute(self._next_entries(after)).all()
        if not entries:
            return None
        last = entries[-1]
        found = connection.execute(self._rows([entry[0] for entry in entries]))
        columns = [self._reading.columns.get(name, name) for name in found.keys()]  # noqa: SIM118 - a result, no dict
        check_columns(self._reading.name, columns)
        cells = [dict(zip(columns, row, strict=True)) for row in found]
        return Page(Path(self._reading.name), columns, cells, first, Position(last[0], last[1]))

    def _next_entries(self, after: Position | None) -> Select[Any]:
        """Ask for the keys of the next entries: by key, or by the newest change of any of an entry's rows."""
        key: ColumnClause[Any] = column(self._reading.key)
        asked = select(key).where(key.is_not(None)).group_by(key).limit(self._n_entries)
        if self._reading.changed is None:
            asked = asked.add_columns(null()).order_by(key)
            return self._from(asked if after is None else asked.where(key > after.key))
        newest: ColumnElement[Any] = func.max(column(self._reading.changed))
        asked = asked.add_columns(newest).having(newest.is_not(None)).order_by(newest, key)
        if after is not None:
            asked = asked.having(or_(newest > after.changed, and_(newest == after.changed, key > after.key)))
        return self._from(asked)

    def _rows(self, keys: Sequence[Any]) -> Select[Any]:
        key: ColumnClause[Any] = column(self._reading.key)
        return self._from(select(text("*")).where(key.in_(keys)).order_by(key))

    def _from(self, asked: Select[Any]) -> Select[Any]:
        if self._reading.query is not None:
            return asked.select_from(text(f"({self._reading.query.rstrip().rstrip(';')}) AS source"))
        schema, _, name = (self._reading.table or "").rpartition(".")
        return asked.select_from(table(name, schema=schema or None))


def written(position: Position) -> dict[str, str]:
    """Answer a position as texts that tell types apart: a time keeps its microseconds, and whether it has a zone."""
    return {name: _written(value) for name, value in (("key", position.key), ("changed", position.changed))}


def read_position(kept: Mapping[str, str]) -> Position:
    """Answer the position that was written; one by time is taken back a little, for what was committed late."""
    changed = _read(kept["changed"])
    return Position(_read(kept["key"]), changed - LATE if isinstance(changed, datetime) else changed)


def _written(value: Any) -> str:
    for name, (type_, write, _) in _TYPES.items():
        if type(value) is type_:
            return f"{name}:{write(value)}"
    return f"text:{value}"


def _read(kept: str) -> Any:
    name, _, value = kept.partition(":")
    return _TYPES[name][2](value)


def _without_address(error: Exception, url: str) -> str:
    """Say what the driver says, without the address and its password."""
    said = str(getattr(error, "orig", None) or error).partition("\n")[0]
    password = url.rpartition("@")[0].rpartition(":")[2]
    return said.replace(url, "…").replace(password or "\0", "…")[:300]
