"""What each kind of file must name, and how a row becomes a draft for the journal."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from backend.documents.journal import Draft
from backend.domain.events import RevisionKind
from backend.domain.ids import AssociateId, CustomerId, StoreId
from cli.importing.rows import Row
from etl.normalize import fields
from etl.normalize.fields import Field, token
from etl.normalize.values import moment, text_of

_LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of file. Of each group of `required` columns a row needs one; the first of all identifies the row."""

    kind: str
    table: Mapping[str, Field]
    required: tuple[tuple[str, ...], ...]
    check: Callable[[Mapping[str, Any]], str | None] = lambda _: None


def column_of(table: Mapping[str, Field], name: str) -> str | None:
    """Answer the column that a name stands for, however it is spelled."""
    found = table.get(token(name))
    return found.column if found else None


def value_of(record: Mapping[str, Any], shape: Shape, column: str) -> Any:
    """Answer the record's value for a column, under whichever spelling it stands; None: there is none."""
    if (value := record.get(column)) not in (None, ""):
        return value
    for name, found in record.items():
        if found not in (None, "") and column_of(shape.table, name) == column:
            return found
    return None


def why_not(record: Mapping[str, Any], shape: Shape) -> str | None:
    """Say what keeps the record from being taken; None: nothing does."""
    for columns in shape.required:
        values = [value_of(record, shape, column) for column in columns]
        if all(value is None for value in values):
            return f"no {' or '.join(columns)}"
        for column, value in zip(columns, values, strict=True):
            if column.endswith("id") and value is not None and (fault := _bad_id(value)):
                return f"{column}: {fault}"
    return shape.check(record)


def draft_of(row: Row, shape: Shape, accepted_at: datetime) -> Draft:
    """Make the draft of a row that can be taken."""
    record = row.record
    kind = _KINDS[shape.kind]
    identity = _IDENTITIES.get(shape.kind)
    is_document = kind is RevisionKind.DOCUMENT
    store = _text(value_of(record, shape, "store_id")) if is_document else None
    associate = _text(value_of(record, shape, "associate_id"))
    return Draft(
        customer_id=CustomerId(str(value_of(record, shape, "customer_id"))),
        kind=kind,
        payload=record,
        raw=row.stored,
        accepted_at=accepted_at,
        identity=str(value_of(record, shape, identity)) if identity else None,
        store_id=StoreId(store) if store else None,
        associate_id=AssociateId(associate) if associate and is_document else None,
        author_id=None,  # history asks for nothing by itself; who wrote a note stands in its payload
    )


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _bad_id(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return f"{value!r:.80} is no identifier: send a text"
    text = str(value)
    if len(text.encode(errors="replace")) > _LONGEST_ID:
        return f"an identifier has at most {_LONGEST_ID} bytes"
    if "/" in text or any(ord(character) < ord(" ") for character in text):
        return "an identifier holds no slash and no control character"
    return None


def _check_note(record: Mapping[str, Any]) -> str | None:
    text = value_of(record, NOTES, "text")
    if not isinstance(text, str) or not text.strip():
        return "text: write the note as text"
    written_at = value_of(record, NOTES, "written_at")
    return None if moment(written_at).value else f"written_at: {written_at!r:.80} is no date"


def _check_order(record: Mapping[str, Any]) -> str | None:
    """Say what is wrong with the date of an order, or with one of its lines: the record itself, or those within."""
    if not isinstance(record.get("lines", []), list):
        return "lines: send a list of lines"
    when = value_of(record, ORDERS, "ordered_at") or value_of(record, ORDERS, "filed_on")
    if when is None:
        return "no ordered_at"
    if moment(when).value is None:
        return f"ordered_at: {when!r:.80} is no date"
    if "lines" not in record:
        return _check_line(record)
    faults = (_check_line(line) if isinstance(line, dict) else "no object" for line in record["lines"])
    return next((f"lines/{at}: {fault}" for at, fault in enumerate(faults) if fault is not None), None)


def _check_line(line: Mapping[str, Any]) -> str | None:
    if all(_among_line(line, name) is None for name in ("product_id", "name", "skuid")):
        return "no product_id, name or skuid"
    for column in ("quantity", "unit_price", "discount"):
        value = _among_line(line, column)
        if value is not None and not _is_number(value):
            return f"{column}: {value!r:.80} is no number"
    return None


def _among_line(record: Mapping[str, Any], column: str) -> Any:
    if (found := record.get(column)) not in (None, ""):
        return found
    for name, value in record.items():
        if value not in (None, "") and column_of(fields.LINE, name) in (column, f"{column}_cents"):
            return value
    return None


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return False
    if isinstance(value, float):
        return math.isfinite(value)
    try:
        return Decimal(str(value).strip().replace(",", "").lstrip("$€£")).is_finite()
    except InvalidOperation:
        return False


CUSTOMERS = Shape("customers", fields.CUSTOMER, (("customer_id",),))
PRODUCTS = Shape("products", fields.PRODUCT, (("productid",), ("productname",)))
CHANNELS = Shape("channels", fields.CHANNEL, (("store_id",),))
ORDERS = Shape("orders", fields.ORDER, (("order_id",), ("customer_id",)), _check_order)
TRANSACTIONS = Shape("transactions", fields.TRANSACTION, (("transaction_id",), ("customer_id",)))
NOTES = Shape(
    "notes",
    {**fields.NOTE, "text": Field("text", text_of, 0)},
    (("note_id",), ("customer_id",), ("text",), ("written_at",)),
    _check_note,
)
SHAPES = {shape.kind: shape for shape in (CUSTOMERS, PRODUCTS, CHANNELS, ORDERS, TRANSACTIONS, NOTES)}

_KINDS = {
    "customers": RevisionKind.DOCUMENT,
    "orders": RevisionKind.ORDER,
    "transactions": RevisionKind.TRANSACTION,
    "notes": RevisionKind.NOTE,
}
_IDENTITIES = {"orders": "order_id", "transactions": "transaction_id", "notes": "note_id"}
