"""What a later document changes of a customer's own fields: one row a field, from what to what."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from etl.normalize.rows import CustomerHistoryRow, CustomerRow
from etl.normalize.state import CustomerState

_UNTOLD = frozenset(
    {"customer_id", "last_interaction_on", "search_text", "extra", "updated_at", "revision", "source_kind", "pointer"}
)
_TOLD = tuple(
    (position, column, column.removesuffix("_cents"))
    for position, column in enumerate(CustomerRow._fields)
    if column not in _UNTOLD
)
_STATED_AS: Mapping[str, tuple[str, ...]] = {
    "first_name": ("first_name", "full_name"),
    "last_name": ("last_name", "full_name"),
    "mailing_street": ("mailing_street", "address_text"),
    "annual_income_cents": ("annual_income_cents", "annual_income"),
}


def put_changes(state: CustomerState, held: CustomerRow, row: CustomerRow, pointers: Mapping[str, str]) -> None:
    """Put a row for each field in which the customer differs from before; the first document changes nothing.

    `pointers`: where the document states what, by column.
    """
    for position, column, field in _TOLD:
        if held[position] != row[position]:
            state.history[row.revision, field] = CustomerHistoryRow(
                customer_id=row.customer_id,
                revision=row.revision,
                field=field,
                old_value=_written(column, held[position]),
                new_value=_written(column, row[position]),
                changed_at=row.updated_at,
                source_kind=row.source_kind,
                pointer=_pointer(column, row[position], pointers),
            )


def _written(column: str, value: Any) -> str | None:
    """Answer a value as text: days as ISO 8601, money in the major unit."""
    if value is None or isinstance(value, str):
        return value
    if column.endswith("_cents"):
        return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _pointer(column: str, value: Any, pointers: Mapping[str, str]) -> str:
    if value is None:
        return ""
    return next((pointers[name] for name in _STATED_AS.get(column, (column,)) if name in pointers), "")
