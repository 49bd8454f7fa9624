"""Two phones and a desk: edits offline in any order, lost answers, repeats; the protocol's rules as values alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from backend.domain.ids import CustomerId, NoteId
from backend.domain.sync import CustomerContent, Operation, OperationKind, Verdict, plan_edit

_CUSTOMER = CustomerId("c1")
_FIELDS = st.sampled_from(["city", "size", "colour"])


@dataclass
class Phone:
    """A client as RxDB's is: what it holds, what it takes the server to hold, and the row that waits for its answer."""

    held: dict[str, Any] = field(default_factory=dict)
    master: dict[str, Any] = field(default_factory=dict)
    notes: list[dict[str, Any]] = field(default_factory=list)

    def row(self) -> Operation:
        return Operation(
            0,
            OperationKind.CUSTOMER,
            _CUSTOMER,
            "digest",
            b"",
            base=dict(self.master),
            mine=dict(self.held),
            notes=tuple(self.notes),
        )


class TwoPhones(RuleBasedStateMachine):
    """Each acknowledged edit is in the document or in a conflict, each note in the journal once."""

    def __init__(self) -> None:
        super().__init__()
        self.server = CustomerContent({}, {})
        self.phones = [Phone(), Phone()]
        self.typed: dict[str, str] = {}
        self.n_journal_notes = 0
        self.acknowledged_notes: set[str] = set()

    @rule(who=st.integers(0, 1), name=_FIELDS, value=st.integers(0, 3))
    def edits_offline(self, who: int, name: str, value: int) -> None:
        self.phones[who].held[name] = value

    @rule(who=st.integers(0, 1), text=st.text("ab", min_size=1, max_size=3))
    def writes_a_note_offline(self, who: int, text: str) -> None:
        note_id = f"n{len(self.typed)}"
        self.typed[note_id] = text
        self.phones[who].notes.append({"note_id": note_id, "text": text})

    @rule(who=st.integers(0, 1), answered=st.booleans())
    def pushes(self, who: int, answered: bool) -> None:  # noqa: FBT001 - a drawn value
        phone = self.phones[who]
        operation = phone.row()
        before = self.server.document
        plan = plan_edit(self.server, operation)
        self._write(plan.fresh_notes, plan.document)
        again = plan_edit(self.server, operation)
        assert not again.fresh_notes
        assert again.document is None
        if plan.verdict is Verdict.CONFLICT:
            assert self.server.document == before
            assert plan.disputed
        else:
            for name, value in phone.held.items():
                if phone.master.get(name) != value:
                    assert (self.server.document or {})[name] == value
        if answered:
            self.acknowledged_notes |= {note["note_id"] for note in phone.notes}
            phone.master = dict(self.server.document or {}) if plan.verdict is Verdict.CONFLICT else dict(phone.held)
            phone.held = dict(phone.master)

    @rule(who=st.integers(0, 1))
    def pulls(self, who: int) -> None:
        """RxDB takes the server's state where nothing of its own waits; else the next push finds out."""
        phone = self.phones[who]
        if phone.held == phone.master:
            phone.master = dict(self.server.document or {})
            phone.held = dict(phone.master)

    def _write(self, notes: tuple[Mapping[str, Any], ...], document: Mapping[str, Any] | None) -> None:
        self.n_journal_notes += len(notes)
        added = {NoteId(note["note_id"]): note for note in notes}
        self.server = replace(self.server, notes={**self.server.notes, **added})
        if document is not None:
            self.server = replace(self.server, document=document)

    @invariant()
    def every_acknowledged_note_is_there_once(self) -> None:
        assert self.n_journal_notes == len(self.server.notes)
        for note_id in self.acknowledged_notes:
            assert self.server.notes[NoteId(note_id)]["text"] == self.typed[note_id]

    def teardown(self) -> None:
        for _ in range(3):
            for who in (0, 1):
                self.pushes(who, answered=True)
                self.pulls(who)
        assert self.phones[0].held == self.phones[1].held == self.server.document
        assert self.server.notes.keys() == self.typed.keys()


TestTwoPhones = TwoPhones.TestCase
TestTwoPhones.settings = settings(max_examples=60, stateful_step_count=25)


def _edit(base: dict[str, Any] | None, mine: dict[str, Any], *notes: dict[str, Any]) -> Operation:
    return Operation(0, OperationKind.CUSTOMER, _CUSTOMER, "d", b"", base=base, mine=mine, notes=notes)


def test_a_disputed_document_keeps_the_notes_of_its_edit() -> None:
    plan = plan_edit(CustomerContent({"a": 2}, {}), _edit({"a": 1}, {"a": 3}, {"note_id": "n", "text": "hello"}))
    assert (plan.verdict, plan.disputed, plan.document) == (Verdict.CONFLICT, ("/document/a",), None)
    assert [note["text"] for note in plan.fresh_notes] == ["hello"]


def test_a_note_is_never_changed_nor_brought_back() -> None:
    content = CustomerContent({}, {NoteId("n"): {"note_id": "n", "text": "one"}}, frozenset({NoteId("gone")}))
    plan = plan_edit(content, _edit({}, {}, {"note_id": "n", "text": "two"}, {"note_id": "gone", "text": "back"}))
    assert (plan.disputed, plan.fresh_notes) == (("/notes/n",), ())


def test_what_is_created_twice_alike_is_there_once() -> None:
    assert plan_edit(CustomerContent({"a": 1}, {}), _edit(None, {"a": 1})).verdict is Verdict.APPLIED
    assert plan_edit(CustomerContent({"a": 1}, {}), _edit(None, {"a": 2})).verdict is Verdict.CONFLICT
    merged = plan_edit(CustomerContent({"a": 1}, {}), _edit(None, {"b": 2}))
    assert (merged.verdict, merged.document) == (Verdict.MERGED, {"a": 1, "b": 2})
