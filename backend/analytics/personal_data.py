"""Every row that the tables hold of one person: what they are answered when they ask."""

from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.domain.ids import CustomerId
from backend.warehouse.erasing import personal_tables
from backend.warehouse.tables import corrections, outcomes, suggestions

_INTERNAL = frozenset({"search_text"})


async def read_personal_rows(connection: AsyncConnection, customer_id: CustomerId) -> dict[str, list[dict[str, Any]]]:
    """Answer the rows by table, in the order of their keys: the tables that an erasure empties, no more and no less."""
    found = {}
    for table in (*personal_tables(), corrections):
        found[table.name] = await _rows(connection, table, table.c.customer_id == customer_id)
    own = select(suggestions.c.suggestion_id).where(suggestions.c.customer_id == customer_id)
    found[outcomes.name] = await _rows(connection, outcomes, outcomes.c.suggestion_id.in_(own))
    return {name: rows for name, rows in sorted(found.items()) if rows}


async def _rows(connection: AsyncConnection, table: Table, condition: Any) -> list[dict[str, Any]]:
    columns = [column for column in table.columns if column.name not in _INTERNAL]
    rows = await connection.execute(select(*columns).where(condition).order_by(*table.primary_key.columns))
    return [dict(row) for row in rows.mappings()]
