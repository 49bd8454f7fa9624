"""What a retraction does to the rows: as if the note had never been posted."""

from typing import Any

from backend.domain.events import JournalEntry, RevisionKind
from backend.domain.ids import Revision
from etl.load.statements import PLANS
from etl.normalize.fold import fold
from etl.normalize.note_rows import read_notes
from etl.normalize.state import CustomerState
from tests.journals import ACCEPTED_AT, CUSTOMER, WordReader

READER = WordReader()
TEXT = "asked about the mask, tomorrow"


def entry(revision: int, kind: RevisionKind, payload: dict[str, Any]) -> JournalEntry:
    return JournalEntry(CUSTOMER, Revision(revision), kind, payload, ACCEPTED_AT, None, None, author_id="A1")


def rows_after(*batches: list[JournalEntry]) -> dict[str, set[Any]]:
    state = CustomerState(CUSTOMER)
    for batch in batches:
        state = fold(state, batch, READER)
        read_notes([state], READER)
    return {plan.name: set(plan.held(state)) for plan in PLANS}


def test_a_retracted_note_leaves_no_row_behind() -> None:
    document = entry(1, RevisionKind.DOCUMENT, {"firstname": "Fama", "comments": "likes the mask"})
    kept = entry(2, RevisionKind.NOTE, {"note_id": "kept", "text": TEXT})
    note = entry(3, RevisionKind.NOTE, {"note_id": "n1", "text": TEXT, "written_at": "not a time"})
    retraction = entry(4, RevisionKind.RETRACTION, {"note_id": "n1"})
    never = rows_after([document, kept])
    assert rows_after([document, kept, note]) != never
    assert rows_after([document, kept, note, retraction]) == never
    assert rows_after([document, kept, note], [retraction]) == never


def test_a_comment_of_an_order_is_no_posted_note() -> None:
    document = entry(1, RevisionKind.DOCUMENT, {"orders": [{"ordid": 7, "comments": TEXT}]})
    retraction = entry(2, RevisionKind.RETRACTION, {"note_id": "order:7"})
    assert rows_after([document, retraction]) == rows_after([document])
