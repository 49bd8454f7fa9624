"""What goes into the journal and what comes out of it: drafts, heads, receipts, and their stored shape."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from backend.documents.models import Revision as StoredRevision
from backend.domain.events import JournalEntry, RevisionKind
from backend.domain.ids import AssociateId, CustomerId, Region, Revision, StoreId

FIRST_DUE = timedelta(seconds=3)
"""How long a fresh entry has to be read by way of the change stream before the sweep sends it again."""

HISTORY_DUE = timedelta(minutes=2)
"""How long imported history has: whoever imports hands it over when all of a customer is there."""

VERSIONED_KINDS = frozenset({RevisionKind.ORDER, RevisionKind.TRANSACTION})
"""Kinds whose identifier may come again with another body: a change of status. A note never changes."""


class Seen(Enum):
    """What a writer may say instead of a revision that it has read."""

    ANY = "*"


@dataclass(frozen=True, slots=True)
class Head:
    """Where a customer's journal stands. `document_revision` 0: there are notes or orders, but no document yet."""

    customer_id: CustomerId
    revision: Revision
    document_revision: Revision
    store_id: StoreId | None
    region: Region | None
    associate_id: AssociateId | None
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A write that asks to be accepted.

    `identity` is the client-made id of a note, an order or a transaction. `idempotency` is the caller's key, made
    unique by its scope (`idempotency_key`). `digest` is that of the request's body where `raw` is not that body.
    `operation` recognises the row of a sync push. `seen` is the document revision the writer has read.
    Place and associate: None carries the last known on.
    """

    customer_id: CustomerId
    kind: RevisionKind
    payload: Mapping[str, Any]
    raw: bytes
    accepted_at: datetime
    identity: str | None = None
    idempotency: str | None = None
    digest: str | None = None
    seen: Revision | Seen | None = None
    store_id: StoreId | None = None
    region: Region | None = None
    associate_id: AssociateId | None = None
    author_id: AssociateId | None = None
    operation: str | None = None


@dataclass(frozen=True, slots=True)
class Appended:
    """The receipt. `repeated`: this write was accepted before, and this is the receipt of then."""

    customer_id: CustomerId
    revision: Revision
    accepted_at: datetime
    repeated: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """A draft of a bulk append that contradicts what is stored; `index` is its place in the call."""

    index: int
    detail: str


@dataclass(frozen=True, slots=True)
class BulkAppended:
    """What became of many drafts: every one is counted exactly once."""

    appended: int
    repeated: int
    refused: tuple[Refused, ...]


def body_digest(body: bytes) -> str:
    """Answer the SHA-256 of a body, hex."""
    return hashlib.sha256(body).hexdigest()


def idempotency_key(subject: str, route: str, customer_id: CustomerId, key: str) -> str:
    """Make a caller's Idempotency-Key unique: the same key of another caller, route or customer is another key."""
    return "key/" + body_digest(f"{subject}\0{route}\0{customer_id}\0{key}".encode())


def identity_key(draft: Draft) -> str | None:
    """Answer what all versions of the draft's note, order or transaction share as a prefix of their key."""
    return None if draft.identity is None else identity_prefix(draft.kind, draft.customer_id, draft.identity)


def identity_prefix(kind: RevisionKind, customer_id: CustomerId, identity: str) -> str:
    """Answer the prefix that the keys of one note, order or transaction share."""
    digest = body_digest(f"{customer_id}\0{identity}".encode())[:40]
    return f"{kind.value}/{digest}"


def version_key(identity: str, version: int) -> str:
    """Answer the unique key of one version (1, 2, …) of an identity."""
    return f"{identity}/{version:06d}"


def version_of(key: str) -> int:
    """Answer the version that `version_key` put into the key."""
    return int(key.rpartition("/")[2])


def entry_id(customer_id: CustomerId, revision: int) -> str:
    """Answer the `_id` of an entry: unique, and in order within the customer."""
    return f"{customer_id}/{revision:010d}"


def entry_range(customer_id: CustomerId, *, after: int = 0) -> dict[str, str]:
    """Answer the filter on `_id` for a customer's entries beyond a revision ("0" is the character after "/")."""
    return {"$gt": entry_id(customer_id, after), "$lt": f"{customer_id}0"}


def as_kept(at: datetime) -> datetime:
    """Answer the time as the store keeps it, to the millisecond: what is told before it is read again must say that."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def stored_entry(draft: Draft, head: Head | None, version: int, *, history: bool = False) -> dict[str, Any]:
    """Lay the draft on top of the head: the one stored record that is document, revision and outbox marker at once.

    `history`: the change stream leaves it to whoever imports it.
    """
    revision = (head.revision if head else 0) + 1
    is_document = draft.kind is RevisionKind.DOCUMENT
    identity = identity_key(draft)
    accepted_at = as_kept(draft.accepted_at)
    keys = [draft.idempotency] if draft.idempotency else []
    if identity is not None:
        keys.append(version_key(identity, version))
    moved = draft.store_id is not None and (head is None or draft.store_id != head.store_id)
    entry: dict[str, Any] = {
        "_id": entry_id(draft.customer_id, revision),
        "customer_id": draft.customer_id,
        "revision": revision,
        "document_revision": revision if is_document else (head.document_revision if head else 0),
        "kind": draft.kind.value,
        "payload": draft.payload,
        "raw": draft.raw,
        "digest": draft.digest or body_digest(draft.raw),
        "accepted_at": accepted_at,
        "outbox": _marker(accepted_at, history=history),
    }
    optional = {
        "keys": keys or None,
        "store_id": draft.store_id or (head.store_id if head else None),
        "region": draft.region or (head.region if head and not moved else None),
        "associate_id": draft.associate_id or (head.associate_id if head else None),
        "author_id": draft.author_id,
        "operation": draft.operation,
    }
    entry.update({name: value for name, value in optional.items() if value is not None})
    return entry


def _marker(accepted_at: datetime, *, history: bool) -> dict[str, Any]:
    if history:
        return {"due_at": accepted_at + HISTORY_DUE, "attempts": 0, "history": True}
    return {"due_at": accepted_at + FIRST_DUE, "attempts": 0}


HEAD_FIELDS = {
    "_id": 0,
    "customer_id": 1,
    "revision": 1,
    "document_revision": 1,
    "store_id": 1,
    "region": 1,
    "associate_id": 1,
    "accepted_at": 1,
}


def head_of(entry: Mapping[str, Any]) -> Head:
    """Read a head from a stored entry (all of it, or its HEAD_FIELDS)."""
    return Head(
        customer_id=entry["customer_id"],
        revision=entry["revision"],
        document_revision=entry["document_revision"],
        store_id=entry.get("store_id"),
        region=entry.get("region"),
        associate_id=entry.get("associate_id"),
        accepted_at=entry["accepted_at"],
    )


def journal_entry(entry: Mapping[str, Any]) -> JournalEntry:
    """Map the stored shape to the domain's."""
    return JournalEntry(
        customer_id=entry["customer_id"],
        revision=entry["revision"],
        kind=RevisionKind(entry["kind"]),
        payload=entry["payload"],
        accepted_at=entry["accepted_at"],
        associate_id=entry.get("associate_id"),
        store_id=entry.get("store_id"),
        region=entry.get("region"),
        author_id=entry.get("author_id"),
    )


def receipt(entry: Mapping[str, Any], *, repeated: bool) -> Appended:
    """Answer the receipt of a stored entry."""
    return Appended(entry["customer_id"], entry["revision"], entry["accepted_at"], repeated)


def revisions() -> Any:
    """Answer the driver's collection beneath Beanie: the write path goes there, for speed."""
    return StoredRevision.get_pymongo_collection()
