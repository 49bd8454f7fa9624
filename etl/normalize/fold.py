"""Fold a customer's journal into rows, entry after entry: incremental loading and rebuilding are the same fold."""

from collections.abc import Iterable

from backend.domain.events import JournalEntry, RevisionKind
from backend.domain.mentions import NoteContext
from etl.normalize import fields
from etl.normalize.customer_rows import put_customer, put_products
from etl.normalize.documents import DocumentParts, set_aside, take_apart
from etl.normalize.fields import token
from etl.normalize.note_rows import drop_note, put_note
from etl.normalize.notes import replace_notes, state_note, written_on
from etl.normalize.objects import Doubtful, short_pointer
from etl.normalize.order_rows import Source, put_comments, put_order, take_back_order
from etl.normalize.orders import OrderStatement, state_order
from etl.normalize.payments import put_payment, replace_payments, state_payment
from etl.normalize.rows import WarningRow
from etl.normalize.state import CustomerState, NameReader
from etl.normalize.understood import Doubt
from etl.normalize.values import clean, identifier

_DOCUMENT = RevisionKind.DOCUMENT.value


def fold(state: CustomerState, entries: Iterable[JournalEntry], reader: NameReader) -> CustomerState:
    """Answer the state after these entries (in revision order); those that it holds already change nothing.

    Notes are put, not yet read: `read_notes` does that for many customers at once.
    """
    after = state.copy()
    for entry in entries:
        if entry.revision > after.revision:
            _FOLDS[entry.kind](after, entry, reader)
            after.revision = entry.revision
    return after


def _fold_document(state: CustomerState, entry: JournalEntry, reader: NameReader) -> None:
    """Let the newest document replace what documents said before; what came by itself stays."""
    parts = take_apart(entry.payload)
    source = Source(entry, posted=False)
    put_products(state, parts, entry, reader)
    replace_payments(state, parts, entry)
    statements = _statements(parts, reader)
    for order_id in [o.order_id for o in state.orders.values() if not o.posted and o.order_id not in statements]:
        take_back_order(state, order_id)
    for statement in statements.values():
        put_order(state, statement, source)
        parts.doubts.extend(statement.doubts)
    has_notes = "notes" in parts.sections or any(statement.comments for statement in statements.values())
    context = state.context() if has_notes else NoteContext()
    for statement in statements.values():
        put_comments(state, statement, source, context)
    replace_notes(state, parts, entry, context)
    put_customer(state, parts, entry)
    _replace_warnings(state, _DOCUMENT, parts.doubts, entry.revision)


def _fold_order(state: CustomerState, entry: JournalEntry, reader: NameReader) -> None:
    statement = state_order(entry.payload, "", reader, name=f"revision:{entry.revision}")
    source = Source(entry, posted=True)
    put_order(state, statement, source)
    put_comments(state, statement, source, state.context() if statement.comments else NoteContext())
    _replace_warnings(state, f"order/{statement.order_id}", statement.doubts, entry.revision)


def _fold_note(state: CustomerState, entry: JournalEntry, _reader: NameReader) -> None:
    text_key = next((key for key in entry.payload if token(key) in fields.TEXTS), None)
    note, doubts = state_note(entry, entry.payload, "", text_key, f"revision:{entry.revision}")
    put_note(state, note, written_on(note), state.context())
    _replace_warnings(state, f"note/{note.note_id}", doubts, entry.revision)


def _fold_transaction(state: CustomerState, entry: JournalEntry, _reader: NameReader) -> None:
    payment = state_payment(entry, entry.payload, "", f"{entry.customer_id}/revision:{entry.revision}")
    put_payment(state, payment.row)
    _replace_warnings(state, f"transaction/{payment.row.transaction_id}", payment.doubts, entry.revision)


def _fold_retraction(state: CustomerState, entry: JournalEntry, _reader: NameReader) -> None:
    """Forget a posted note; the door has asked who wrote it."""
    note = state.notes.get(identifier(entry.payload.get("note_id")) or "")
    if note is not None and note.source_kind == RevisionKind.NOTE:
        drop_note(state, note.note_id)
        _replace_warnings(state, f"note/{note.note_id}", (), entry.revision)


_FOLDS = {
    RevisionKind.DOCUMENT: _fold_document,
    RevisionKind.ORDER: _fold_order,
    RevisionKind.NOTE: _fold_note,
    RevisionKind.TRANSACTION: _fold_transaction,
    RevisionKind.RETRACTION: _fold_retraction,
}


def _statements(parts: DocumentParts, reader: NameReader) -> dict[str, OrderStatement]:
    """Answer what the document says of each order; of two with one identifier the later counts."""
    found: dict[str, OrderStatement] = {}
    for part in parts.sections.get("orders", ()):
        if not isinstance(part.value, dict):
            set_aside(parts, part, "not_an_order", "an order is an object")
            continue
        statement = state_order(part.value, part.pointer, reader, name=identifier(part.name))
        if statement.order_id in found:
            parts.doubts.append(Doubtful(part.pointer, Doubt("duplicate_order", "stated twice: the later one counts")))
        found[statement.order_id] = statement
    return found


def _replace_warnings(state: CustomerState, source: str, doubts: Iterable[Doubtful], revision: int) -> None:
    """Put the doubts of one source, and forget those that it gave before."""
    rows: dict[tuple[str, str, str], WarningRow] = {}
    for pointer, doubt in doubts:
        place = short_pointer(pointer)
        row = WarningRow(state.customer_id, source, place, doubt.code, clean(doubt.detail), revision)
        held = state.warnings.get((source, place, doubt.code))
        rows[source, place, doubt.code] = held if held is not None and held[:-1] == row[:-1] else row
    for key in [key for key in state.warnings if key[0] == source and key not in rows]:
        del state.warnings[key]
    state.warnings.update(rows)
