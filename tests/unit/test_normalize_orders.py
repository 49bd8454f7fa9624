"""Orders, lines and payments → rows, from documents, by POST, and from both."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from backend.domain.events import JournalEntry
from etl.normalize.fold import fold
from etl.normalize.note_rows import read_notes
from etl.normalize.state import CustomerState
from tests.journals import ACCEPTED_AT, CUSTOMER, WordReader, document, order, transaction

ORDER: dict[str, Any] = {
    "order_id": "O1",
    "status": "closed",
    "filed_on": "2026-11-02",
    "store_id": "S-2",
    "comments": "the boots",
    "lines": [
        {"product_id": "P-BOOTS", "quantity": 2, "unit_price": "100.00", "discount": "5.00"},
        {"name": "Powerbars", "quantity": 3, "unit_price": 2.5, "engraving": "hi"},
    ],
}


def after(*journal: JournalEntry) -> CustomerState:
    state = fold(CustomerState(CUSTOMER), journal, WordReader())
    read_notes([state], WordReader())
    return state


def test_a_posted_order_its_lines_and_its_comment() -> None:
    state = after(order({**ORDER, "gift": True}))
    row = state.orders["O1"]
    assert (row.n_lines, row.amount_cents, row.posted, row.store_id) == (2, 20250, True, "S-2")
    assert row.ordered_at == datetime(2026, 11, 2, tzinfo=UTC)
    assert row.extra == {"/gift": True, "/lines/1/engraving": "hi"}
    assert [(x.product_id, x.name, x.quantity, x.amount_cents, x.pointer) for x in state.lines.values()] == [
        ("P-BOOTS", None, 2, 19500, "/lines/0"),
        ("P-BARS", "Powerbars", 3, 750, "/lines/1"),
    ]
    assert state.notes["order:O1"].pointer == "/comments"
    assert state.mentions["order:O1", 0].product_id == "P-BOOTS"


@pytest.mark.parametrize("status", ["canceled", "Cancelled", "returned", "REFUNDED"])
def test_what_is_not_sold_keeps_its_lines_and_counts_nothing_until_it_is_sold_again(status: str) -> None:
    state = after(order(ORDER, 1), order({"order_id": "O1", "status": status}, 2))
    assert [(x.sold, x.amount_cents, x.unit_price_cents) for x in state.lines.values()] == [
        (False, 0, 10000),
        (False, 0, 250),
    ]
    assert (state.orders["O1"].amount_cents, state.orders["O1"].n_lines) == (0, 2)
    again = after(
        order(ORDER, 1), order({"order_id": "O1", "status": status}, 2), order({"order_id": "O1", "status": "open"}, 3)
    )
    assert again.orders["O1"].amount_cents == 20250


def test_a_change_of_status_keeps_what_it_does_not_speak_of() -> None:
    state = after(order(ORDER, 1), order({"order_id": "O1", "status": "open"}, 2))
    row = state.orders["O1"]
    assert (row.status, row.filed_on, row.comments, row.store_id) == ("open", date(2026, 11, 2), "the boots", "S-2")
    assert {x.revision for x in state.lines.values()} == {1}


def test_a_document_that_tells_of_a_posted_order_changes_it_and_cannot_take_it_back() -> None:
    told = {"orders": [{"ordid": "O1", "status": "open", "comments": "a mask"}]}
    state = after(order(ORDER, 1), document(told, 2))
    assert (state.orders["O1"].status, state.orders["O1"].amount_cents) == ("open", 20250)
    assert (state.notes["order:O1"].text, state.notes["order:O1"].revision) == ("a mask", 2)
    gone = after(order(ORDER, 1), document(told, 2), document({}, 3))
    assert set(gone.orders) == {"O1"}
    assert len(gone.lines) == 2


def test_a_document_that_shrank_takes_back_what_only_documents_told() -> None:
    first = {
        "products": ["Ski Boots"],
        "orders": [{"ordid": 1, "comments": "the boots", "lines": ["Wool Socks"]}],
        "transactions": [{"id": "T"}],
    }
    state = after(document(first, 1), order(ORDER, 2), document({"firstname": "Ada"}, 3))
    assert (state.products, set(state.orders), set(state.notes), state.transactions) == ({}, {"O1"}, {"order:O1"}, {})
    assert {x.order_id for x in state.lines.values()} == {"O1"}


def test_an_order_without_a_date_is_as_old_as_its_first_mention() -> None:
    undated = {"orders": [{"ordid": 1, "lines": [{"name": "Powerbars", "unit_price": 3}]}]}
    state = after(document(undated, 1), document({**undated, "firstname": "Ada"}, 2))
    assert state.orders["1"].ordered_at == document(undated, 1).accepted_at
    assert state.lines["1", 1].ordered_at == state.orders["1"].ordered_at > ACCEPTED_AT


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"unit_price": "10.00", "quantity": 3}, (3, 1000, 0)),
        ({"price": 10, "qty": "3", "discount_percentage": "5%"}, (3, 1000, 150)),
        ({"amount": "20.00", "quantity": 3}, (3, 667, 1)),
        ({"amount": "18.00", "unit_price": "10.00", "quantity": 2}, (2, 1000, 200)),
        ({"unit_price_cents": 999, "discount_cents": 9}, (1, 999, 9)),
        ({}, (1, 0, 0)),
        ({"quantity": 10**9, "unit_price": "10.00"}, (1, 1000, 0)),
        ({"quantity": 10**6, "unit_price": 10**12}, (10**6, 0, 0)),
    ],
)  # fmt: skip
def test_quantity_price_and_discount_give_the_amount(line: dict[str, Any], expected: tuple[int, int, int]) -> None:
    state = after(order({"order_id": "O", "lines": [{"product_id": "P", **line}]}))
    row = state.lines["O", 1]
    assert (row.quantity, row.unit_price_cents, row.discount_cents) == expected


def test_lines_name_products_in_many_ways() -> None:
    lines = ["wool socks", {"product": {"id": "P-1", "name": "One"}}, {"sku": "K-7"}, {"qty": 1}, 12]
    state = after(order({"order_id": "O", "items": lines}))
    assert [x.product_id for x in state.lines.values()] == [
        "P-SOCKS", "P-1", "unlisted:k-7", "unlisted:unnamed-product", "unlisted:unnamed-product",
    ]  # fmt: skip
    assert state.orders["O"].extra == {"/items/4": 12}


def test_orders_without_an_identifier_are_known_by_their_content() -> None:
    doc = {"orders": [{"filedon": "2026-11-01", "lines": ["Powerbars"]}, {"filedon": "2026-11-02"}, "what?"]}
    state = after(document(doc, 1), document(doc, 2))
    assert len(state.orders) == 2
    assert {o.revision for o in state.orders.values()} == {1}
    assert {w.code for w in state.warnings.values()} == {"missing_order_id", "missing_price", "not_an_order"}


def test_of_an_order_that_is_stated_twice_the_later_one_counts() -> None:
    state = after(document({"orders": [{"ordid": 1, "status": "open"}, {"ordid": "1", "status": "closed"}]}))
    assert state.orders["1"].status == "closed"
    assert {w.code for w in state.warnings.values()} == {"duplicate_order"}


def test_several_comments_are_several_notes() -> None:
    state = after(order({**ORDER, "comments": ["the boots", {"text": "a mask"}]}))
    assert {n.note_id: n.pointer for n in state.notes.values()} == {
        "order:O1": "/comments/0",
        "order:O1:2": "/comments/1/text",
    }
    fewer = after(
        order({**ORDER, "comments": ["the boots", {"text": "a mask"}]}, 1), order({**ORDER, "comments": "boots"}, 2)
    )
    assert set(fewer.notes) == {"order:O1"}
    assert {m.note_id for m in fewer.mentions.values()} == {"order:O1"}


def test_payment_fields_of_an_order_are_shared_out_over_its_lines_to_the_cent() -> None:
    paid = {
        **ORDER,
        "payment": {"method": "PayPal"},
        "shipping": {"amount": "7.01", "method": "UPS"},
        "order_total_amount": "209.51",
    }
    rows = list(after(order(paid)).transactions.values())
    assert [r.transaction_id for r in rows] == [f"{CUSTOMER}/O1/1", f"{CUSTOMER}/O1/2"]
    assert [r.transaction_amount_cents for r in rows] == [19500, 750]
    assert sum(r.shipping_amount_cents or 0 for r in rows) == 701
    assert sum(r.order_total_amount_cents or 0 for r in rows) == 20951
    assert [r.discounted_amount_cents for r in rows] == [500, 0]
    assert {(r.payment_method, r.shipping_method, r.order_status, r.derived) for r in rows} == {
        ("PayPal", "UPS", "closed", True)
    }
    assert {r.transaction_date for r in rows} == {datetime(2026, 11, 2, tzinfo=UTC)}


def test_an_order_without_lines_has_one_payment() -> None:
    (row,) = after(
        order({"order_id": "O", "total": "12.00", "payment_method": "COD", "transaction_id": "T-9"})
    ).transactions.values()
    assert (row.transaction_id, row.transaction_amount_cents, row.order_id) == ("T-9", 1200, "O")


def test_a_payment_stated_by_itself_takes_the_place_of_what_the_order_tells() -> None:
    told = {**ORDER, "payment_method": "COD"}
    stated = {"transaction_id": "T", "order_id": "O1", "transaction_amount": "202.50"}
    assert set(after(order(told, 1), transaction(stated, 2)).transactions) == {"T"}
    assert set(after(transaction(stated, 1), order(told, 2)).transactions) == {"T"}


def test_all_twenty_fields_of_a_payment() -> None:
    sent = {
        "transaction_id": "T", "customer_id": CUSTOMER, "transaction_date": "2026-11-02T10:00:00Z", "order_id": "O1", "transaction_amount": "10.50",
        "payment_method": "PayPal", "transaction_type": "sale", "transaction_status": "completed", "order_delivery_date": "2026-11-05",
        "discounted_amount": "1.25", "shipping_amount": 4, "order_total_amount": "14.50", "discount_percentage": 10.5,
        "shipping_address": {"street": "1 Main", "city": "Rome"}, "billing_address": "2 Side", "promo_code": "FALL", "shipping_method": "UPS",
        "order_status": "Delivered", "skuid": "K-1", "store_id": "S-3", "memo": "x",
    }  # fmt: skip
    row = after(transaction(sent)).transactions["T"]._asdict()
    in_cents = {
        "transaction_amount": 1050,
        "discounted_amount": 125,
        "shipping_amount": 400,
        "order_total_amount": 1450,
    }
    expected = {name: value for name, value in sent.items() if name not in {*in_cents, "memo"}} | {
        **{f"{name}_cents": value for name, value in in_cents.items()},
        "transaction_date": datetime(2026, 11, 2, 10, tzinfo=UTC),
        "order_delivery_date": date(2026, 11, 5),
        "shipping_address": "1 Main, Rome",
        "derived": False,
        "extra": {"/memo": "x"},
        "revision": 1,
        "source_kind": "transaction",
        "pointer": "",
    }
    assert row == expected


def test_a_posted_payment_stays_as_posted_whatever_documents_say() -> None:
    posted = transaction({"transaction_id": "T", "transaction_amount": "1.00"}, 1)
    state = after(
        posted,
        document({"transactions": [{"transaction_id": "T", "amount": "9.00"}, {"amount": 2}]}, 2),
        document({}, 3),
    )
    assert {t.transaction_id: t.transaction_amount_cents for t in state.transactions.values()} == {"T": 100}
