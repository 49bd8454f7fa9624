"""One plan a table: which rows it holds, by which key, and the SQL that reads and writes them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy import Table

from backend.warehouse import tables
from etl.normalize import rows
from etl.normalize.state import CustomerState

RowT = TypeVar("RowT", bound=tuple[Any, ...])


@dataclass(frozen=True)
class TablePlan(Generic[RowT]):
    """A table of customers' rows. `held` answers those of one customer, by their key within the customer."""

    table: Table
    row: Callable[[Any], RowT]
    held: Callable[[CustomerState], dict[Any, RowT]]

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    @cached_property
    def columns(self) -> str:
        """All columns, quoted, in the order of the row."""
        return ", ".join(f'"{column.name}"' for column in self.table.columns)

    @cached_property
    def n_key(self) -> int:
        """How many columns the primary key has: they are the first ones."""
        return len(self.table.primary_key.columns)

    def key(self, row: RowT) -> Any:
        """Answer the row's key within its customer."""
        key = row[1 : self.n_key]
        return key[0] if len(key) == 1 else key

    @cached_property
    def select(self) -> str:
        """Read the rows of some customers."""
        return f"SELECT {self.columns} FROM {self.name} WHERE customer_id = ANY(%s)"  # noqa: S608 - names of ours

    @cached_property
    def copy(self) -> str:
        """Take in rows that are new."""
        return f"COPY {self.name} ({self.columns}) FROM STDIN"

    @cached_property
    def upsert(self) -> str:
        """Write one row, new or changed."""
        key = [column.name for column in self.table.primary_key.columns]
        values = ", ".join("%s" for _ in self.table.columns)
        changed = ", ".join(f'"{c.name}" = EXCLUDED."{c.name}"' for c in self.table.columns if c.name not in key)
        return (
            f"INSERT INTO {self.name} ({self.columns}) VALUES ({values}) "  # noqa: S608 - names of ours
            f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}"
        )

    @cached_property
    def delete(self) -> str:
        """Remove one row by its key."""
        key = " AND ".join(f"{column.name} = %s" for column in self.table.primary_key.columns)
        return f"DELETE FROM {self.name} WHERE {key}"  # noqa: S608 - names of ours


def _customer(state: CustomerState) -> dict[Any, rows.CustomerRow]:
    return {} if state.customer is None else {(): state.customer}


CUSTOMERS = TablePlan(tables.customers, rows.CustomerRow._make, _customer)
CUSTOMER_PRODUCTS = TablePlan(tables.customer_products, rows.CustomerProductRow._make, lambda state: state.products)
CUSTOMER_HISTORY = TablePlan(tables.customer_history, rows.CustomerHistoryRow._make, lambda state: state.history)
ORDERS = TablePlan(tables.orders, rows.OrderRow._make, lambda state: state.orders)
ORDER_LINES = TablePlan(tables.order_lines, rows.OrderLineRow._make, lambda state: state.lines)
TRANSACTIONS = TablePlan(tables.transactions, rows.TransactionRow._make, lambda state: state.transactions)
NOTES = TablePlan(tables.notes, rows.NoteRow._make, lambda state: state.notes)
MENTIONS = TablePlan(tables.mentions, rows.MentionRow._make, lambda state: state.mentions)
UNSOLD_ASKS = TablePlan(tables.unsold_asks, rows.UnsoldAskRow._make, lambda state: state.unsold)
WARNINGS = TablePlan(tables.warnings, rows.WarningRow._make, lambda state: state.warnings)

PLANS: tuple[TablePlan[Any], ...] = (
    CUSTOMERS,
    CUSTOMER_HISTORY,
    CUSTOMER_PRODUCTS,
    ORDERS,
    ORDER_LINES,
    TRANSACTIONS,
    NOTES,
    MENTIONS,
    UNSOLD_ASKS,
    WARNINGS,
)
"""In the order in which every loader writes, so that no two wait for each other."""
