"""Add differences to a rollup: cells in which nothing is left are removed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql

from etl.load.arrays import array_literals

CellT = TypeVar("CellT", bound=tuple[Any, ...])


@dataclass(frozen=True)
class Rollup:
    """A table of sums by cell; `counts`: the column that is 0 where nothing is left in a cell."""

    table: Table
    counts: str

    @cached_property
    def add(self) -> str:
        """Add the differences, given column by column, in the order of the cells."""
        columns = ", ".join(column.name for column in self.table.columns)
        types = ", ".join(map(_array, self.table.columns))
        given = f"SELECT * FROM unnest({types}) ORDER BY {self._positions}"  # noqa: S608 - names of ours
        return f"INSERT INTO {self.table.name} AS held ({columns}) {given} {self.on_conflict}"

    @cached_property
    def on_conflict(self) -> str:
        """Say that what is added to a cell that is there is added to its sums."""
        key = ", ".join(column.name for column in self.table.primary_key)
        sums = ", ".join(
            f"{c.name} = held.{c.name} + EXCLUDED.{c.name}" for c in self.table.columns if not c.primary_key
        )
        return f"ON CONFLICT ({key}) DO UPDATE SET {sums}"

    @cached_property
    def sweep(self) -> str:
        """Remove those of the given cells in which nothing is left."""
        names = [column.name for column in self.table.primary_key]
        types = ", ".join(map(_array, self.table.primary_key))
        return (
            f"DELETE FROM {self.table.name} AS held USING unnest({types}) AS gone ({', '.join(names)}) WHERE "  # noqa: S608
            f"({', '.join(f'held.{n}' for n in names)}) = ({', '.join(f'gone.{n}' for n in names)}) "
            f"AND {self.counts} = 0"
        )

    @cached_property
    def _positions(self) -> str:
        return ", ".join(str(position) for position in range(1, len(self.table.primary_key) + 1))

    @cached_property
    def _counted(self) -> int:
        names = [column.name for column in self.table.columns if not column.primary_key]
        return names.index(self.counts)

    def change(self, raw: psycopg.Connection[Any], differences: Mapping[CellT, tuple[int, ...]]) -> int:
        """Add the differences in the order of the cells, so that loaders never wait in a circle; answer how many."""
        if not differences:
            return 0
        ordered = sorted(differences.items())
        raw.execute(self.add, array_literals([(*cell, *sums) for cell, sums in ordered]))
        losing = [cell for cell, sums in ordered if sums[self._counted] <= 0]
        if losing:
            raw.execute(self.sweep, array_literals(losing))
        return len(ordered)


def _array(column: Column[Any]) -> str:
    return f"%s::{column.type.compile(dialect=postgresql.dialect())}[]"  # type: ignore[no-untyped-call]
