"""What a phone's edit does to a customer, decided on values alone: the core of `/v1/sync/push`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from backend.domain.free_form import pointer_step
from backend.domain.ids import CustomerId, NoteId
from backend.domain.three_way import same_value, three_way_merge


class Verdict(StrEnum):
    """What became of an operation."""

    APPLIED = "applied"  # it is in, now or since an earlier try
    MERGED = "merged"  # it is in, together with what others changed meanwhile
    CONFLICT = "conflict"  # others changed the same; both sides are kept until somebody decides
    REJECTED = "rejected"  # it can't be done, and the answer says why
    QUARANTINED = "quarantined"  # it can't be read; it is kept as sent for an operator


class OperationKind(StrEnum):
    """What an operation is about."""

    CUSTOMER = "customer"
    NOTE = "note"
    RETRACTION = "retraction"
    ORDER = "order"
    REMOVAL = "removal"


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of a push, read. `digest` recognises the row when it comes again.

    `base` and `mine` are the document before and after the edit; None: the row says nothing of it. `notes` are those
    of the new state; of an operation about one note or order, `payload` is that.
    """

    index: int
    kind: OperationKind
    customer_id: CustomerId
    digest: str
    raw: bytes
    operation_id: str | None = None
    """What the sender calls the operation; without it the digest is that of its content."""
    base: Mapping[str, Any] | None = None
    mine: Mapping[str, Any] | None = None
    notes: tuple[Mapping[str, Any], ...] = ()
    payload: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class CustomerContent:
    """What is known of a customer: the document (None: none yet), notes by id, and the ids of notes taken back."""

    document: Mapping[str, Any] | None
    notes: Mapping[NoteId, Mapping[str, Any]]
    retracted: frozenset[NoteId] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written for an edit: fresh notes, then the document (None: it stays as it is)."""

    verdict: Verdict
    fresh_notes: tuple[Mapping[str, Any], ...] = ()
    document: Mapping[str, Any] | None = None
    disputed: tuple[str, ...] = ()


def plan_edit(content: CustomerContent, operation: Operation) -> Plan:
    """Decide what an edit does. Planned again after what it planned is written, it writes nothing.

    Notes are only ever added: one that is left out stays, one whose text differs is disputed. A disputed document is
    not touched; the fresh notes of the edit are taken all the same.
    """
    fresh: dict[NoteId, Mapping[str, Any]] = {}
    disputed: list[str] = []
    for note in operation.notes:
        note_id = NoteId(str(note["note_id"]))
        known = content.notes.get(note_id) or fresh.get(note_id)
        if known is not None:
            if known.get("text") != note.get("text"):
                disputed.append("/notes" + pointer_step(note_id))
        elif note_id not in content.retracted:
            fresh[note_id] = note
    verdict, document, disputed_members = _plan_document(content.document, operation)
    disputed += [f"/document{pointer}" for pointer in disputed_members]
    return Plan(
        Verdict.CONFLICT if disputed else verdict,
        tuple(fresh.values()),
        None if disputed_members else document,
        tuple(disputed),
    )


def _plan_document(
    theirs: Mapping[str, Any] | None, operation: Operation
) -> tuple[Verdict, Mapping[str, Any] | None, tuple[str, ...]]:
    mine = operation.mine
    if mine is None:
        return Verdict.APPLIED, None, ()
    if theirs is None:
        return Verdict.APPLIED, mine, ()
    if same_value(mine, theirs):
        return Verdict.APPLIED, None, ()
    if operation.base is not None and same_value(operation.base, theirs):
        return Verdict.APPLIED, mine, ()
    merged = three_way_merge(operation.base or {}, mine, theirs)
    if same_value(merged.value, theirs):
        return Verdict.APPLIED, None, merged.disputed
    verdict = Verdict.APPLIED if same_value(merged.value, mine) else Verdict.MERGED
    return verdict, merged.value, merged.disputed


def settles(conflict: Mapping[str, Any], disputed: Iterable[str], operation: Operation) -> bool:
    """Tell whether a later edit of the same writer decides a conflict: it changes, or brings, all that was disputed.

    `conflict` is the document that the writer had meant.
    """
    base, mine = operation.base or {}, operation.mine or {}
    values = [(_at(conflict, pointer), _at(base, pointer), _at(mine, pointer)) for pointer in disputed]
    return all(same_value(now, meant) or not same_value(now, before) for meant, before, now in values)


def _at(document: Mapping[str, Any], pointer: str) -> Any:
    value: Any = document
    for step in pointer.removeprefix("/document").split("/")[1:]:
        if not isinstance(value, Mapping):
            return None
        value = value.get(step.replace("~1", "/").replace("~0", "~"))
    return value
