"""What is stored of notes: the notes themselves, and what was found in them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from backend.domain.ids import CustomerId
from backend.warehouse.driver import driver
from etl.load.statements import MENTIONS, NOTES, UNSOLD_ASKS, TablePlan
from etl.normalize.state import CustomerState

_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_HELD = "SELECT customer_id, revision FROM ingested WHERE revision > 0 AND customer_id = ANY(%s) ORDER BY customer_id"
_PLANS: tuple[TablePlan[Any], ...] = (NOTES, MENTIONS, UNSOLD_ASKS)


def read_readings(connection: Connection, customer_ids: Sequence[CustomerId]) -> list[CustomerState]:
    """Read notes and findings of those of the customers that are in the tables, as of one moment.

    Nothing can be written in the transaction any more, and nobody waits for it.
    """
    raw = driver(connection)
    ids = list(customer_ids)
    with raw.pipeline():
        raw.execute(_SNAPSHOT)
        held = raw.execute(_HELD, (ids,))
        cursors = [raw.execute(plan.select, (ids,)) for plan in _PLANS]
    states = {CustomerId(id_): CustomerState(CustomerId(id_), revision) for id_, revision in held.fetchall()}
    for plan, cursor in zip(_PLANS, cursors, strict=True):
        for row in map(plan.row, cursor.fetchall()):
            if state := states.get(row.customer_id):
                plan.held(state)[plan.key(row)] = row
    return list(states.values())
