"""The rollups, recounted from the rows that they are made from: kept by differences, they must be checked."""

from typing import NamedTuple

from sqlalchemy import Connection, text

from backend.warehouse.rollups import ROLLUPS
from backend.warehouse.tables import metadata


class WrongCell(NamedTuple):
    """A cell of a rollup that is not the sum of its rows; what is held and counted, as text."""

    cell: str
    held: str
    counted: str


def recount(connection: Connection, rollup: str, *, limit: int = 100) -> list[WrongCell]:
    """Answer cells that are not what a recount gives: none, at any moment, in any snapshot."""
    table = metadata.tables[rollup]
    key = ", ".join(column.name for column in table.primary_key)
    sums = [column.name for column in table.columns if not column.primary_key]
    held, counted = ([f"{side}.{name}" for name in sums] for side in ("held", "counted"))
    query = f"""
    WITH counted AS ({ROLLUPS[rollup]})
    SELECT concat_ws('/', {key}) AS cell, concat_ws(' ', {", ".join(held)}) AS held,
      concat_ws(' ', {", ".join(counted)}) AS counted
    FROM {rollup} AS held FULL JOIN counted USING ({key})
    WHERE ({", ".join(held)}) IS DISTINCT FROM ({", ".join(counted)}) ORDER BY {key} LIMIT :limit
    """  # noqa: S608 - names and queries of ours
    return [WrongCell(*row) for row in connection.execute(text(query), {"limit": limit})]
