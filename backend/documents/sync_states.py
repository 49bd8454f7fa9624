"""Customers as replication sees them: head, document and notes, for many at once; and one write for each of many."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import BulkWriteError

from backend.documents.entries import (
    Draft,
    Head,
    entry_id,
    entry_range,
    head_of,
    revisions,
    stored_entry,
)
from backend.documents.reading import read_heads, read_heads_at
from backend.documents.suggestion_shape import rfc3339
from backend.domain.events import RevisionKind
from backend.domain.ids import CustomerId, NoteId
from backend.domain.sync import CustomerContent

_DUPLICATE = 11000
_RANGES_AT_ONCE = 250
_NOTE_FIELDS = {"customer_id": 1, "kind": 1, "payload": 1, "author_id": 1}
_NOTE_KINDS = [RevisionKind.NOTE.value, RevisionKind.RETRACTION.value]
NOBODY = CustomerContent(None, {})


@dataclass(frozen=True, slots=True)
class SyncState:
    """A customer as it stands. `head` None: nothing was ever accepted."""

    head: Head | None
    content: CustomerContent = NOBODY

    def after(self, draft: Draft, head: Head) -> "SyncState":
        """Answer the state once the draft is in, under its new head."""
        if draft.kind is RevisionKind.DOCUMENT:
            return SyncState(head, replace(self.content, document=draft.payload))
        note = {**draft.payload, "associate_id": draft.author_id}
        notes = {**self.content.notes, NoteId(str(draft.identity)): note}
        return SyncState(head, replace(self.content, notes=notes))


async def read_states(customer_ids: Iterable[CustomerId]) -> dict[CustomerId, SyncState]:
    """Answer every one of these customers as they stand, by three reads for all of them."""
    wanted = list(dict.fromkeys(customer_ids))
    return await _states(wanted, await read_heads(wanted))


async def read_states_at(revised: Mapping[CustomerId, int]) -> dict[CustomerId, SyncState]:
    """Answer every one of these customers as of a revision of each; without that revision they have no head."""
    return await _states(list(revised), await read_heads_at(revised))


async def _states(wanted: Sequence[CustomerId], heads: Mapping[CustomerId, Head]) -> dict[CustomerId, SyncState]:
    documents = await _documents(heads)
    notes = await _notes(heads.values())
    return {
        customer_id: SyncState(
            heads.get(customer_id),
            replace(notes.get(customer_id, NOBODY), document=documents.get(customer_id)),
        )
        for customer_id in wanted
    }


async def _documents(heads: Mapping[CustomerId, Head]) -> dict[CustomerId, Mapping[str, Any]]:
    ids = [entry_id(head.customer_id, head.document_revision) for head in heads.values() if head.document_revision]
    found = revisions().find({"_id": {"$in": ids}}, projection={"_id": 0, "customer_id": 1, "payload": 1})
    return {entry["customer_id"]: entry["payload"] async for entry in found} if ids else {}


async def _notes(heads: Iterable[Head]) -> dict[CustomerId, CustomerContent]:
    """Answer the notes of those whose journal holds more than one document, in the order of their acceptance."""
    asked = [head.customer_id for head in heads if head.revision > 1 or not head.document_revision]
    notes: dict[CustomerId, dict[NoteId, Mapping[str, Any]]] = {}
    retracted: dict[CustomerId, set[NoteId]] = {}
    for start in range(0, len(asked), _RANGES_AT_ONCE):
        ranges = [{"_id": entry_range(customer_id)} for customer_id in asked[start : start + _RANGES_AT_ONCE]]
        chosen = {"$or": ranges, "kind": {"$in": _NOTE_KINDS}}
        async for entry in revisions().find(chosen, projection=_NOTE_FIELDS).sort("_id", ASCENDING):
            note_id = NoteId(str(entry["payload"].get("note_id", entry["_id"])))
            if entry["kind"] == RevisionKind.RETRACTION.value:
                retracted.setdefault(entry["customer_id"], set()).add(note_id)
            else:
                note = {**entry["payload"], "associate_id": entry.get("author_id")}
                notes.setdefault(entry["customer_id"], {})[note_id] = note
    return {
        customer_id: _content(notes.get(customer_id, {}), retracted.get(customer_id, set()))
        for customer_id in {*notes, *retracted}
    }


def _content(notes: Mapping[NoteId, Mapping[str, Any]], retracted: set[NoteId]) -> CustomerContent:
    kept = {note_id: note for note_id, note in notes.items() if note_id not in retracted}
    return CustomerContent(None, kept, frozenset(retracted))


def wire_state(state: SyncState) -> dict[str, Any]:
    """Answer the customer as it goes over the wire."""
    head = state.head
    assert head is not None
    return {
        "customer_id": head.customer_id,
        "revision": head.document_revision,
        "updated_at": rfc3339(head.accepted_at),
        "store_id": head.store_id,
        "associate_id": head.associate_id,
        "document": state.content.document or {},
        "notes": list(state.content.notes.values()),
        "_deleted": False,
    }


def wire_note(customer_id: CustomerId, note: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one note as it goes over the wire by itself."""
    return {**note, "customer_id": customer_id, "_deleted": False}


def tombstone(customer_id: CustomerId) -> dict[str, Any]:
    """Answer what stands for a customer who is not there any more, or not for this reader."""
    return {
        "customer_id": customer_id,
        "revision": 0,
        "updated_at": None,
        "store_id": None,
        "associate_id": None,
        "document": {},
        "notes": [],
        "_deleted": True,
    }


async def insert_on(
    drafts: Sequence[Draft], states: Mapping[CustomerId, SyncState]
) -> tuple[dict[CustomerId, Head], set[CustomerId]]:
    """Insert one draft for each of many customers in one go, each on top of the very head that was read.

    Answers the new heads, and the customers of whom somebody else wrote meanwhile: read them again.
    """
    entries = [stored_entry(draft, states[draft.customer_id].head, 1) for draft in drafts]
    lost: set[CustomerId] = set()
    try:
        await revisions().insert_many(entries, ordered=False)
    except BulkWriteError as error:
        faults = error.details["writeErrors"]
        if any(fault["code"] != _DUPLICATE for fault in faults):
            raise
        lost = {drafts[fault["index"]].customer_id for fault in faults}
    return {entry["customer_id"]: head_of(entry) for entry in entries if entry["customer_id"] not in lost}, lost


async def known_operations(digests: Sequence[str]) -> dict[str, Head]:
    """Answer those operations that are in the journal, each with the head that it made."""
    if not digests:
        return {}
    found = revisions().find({"operation": {"$in": list(digests)}})
    return {entry["operation"]: head_of(entry) async for entry in found}


async def is_newest_operation_of(author_id: str, head: Head) -> bool:
    """Tell whether this author's last operation on the customer's document is the one that made this head."""
    newest = await revisions().find_one(
        {
            "_id": entry_range(head.customer_id, after=head.revision - 1),
            "kind": RevisionKind.DOCUMENT.value,
            "author_id": author_id,
        },
        projection={"revision": 1},
        sort=[("_id", DESCENDING)],
    )
    return newest is not None and newest["revision"] == head.revision
