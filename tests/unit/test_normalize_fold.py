"""What must hold of every journal, however it came in."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.events import JournalEntry
from backend.warehouse.tables import metadata
from etl.load.sales import sales_differences
from etl.load.statements import CUSTOMER_HISTORY, PLANS
from etl.normalize import rows
from etl.normalize.fold import fold
from etl.normalize.note_rows import read_notes
from etl.normalize.references import channel_row, product_row
from etl.normalize.state import CustomerState
from tests.journals import ACCEPTED_AT, CUSTOMER, WordReader, document, journals, note, order

READER = WordReader()


def ingested(*batches: list[JournalEntry]) -> CustomerState:
    state = CustomerState(CUSTOMER)
    for batch in batches:
        state = fold(state, batch, READER)
        read_notes([state], READER)
    return state


def table_rows(state: CustomerState) -> dict[str, dict[Any, Any]]:
    return {plan.name: dict(plan.held(state)) for plan in PLANS}


def test_the_rows_have_the_columns_of_their_tables() -> None:
    for plan in PLANS:
        names = tuple(column.name for column in plan.table.columns)
        key = tuple(column.name for column in plan.table.primary_key.columns)
        row_type = getattr(rows, type_name(plan.name))
        assert row_type._fields == names
        assert names[: len(key)] == key
    for row, table in (
        (product_row({"productid": "P"}, ACCEPTED_AT), "products"),
        (channel_row({"store_id": "S"}, ACCEPTED_AT), "channels"),
    ):
        assert row is not None
        assert row._fields == tuple(column.name for column in metadata.tables[table].columns)


def type_name(table: str) -> str:
    return "".join(word.capitalize() for word in table.removesuffix("s").split("_")) + "Row"


@given(journals(), st.data())
@settings(max_examples=200, deadline=None)
def test_batches_make_no_difference(journal: list[JournalEntry], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(journal)), max_size=3)))
    bounds = list(zip([0, *cuts], [*cuts, len(journal)], strict=True))
    assert table_rows(ingested(*(journal[a:b] for a, b in bounds))) == table_rows(ingested(journal))


@given(journals())
@settings(max_examples=100, deadline=None)
def test_twice_is_once(journal: list[JournalEntry]) -> None:
    once = ingested(journal)
    assert table_rows(ingested(journal, journal)) == table_rows(once)


@given(journals())
@settings(max_examples=100, deadline=None)
def test_the_state_folded_into_stays_as_it_is(journal: list[JournalEntry]) -> None:
    before = ingested(journal[:-1])
    kept = table_rows(before)
    ingested_after = fold(before, journal[-1:], READER)
    read_notes([ingested_after], READER)
    assert table_rows(before) == kept


@given(journals())
@settings(max_examples=100, deadline=None)
def test_money_adds_up_between_lines_orders_and_rollup(journal: list[JournalEntry]) -> None:
    state = ingested(journal)
    for order_id, row in state.orders.items():
        lines = state.lines_of(order_id)
        assert row.n_lines == len(lines)
        if lines:
            assert row.amount_cents == sum(line.amount_cents for line in lines)
    for line in state.lines.values():
        price = line.quantity * line.unit_price_cents - line.discount_cents
        assert line.amount_cents == (price if line.sold else 0)
    cells = sales_differences([], state.lines.values())
    assert sum(cell.revenue_cents for cell in cells.values()) == sum(line.amount_cents for line in state.lines.values())


@given(journals())
@settings(max_examples=100, deadline=None)
def test_every_mention_is_in_its_text_and_every_row_names_a_revision_of_the_journal(
    journal: list[JournalEntry],
) -> None:
    state = ingested(journal)
    for mention in state.mentions.values():
        assert state.notes[mention.note_id].text[mention.start : mention.end] == mention.text
    revisions = {int(entry.revision): entry for entry in journal}
    for rows_of_table in table_rows(state).values():
        for row in rows_of_table.values():
            assert row.revision in revisions
    for found in state.notes.values():
        assert revisions[found.revision].kind == found.source_kind


@given(journals())
@settings(max_examples=100, deadline=None)
def test_the_rollup_moves_by_differences(journal: list[JournalEntry]) -> None:
    before, after = ingested(journal[:-1]), ingested(journal)
    moved = sales_differences([], before.lines.values())
    for cell, change in sales_differences(before.lines.values(), after.lines.values()).items():
        held = moved.get(cell, (0, 0, 0))
        moved = {**moved, cell: type(change)(*(a + b for a, b in zip(held, change, strict=True)))}
    assert {cell: found for cell, found in moved.items() if any(found)} == sales_differences([], after.lines.values())


@given(st.lists(journals(max_size=1).filter(lambda j: j[0].kind == "document"), min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_documents_alone_end_in_the_rows_of_the_last_one(several: list[list[JournalEntry]]) -> None:
    journal = [document(entries[0].payload, revision) for revision, entries in enumerate(several, start=1)]
    state, last = ingested(journal), ingested(journal[-1:])
    for plan in PLANS:
        if plan is not CUSTOMER_HISTORY:  # it remembers those before
            assert set(plan.held(state)) == set(plan.held(last)), plan.name
    assert [line.amount_cents for line in state.lines.values()] == [line.amount_cents for line in last.lines.values()]


def test_a_row_keeps_the_revision_that_last_changed_it() -> None:
    doc = {"firstname": "Fama", "orders": [{"ordid": 1, "comments": "the boots", "filedon": "2026-11-01"}]}
    state = ingested([document(doc, 1), note({"note_id": "n", "text": "hi"}, 2), document({**doc, "lastname": "S"}, 3)])
    assert state.customer is not None
    assert (state.customer.revision, state.orders["1"].revision, state.notes["order:1"].revision) == (3, 1, 1)
    assert state.customer.updated_at == document(doc, 3).accepted_at


def test_a_note_is_read_with_what_the_customer_had_by_then() -> None:
    bought = order(
        {"order_id": "O", "filed_on": "2026-11-02", "lines": [{"product_id": "P-SOCKS", "unit_price": 9}]}, 2
    )
    state = ingested(
        [note({"note_id": "a", "text": "the boots"}, 1), bought, note({"note_id": "b", "text": "the boots"}, 3)]
    )
    assert state.mentions["a", 0].product_id is None
    assert state.mentions["b", 0].product_id == "P-SOCKS"
