"""Customer 360: all that is known of one customer, what was accepted a moment ago and not read yet included."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.analytics.kinds import Mask
from backend.analytics.scope import is_masked, refuse_operators
from backend.documents import journal
from backend.documents.suggestions import open_suggestions, wire_suggestion
from backend.domain.access import Caller
from backend.domain.events import JournalEntry, RevisionKind
from backend.domain.ids import CustomerId
from backend.domain.money import decimal_string
from backend.warehouse.tables import (
    customer_churn,
    customer_products,
    customers,
    ingested,
    mentions,
    notes,
    order_lines,
    orders,
    products,
)

_CONTACT = frozenset({"first_name", "last_name", "phone_number", "email_id", "mailing_street", "birth_date", "extra"})
_INTERNAL = frozenset({"search_text", "source_kind", "pointer"})


async def read_overview(connection: AsyncConnection, caller: Caller, head: journal.Head) -> dict[str, Any]:
    """Answer the customer whose head was found to be within the caller's scope."""
    refuse_operators(caller)
    customer_id = head.customer_id
    read_up_to = await connection.scalar(select(ingested.c.revision).where(ingested.c.customer_id == customer_id)) or 0
    unread = (await journal.entries_after({customer_id: read_up_to}))[customer_id] if read_up_to < head.revision else []
    row = (await connection.execute(_of(customers, customer_id))).mappings().one_or_none()
    value = await _churn(connection, customer_id)
    return {
        "customer": _customer(row, head, unread, caller),
        "revision": head.revision,
        "read_revision": read_up_to,
        "products": await _products(connection, customer_id),
        "notes": _standing(_unread_notes(unread), await _notes(connection, customer_id), unread),
        "orders": await _orders(connection, customer_id),
        "category_spend": await _category_spend(connection, customer_id),
        "segment": None if value is None else value["segment"],
        "churn": value,
        "suggestions": [wire_suggestion(stored) for stored in await open_suggestions([customer_id])],
    }


def _of(table: Table, customer_id: CustomerId) -> Any:
    return select(table).where(table.c.customer_id == customer_id)


def _customer(
    row: RowMapping | None, head: journal.Head, unread: Sequence[JournalEntry], caller: Caller
) -> dict[str, Any]:
    known: dict[str, Any] = {} if row is None else {key: value for key, value in row.items() if key not in _INTERNAL}
    if row is None:
        known = dict.fromkeys(column.name for column in customers.c if column.name not in _INTERNAL)
        known |= {"customer_id": head.customer_id, "store_id": head.store_id, "associate_id": head.associate_id}
        known |= _names(unread)
    income = known.pop("annual_income_cents")
    known["annual_income"] = None if income is None else decimal_string(income)
    if is_masked(Mask.INCOME, caller):
        known["annual_income"] = None
    if is_masked(Mask.CONTACT, caller):
        known |= dict.fromkeys(_CONTACT)
    return {key: _iso(value) for key, value in known.items()}


def _names(unread: Sequence[JournalEntry]) -> dict[str, Any]:
    """Take the names from a document that was not read yet, under whatever spelling of the field."""
    for entry in reversed(unread):
        if entry.kind is RevisionKind.DOCUMENT:
            plain = {key.lower().replace("_", ""): value for key, value in entry.payload.items()}
            names = {"first_name": plain.get("firstname"), "last_name": plain.get("lastname")}
            return {key: value for key, value in names.items() if isinstance(value, str)}
    return {}


def _iso(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


async def _churn(connection: AsyncConnection, customer_id: CustomerId) -> dict[str, Any] | None:
    """Answer how the customer stands by the mart; None: came after its last refresh."""
    row = (await connection.execute(_of(customer_churn, customer_id))).mappings().one_or_none()
    return None if row is None else {name: _iso(value) for name, value in row.items() if name != "customer_id"}


async def _products(connection: AsyncConnection, customer_id: CustomerId) -> list[dict[str, Any]]:
    statement = (
        select(customer_products.c.name, customer_products.c.product_id, customer_products.c.confidence)
        .where(customer_products.c.customer_id == customer_id)
        .order_by(customer_products.c.position)
    )
    return [dict(row) for row in (await connection.execute(statement)).mappings()]


def _unread_notes(unread: Sequence[JournalEntry]) -> list[dict[str, Any]]:
    """Answer the posted notes that wait to be read, newest first: shown at once, without mentions."""
    return [
        {
            "note_id": str(entry.payload.get("note_id", "")),
            "text": str(entry.payload.get("text", "")),
            "written_at": entry.payload.get("written_at") or _iso(entry.accepted_at),
            "associate_id": entry.associate_id,
            "order_id": None,
            "revision": entry.revision,
            "pointer": "/text",
            "read": False,
            "mentions": [],
            "follow_up": None,
            "sentiment": None,
        }
        for entry in reversed(unread)
        if entry.kind is RevisionKind.NOTE
    ]


def _standing(
    unread: list[dict[str, Any]], read: list[dict[str, Any]], entries: Sequence[JournalEntry]
) -> list[dict[str, Any]]:
    """Put both together, without what is taken back, and once what was read while this answer was being made."""
    notes = {note["note_id"]: note for note in [*unread, *read]}
    for entry in entries:
        if entry.kind is RevisionKind.RETRACTION:
            notes.pop(str(entry.payload.get("note_id")), None)
    return list(notes.values())


async def _notes(connection: AsyncConnection, customer_id: CustomerId) -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    named = (
        select(mentions, products.c.productname.label("product_name"))
        .join_from(mentions, products, mentions.c.product_id == products.c.productid, isouter=True)
        .where(mentions.c.customer_id == customer_id)
        .order_by(mentions.c.start)
    )
    for row in (await connection.execute(named)).mappings():
        found[row["note_id"]].append(_mention(dict(row)))
    newest_first = _of(notes, customer_id).order_by(notes.c.written_at.desc().nulls_last(), notes.c.note_id)
    return [_note(dict(row), found[row["note_id"]]) for row in (await connection.execute(newest_first)).mappings()]


def _mention(row: Mapping[str, Any]) -> dict[str, Any]:
    where = ("start", "end", "text", "product_ids", "product_name", "category", "intent", "confidence")
    said = ("size", "color", "gender", "quantity", "recipient", "shortage")
    return {name: row[name] for name in (*where, *said, "correction_id", "extractor_version")}


def _note(row: Mapping[str, Any], found: list[dict[str, Any]]) -> dict[str, Any]:
    follow_up = None
    if row["follow_up_due_on"] is not None:
        names = ("start", "end", "text", "due_on")
        follow_up = {name: _iso(row[f"follow_up_{name}"]) for name in names}
    kept = ("note_id", "text", "written_at", "associate_id", "order_id", "revision", "pointer", "sentiment")
    return {name: _iso(row[name]) for name in kept} | {"read": True, "mentions": found, "follow_up": follow_up}


async def _orders(connection: AsyncConnection, customer_id: CustomerId) -> list[dict[str, Any]]:
    lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
    statement = (
        select(order_lines, products.c.productname)
        .join_from(order_lines, products, order_lines.c.product_id == products.c.productid, isouter=True)
        .where(order_lines.c.customer_id == customer_id)
        .order_by(order_lines.c.order_id, order_lines.c.line_number)
    )
    for row in (await connection.execute(statement)).mappings():
        lines[row["order_id"]].append(_line(dict(row)))
    newest_first = _of(orders, customer_id).order_by(
        func.coalesce(orders.c.filed_on, orders.c.ordered_at).desc().nulls_last(), orders.c.order_id
    )
    return [_order(dict(row), lines[row["order_id"]]) for row in (await connection.execute(newest_first)).mappings()]


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "line_number": row["line_number"],
        "product_id": row["product_id"],
        "name": row["name"] or row["productname"],
        "quantity": row["quantity"],
        "unit_price": decimal_string(row["unit_price_cents"]),
        "discount": decimal_string(row["discount_cents"]),
        "amount": decimal_string(row["amount_cents"]),
    }


def _order(row: Mapping[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    kept = ("order_id", "status", "filed_on", "ordered_at", "comments", "store_id", "revision")
    amount = {"amount": decimal_string(row["amount_cents"]), "currency": row["currency"] or "USD"}
    return {name: _iso(row[name]) for name in kept} | amount | {"lines": lines}


async def _category_spend(connection: AsyncConnection, customer_id: CustomerId) -> list[dict[str, Any]]:
    amount = func.sum(order_lines.c.amount_cents).label("amount")
    currency = func.coalesce(orders.c.currency, "USD")
    statement = (
        select(products.c.productcategory.label("category"), currency.label("currency"), amount)
        .select_from(
            order_lines.join(
                orders,
                (order_lines.c.customer_id == orders.c.customer_id) & (order_lines.c.order_id == orders.c.order_id),
            ).outerjoin(products, order_lines.c.product_id == products.c.productid)
        )
        .where(order_lines.c.customer_id == customer_id)
        .group_by(products.c.productcategory, currency)
        .having(func.sum(order_lines.c.amount_cents) != 0)
        .order_by(amount.desc())
    )
    return [
        {"category": row.category, "amount": decimal_string(int(row.amount)), "currency": row.currency}
        for row in await connection.execute(statement)
    ]
