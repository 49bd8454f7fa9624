"""Fold what is said of an order into its rows: the order, its lines, its comments as notes, its payments."""

from datetime import UTC, datetime, time
from typing import Any, NamedTuple

from backend.domain.events import JournalEntry
from backend.domain.mentions import NoteContext
from etl.normalize.lines import LineStatement
from etl.normalize.note_rows import drop_note, put_note
from etl.normalize.orders import OrderStatement, is_sold
from etl.normalize.payments import derive_payments
from etl.normalize.rows import N_PROVENANCE, NoteRow, OrderLineRow, OrderRow
from etl.normalize.state import CustomerState


class Source(NamedTuple):
    """The journal entry that is being folded, and whether it came by itself or within a document."""

    entry: JournalEntry
    posted: bool

    @property
    def kind(self) -> str:
        """The kind of the entry, as rows have it."""
        return self.entry.kind.value


def put_order(state: CustomerState, statement: OrderStatement, source: Source) -> None:
    """Fold one order. Comments are queued to be read only by `put_comments`, when all that was bought is known.

    An order that was posted keeps whatever later statements do not speak of; one that only documents know
    is what the newest document says. An order without a date is as old as its first mention.
    """
    held = state.orders.get(statement.order_id)
    merging = held is not None and (held.posted or source.posted)
    order = _order(state, statement, source, held, held if merging else None)
    lines = _lines(state, statement, source, order, merging=merging)
    for gone in state.lines_of(order.order_id)[len(lines) :]:
        del state.lines[gone.order_id, gone.line_number]
    for held_line, line in lines:
        state.lines[line.order_id, line.line_number] = _unless_same(held_line, line)
    sum_of_lines = sum(line.amount_cents for _, line in lines)
    stated = statement.said.get("amount_cents", held.amount_cents if merging and held and not held.n_lines else 0)
    order = order._replace(n_lines=len(lines), amount_cents=sum_of_lines if lines else stated * is_sold(order.status))
    state.orders[order.order_id] = _unless_same(held, order)
    for stated_line in statement.lines or ():
        name = stated_line.name or stated_line.product_id
        state.name_product(stated_line.product_id, name, source.entry.accepted_at)
    derive_payments(state, statement, order, source.kind, source.entry.revision, merging=merging)


def take_back_order(state: CustomerState, order_id: str) -> None:
    """Remove an order with all its rows: the document that told of it does so no more."""
    del state.orders[order_id]
    for line in state.lines.of(order_id):
        del state.lines[line.order_id, line.line_number]
    _drop_comments(state, order_id, set())
    for payment in state.transactions.of(order_id):
        if payment.derived:
            del state.transactions[payment.transaction_id]


def put_comments(state: CustomerState, statement: OrderStatement, source: Source, context: NoteContext) -> None:
    """Make the comments of an order its notes: `order:<order id>`; further ones are `order:<order id>:2`."""
    if statement.comments is None:
        if not source.posted and not state.orders[statement.order_id].posted:
            _drop_comments(state, statement.order_id, set())
        return
    order = state.orders[statement.order_id]
    kept = set()
    for number, comment in enumerate(statement.comments, start=1):
        note_id = f"order:{order.order_id}" + (f":{number}" if number > 1 else "")
        kept.add(note_id)
        written_at = order.ordered_at or source.entry.accepted_at
        note = NoteRow(
            customer_id=order.customer_id,
            note_id=note_id,
            text=comment.text,
            written_at=written_at,
            associate_id=order.associate_id,
            store_id=order.store_id,
            order_id=order.order_id,
            accepted_at=source.entry.accepted_at,
            author_id=source.entry.author_id,
            follow_up_start=None,
            follow_up_end=None,
            follow_up_text=None,
            follow_up_due_on=None,
            sentiment=None,
            extractor_version="",
            extra={},
            revision=source.entry.revision,
            source_kind=source.kind,
            pointer=comment.pointer,
        )
        put_note(state, note, order.filed_on or written_at.date(), context)
    _drop_comments(state, order.order_id, kept)


def _drop_comments(state: CustomerState, order_id: str, kept: set[str]) -> None:
    for note in state.notes.of(order_id):
        if note.note_id not in kept:
            drop_note(state, note.note_id)


def _order(
    state: CustomerState, statement: OrderStatement, source: Source, held: OrderRow | None, base: OrderRow | None
) -> OrderRow:
    """Answer the order as stated. `base` gives what is not stated; of `held` only when and where it was."""
    said, entry = statement.said, source.entry

    def told(column: str) -> Any:
        return said.get(column, getattr(base, column) if base is not None else None)

    ordered_at, filed_on = said.get("ordered_at"), said.get("filed_on")
    if ordered_at is None and filed_on is not None:
        known = base.ordered_at if base is not None else None
        same_day = known is not None and known.date() == filed_on
        ordered_at = known if same_day else datetime.combine(filed_on, time(), UTC)
    placed_at: datetime = ordered_at or (held.ordered_at if held is not None else None) or entry.accepted_at
    comments = "\n".join(comment.text for comment in statement.comments) if statement.comments is not None else None
    return OrderRow(
        customer_id=state.customer_id,
        order_id=statement.order_id,
        status=told("status"),
        comments=comments if statement.comments is not None else base.comments if base else None,
        filed_on=filed_on or (placed_at.date() if "ordered_at" in said else base.filed_on if base else None),
        ordered_at=placed_at,
        store_id=said.get("store_id") or (held.store_id if held else None) or entry.store_id,
        associate_id=told("associate_id") or entry.associate_id,
        currency=told("currency"),
        n_lines=0,
        amount_cents=0,
        posted=source.posted or (held is not None and held.posted),
        extra={**(base.extra if base is not None else {}), **statement.extra},
        revision=entry.revision,
        source_kind=source.kind,
        pointer=statement.pointer,
    )


def _lines(
    state: CustomerState, statement: OrderStatement, source: Source, order: OrderRow, *, merging: bool
) -> list[tuple[OrderLineRow | None, OrderLineRow]]:
    """Answer the lines as they are to be, each beside the one that is held under its number."""
    held = {line.line_number: line for line in state.lines_of(order.order_id)}
    if statement.lines is None:
        return [(line, _sold_as(line, order)) for line in held.values()] if merging else []
    stated = [_line(line, number, order, source) for number, line in enumerate(statement.lines, start=1)]
    return [(held.get(line.line_number), line) for line in stated]


def _line(line: LineStatement, number: int, order: OrderRow, source: Source) -> OrderLineRow:
    sold = is_sold(order.status)
    return OrderLineRow(
        customer_id=order.customer_id,
        order_id=order.order_id,
        line_number=number,
        product_id=line.product_id,
        name=line.name,
        quantity=line.quantity,
        unit_price_cents=line.unit_price_cents,
        discount_cents=line.discount_cents,
        amount_cents=line.price_cents * sold,
        sold=sold,
        ordered_at=order.ordered_at,
        store_id=line.store_id or order.store_id,
        revision=source.entry.revision,
        source_kind=source.kind,
        pointer=line.pointer,
    )


def _sold_as(line: OrderLineRow, order: OrderRow) -> OrderLineRow:
    """Answer a line of which nothing new is said, with what follows from its order."""
    sold = is_sold(order.status)
    price = line.quantity * line.unit_price_cents - line.discount_cents
    return line._replace(amount_cents=price * sold, sold=sold, ordered_at=order.ordered_at)


def _unless_same(held: Any, row: Any) -> Any:
    """Keep the row that is held, with where it came from, when the new one says the same."""
    return held if held is not None and held[:-N_PROVENANCE] == row[:-N_PROVENANCE] else row
