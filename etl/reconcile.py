"""Reconcile documents with the warehouse: fold some journals anew, and compare every cell with what is held."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from backend.documents.journal import entries_after
from backend.domain.ids import CustomerId
from backend.warehouse.engine import Engine
from backend.warehouse.tables import ingested
from etl.load.statements import (
    CUSTOMER_HISTORY,
    CUSTOMER_PRODUCTS,
    CUSTOMERS,
    ORDER_LINES,
    ORDERS,
    TRANSACTIONS,
    TablePlan,
)
from etl.load.states import read_states
from etl.normalize.fold import fold
from etl.normalize.state import CustomerState

CHECK = "documents_equal_warehouse"
PROMISE = "every cell of customers, orders, lines and payments is what the stored documents say"
SAMPLE = 200
_PLANS: tuple[TablePlan[Any], ...] = (
    CUSTOMERS,
    CUSTOMER_HISTORY,
    CUSTOMER_PRODUCTS,
    ORDERS,
    ORDER_LINES,
    TRANSACTIONS,
)
_RESOLVED: Mapping[str, frozenset[str]] = {
    "customer_products": frozenset({"product_id", "confidence"}),
    "order_lines": frozenset({"product_id"}),
}
"""What a name was resolved to is told by the catalogue of its day, not by the document."""


class NoNames:
    """Resolves no name: what is compared does not depend on the catalogue."""

    def resolve_name(self, _name: str) -> None:
        """Know nothing."""


@dataclass(slots=True)
class Reconciled:
    """How many customers and cells were compared, and the cells that differ, each with table, key and column."""

    n_customers: int = 0
    n_cells: int = 0
    different: list[str] = field(default_factory=list)


async def reconcile(engine: Engine, *, n_customers: int = SAMPLE) -> Reconciled:
    """Compare customers drawn by chance, in one snapshot of the tables; who was erased meanwhile is left out."""
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ")
    with snapshot.connect() as connection:
        revisions = _drawn(connection, n_customers)
        held = read_states(connection, revisions)
    found = Reconciled()
    for customer_id, entries in (await entries_after(dict.fromkeys(revisions, 0))).items():
        known = [entry for entry in entries if entry.revision <= revisions[customer_id]]
        if known:
            compare(held[customer_id], fold(CustomerState(customer_id), known, NoNames()), found)
    return found


def _drawn(connection: Connection, n_customers: int) -> dict[CustomerId, int]:
    loaded = select(ingested.c.customer_id, ingested.c.revision).where(ingested.c.revision > 0)
    rows = connection.execute(loaded.order_by(func.random()).limit(n_customers))
    return {CustomerId(row.customer_id): row.revision for row in rows}


def compare(held: CustomerState, told: CustomerState, found: Reconciled) -> None:
    """Add one customer: every cell of every row that either side has."""
    found.n_customers += 1
    for plan in _PLANS:
        ours, theirs = plan.held(held), plan.held(told)
        for key in ours.keys() | theirs.keys():
            cells = list(_cells(plan, ours.get(key), theirs.get(key)))
            found.n_cells += len(cells)
            found.different += [
                f"{plan.name}/{held.customer_id}/{key}/{name}" for name, is_equal in cells if not is_equal
            ]


def _cells(
    plan: TablePlan[Any], ours: Sequence[Any] | None, theirs: Sequence[Any] | None
) -> Iterator[tuple[str, bool]]:
    """Yield each column and whether the two rows agree; a row that one side lacks disagrees in every column."""
    skipped = _RESOLVED.get(plan.name, frozenset())
    for position, column in enumerate(plan.table.columns):
        if column.name not in skipped:
            yield column.name, ours is not None and theirs is not None and ours[position] == theirs[position]
