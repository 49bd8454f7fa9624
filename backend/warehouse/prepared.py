"""Queries that are rendered once and run by the driver as they are, many of them in one round trip."""

from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Select, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect
from sqlalchemy.sql import ColumnElement, func

_DIALECT = psycopg_dialect.dialect()  # type: ignore[no-untyped-call]


class Prepared:
    """A query with parameters of its own names.

    Rendering a query costs as much as its answer, and a list of ids that is spelt out makes another text of it each
    time, which the server then plans anew: so ids are one array (`one_of`), and the text is always the same.
    """

    def __init__(self, query: Select[Any]) -> None:
        self.query = query
        compiled = query.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        self.text = compiled.string
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}

    def run(self, raw: psycopg.Connection[Any], **values: Any) -> psycopg.Cursor[Any]:
        """Send it; the rows, by name, can be fetched once the pipeline around it has ended."""
        return raw.cursor(row_factory=namedtuple_row).execute(self.text, {**self._fixed, **values})


def one_of(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Say that the column is one of the texts of a list that is given when the query runs."""
    return column == func.any(bindparam(name, required=False, type_=ARRAY(Text)))
