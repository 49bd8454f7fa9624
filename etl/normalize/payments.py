"""Payments: stated by themselves, or told from the payment fields of an order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.domain.events import JournalEntry, RevisionKind
from etl.normalize import fields
from etl.normalize.documents import DocumentParts, set_aside
from etl.normalize.money import share_out
from etl.normalize.objects import Doubtful, extract
from etl.normalize.orders import OrderStatement
from etl.normalize.rows import N_PROVENANCE, OrderRow, TransactionRow
from etl.normalize.state import CustomerState
from etl.normalize.understood import Doubt
from etl.normalize.values import fit_for_key

_SHARED = ("discounted_amount_cents", "shipping_amount_cents", "order_total_amount_cents")
_AS_STATED = (
    "payment_method",
    "transaction_type",
    "transaction_status",
    "order_delivery_date",
    "discount_percentage",
    "shipping_address",
    "billing_address",
    "promo_code",
    "shipping_method",
)


@dataclass(frozen=True, slots=True)
class PaymentStatement:
    """What one payment object says."""

    row: TransactionRow
    doubts: tuple[Doubtful, ...]


def state_payment(entry: JournalEntry, record: Mapping[str, Any], at: str, fallback_id: str) -> PaymentStatement:
    """Read a payment object that stands at the pointer `at`; `fallback_id` names one that does not name itself."""
    found = extract(record, fields.TRANSACTION, at)
    fallback_id = fit_for_key(fallback_id)
    said: dict[str, Any] = {name: found.said.get(name) for name in TransactionRow._fields}
    said |= {
        "transaction_id": found.said.get("transaction_id", fallback_id),
        "customer_id": entry.customer_id,
        "derived": False,
        "extra": {pointer.removeprefix(at): value for pointer, value in found.extra.items()},
        "revision": entry.revision,
        "source_kind": entry.kind.value,
        "pointer": at,
    }
    doubts = found.doubts
    if "transaction_id" not in found.said:
        doubts = [*doubts, Doubtful(at, Doubt("missing_transaction_id", f"known as {fallback_id}"))]
    return PaymentStatement(TransactionRow(**said), tuple(doubts))


def put_payment(state: CustomerState, row: TransactionRow) -> None:
    """Put a payment that was stated by itself: what was told from its order's payment fields gives way to it."""
    held = state.transactions.get(row.transaction_id)
    state.transactions[row.transaction_id] = _unless_same(held, row)
    for other in state.transactions.of(row.order_id) if row.order_id is not None else ():
        if other.derived:
            del state.transactions[other.transaction_id]


def replace_payments(state: CustomerState, parts: DocumentParts, entry: JournalEntry) -> None:
    """Put the document's payments, and take back those that it tells of no more. Posted ones stay as posted."""
    told: dict[str, PaymentStatement] = {}
    for part in parts.sections.get("transactions", ()):
        if not isinstance(part.value, dict):
            set_aside(parts, part, "not_a_transaction", "a transaction is an object")
            continue
        payment = state_payment(entry, part.value, part.pointer, part.name or f"{entry.customer_id}{part.pointer}")
        parts.doubts.extend(payment.doubts)
        told[payment.row.transaction_id] = payment
    for row in list(state.transactions.values()):
        if row.source_kind == RevisionKind.DOCUMENT and not row.derived and row.transaction_id not in told:
            del state.transactions[row.transaction_id]
    for transaction_id, payment in told.items():
        held = state.transactions.get(transaction_id)
        if held is None or held.source_kind == RevisionKind.DOCUMENT or held.derived:
            put_payment(state, payment.row)


def derive_payments(
    state: CustomerState, statement: OrderStatement, order: OrderRow, kind: str, revision: int, *, merging: bool
) -> None:
    """Tell the payments of an order from its payment fields: one a line, or one where it has no lines.

    What an order says once (its total, shipping, discount) is shared out over its lines to the cent, so that
    the sum over payments is what the order says. There are none where a payment of the order was stated by itself.
    """
    held = {row.transaction_id: row for row in state.transactions.of(order.order_id) if row.derived}
    if not statement.payment and merging:
        for row in held.values():
            state.transactions[row.transaction_id] = row._replace(order_status=order.status)
        return
    for transaction_id in held:
        del state.transactions[transaction_id]
    if not statement.payment or state.transactions.of(order.order_id):
        return
    for row in _derived(state, statement, order, kind, revision):
        state.transactions[row.transaction_id] = _unless_same(held.get(row.transaction_id), row)


def _derived(
    state: CustomerState, statement: OrderStatement, order: OrderRow, kind: str, revision: int
) -> list[TransactionRow]:
    said = statement.payment
    lines = state.lines_of(order.order_id)
    skus = {number: line.sku_id for number, line in enumerate(statement.lines or (), start=1)}
    amounts = [line.amount_cents for line in lines] or [order.amount_cents]
    prices = [line.quantity * line.unit_price_cents - line.discount_cents for line in lines] or [order.amount_cents]
    shares: dict[str, Any] = {
        name: share_out(said[name], prices) if name in said else [None] * len(prices) for name in _SHARED
    }
    if "discounted_amount_cents" not in said:
        shares["discounted_amount_cents"] = [line.discount_cents for line in lines] or [0]
    if "transaction_amount_cents" in said:
        amounts = share_out(said["transaction_amount_cents"], prices)
    stem = said.get("transaction_id") or f"{order.customer_id}/{order.order_id}"
    single = len(amounts) == 1 and "transaction_id" in said
    stated = {**_as_stated(said), "transaction_date": said.get("transaction_date") or order.ordered_at}
    return [
        TransactionRow(
            customer_id=order.customer_id,
            transaction_id=stem if single or not lines else f"{stem}/{lines[i].line_number}",
            order_id=order.order_id,
            transaction_amount_cents=amount,
            **stated,
            **{name: part[i] for name, part in shares.items()},
            order_status=order.status,
            skuid=skus.get(lines[i].line_number) if lines and skus.get(lines[i].line_number) else said.get("skuid"),
            store_id=lines[i].store_id if lines else order.store_id,
            derived=True,
            extra={},
            revision=revision,
            source_kind=kind,
            pointer=lines[i].pointer if lines else order.pointer,
        )
        for i, amount in enumerate(amounts)
    ]


def _as_stated(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said.get(name) for name in _AS_STATED}


def _unless_same(held: TransactionRow | None, row: TransactionRow) -> TransactionRow:
    return held if held is not None and held[:-N_PROVENANCE] == row[:-N_PROVENANCE] else row
