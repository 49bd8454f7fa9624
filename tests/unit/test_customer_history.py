"""The history of a customer's own fields: every change told, once, and nothing that did not change."""

from typing import Any

from hypothesis import given, settings

from backend.domain.events import JournalEntry, RevisionKind
from etl.normalize.customer_history import put_changes
from etl.normalize.fold import fold
from etl.normalize.rows import CustomerHistoryRow, CustomerRow
from etl.normalize.state import CustomerState
from tests.journals import ACCEPTED_AT, CUSTOMER, HOMESTEAD, WordReader, document, entry, journals, note

READER = WordReader()
UNTOLD = {
    "customer_id", "last_interaction_on", "search_text", "extra", "updated_at", "revision", "source_kind", "pointer",
}  # fmt: skip


def history(*entries: JournalEntry) -> list[CustomerHistoryRow]:
    return list(fold(CustomerState(CUSTOMER), entries, READER).history.values())


def told(*entries: JournalEntry) -> dict[str, tuple[str | None, str | None, str]]:
    return {row.field: (row.old_value, row.new_value, row.pointer) for row in history(*entries)}


def moved(**more: Any) -> dict[str, Any]:
    return {**HOMESTEAD, "address": {"city": "Albany", "state": "ny", "localphone": "3084328"}, **more}


def test_says_what_changed_when_and_where_it_stands() -> None:
    entries = [document(HOMESTEAD), note({"note_id": "n1", "text": "hello"}, 2), document(moved(), 3)]
    assert history(*entries) == [
        CustomerHistoryRow(
            customer_id=CUSTOMER,
            revision=3,
            field="city",
            old_value="london",
            new_value="Albany",
            changed_at=entries[2].accepted_at,
            source_kind="document",
            pointer="/address/city",
        )
    ]


def test_the_first_document_changes_nothing() -> None:
    assert history(document(HOMESTEAD)) == []


def test_what_was_taken_away_has_no_new_value_and_what_is_new_has_no_old_one() -> None:
    without = {name: value for name, value in HOMESTEAD.items() if name != "lastname"}
    assert told(document(HOMESTEAD), document({**without, "annual income": "52,000.5"}, 2)) == {
        "last_name": ("Stres", None, ""),
        "annual_income": (None, "52000.50", "/annual income"),
    }


def test_a_name_in_one_piece_is_told_in_two() -> None:
    entries = document({"name": "Fama Stres"}), document({"name": "Fama Strong"}, 2)
    assert told(*entries) == {"last_name": ("Stres", "Strong", "/name")}


def test_the_store_of_the_entry_is_told_though_the_document_does_not_say_it() -> None:
    elsewhere = entry(RevisionKind.DOCUMENT, HOMESTEAD, 2, store_id="S-2")
    assert told(document(HOMESTEAD), elsewhere) == {"store_id": ("S-1", "S-2", "")}


def test_there_and_back_is_two_changes() -> None:
    entries = [document(HOMESTEAD), document(moved(), 2), document(HOMESTEAD, 3)]
    assert [(row.revision, row.old_value, row.new_value) for row in history(*entries)] == [
        (2, "london", "Albany"),
        (3, "Albany", "london"),
    ]


def test_a_negative_amount_keeps_its_sign() -> None:
    state = CustomerState(CUSTOMER)
    bare = dict.fromkeys(CustomerRow._fields)
    row = CustomerRow(**(bare | {"updated_at": ACCEPTED_AT, "revision": 2}))  # type: ignore[arg-type]
    put_changes(state, row, row._replace(annual_income_cents=-205), {})
    assert [change.new_value for change in state.history.values()] == ["-2.05"]


@given(journals())
@settings(max_examples=100, deadline=None)
def test_every_change_between_two_documents_is_told_and_nothing_else(journal: list[JournalEntry]) -> None:
    state, expected = CustomerState(CUSTOMER), set()
    for one in journal:
        before, state = state.customer, fold(state, [one], READER)
        if before is not None and state.customer is not None:
            fields = zip(CustomerRow._fields, before, state.customer, strict=True)
            differing = {name.removesuffix("_cents") for name, old, new in fields if old != new} - UNTOLD
            expected |= {(one.revision, name) for name in differing}
    assert set(state.history) == expected
    assert all(key == (row.revision, row.field) for key, row in state.history.items())
