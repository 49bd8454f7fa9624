"""Accepting one write: one read of the head and one insert; the unique `_id` and keys settle every race."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import DESCENDING
from pymongo.errors import BulkWriteError, DocumentTooLarge, DuplicateKeyError, WriteConcernError, WriteError

from backend.documents.entries import (
    VERSIONED_KINDS,
    Appended,
    Draft,
    Head,
    Seen,
    body_digest,
    identity_key,
    receipt,
    revisions,
    stored_entry,
    version_of,
)
from backend.documents.erasures import refuse_erased
from backend.documents.reading import read_head
from backend.documents.together import Together
from backend.domain.errors import (
    ConflictError,
    FloorbookError,
    KeyReusedError,
    PreconditionRequiredError,
    StaleRevisionError,
    TooLargeError,
    UnavailableError,
)
from backend.domain.events import RevisionKind

_MOST_TRIES = 200
"""Each round of a race has one winner, so this many writers of one customer at once are served."""

_LARGE_BYTES = 64 * 1024
"""An entry with a larger body goes alone: nobody waits for it, and what is too large is its own fault."""
_DUPLICATE = 11000

_REPEAT_FIELDS = {"customer_id": 1, "revision": 1, "accepted_at": 1, "digest": 1, "keys": 1, "payload.text": 1}


async def append(draft: Draft) -> Appended:
    """Accept the draft, or answer the receipt it got before; raises as `append_to` does."""
    return await append_to(await read_head(draft.customer_id), draft)


async def append_to(head: Head | None, draft: Draft) -> Appended:
    """Accept the draft on top of the head that was just read, or answer the receipt it got before.

    Raises ErasedError where the person was erased, StaleRevisionError or PreconditionRequiredError where the document
    moved on, KeyReusedError where the Idempotency-Key came with another body, ConflictError where the note id stands
    for another text.
    """
    version = 1
    for attempt in range(_MOST_TRIES):
        head = await _current(draft, head, attempt)
        refusal = _refusal(draft, head)
        if refusal is not None:
            known = await _repeat_by_key(draft)  # a repeat saw the document as it was before its own first try
            if known is None:
                raise refusal
            return known
        entry = stored_entry(draft, head, version)
        try:
            await _insert(entry)
        except DocumentTooLarge as error:
            raise TooLargeError("The document is too large to be stored. Send less at once.") from error
        except DuplicateKeyError as error:
            if not _is_repeat(error):
                await asyncio.sleep(random.uniform(0, 0.002) * min(attempt, 10))  # noqa: S311 - spreads the racers
                continue
            repeat, version = await _settle_repeat(draft)
            if repeat is not None:
                return repeat
        else:
            return receipt(entry, repeated=False)
    raise UnavailableError("Too many writers of this customer at once; send the same request again.")


async def _insert(entry: dict[str, Any]) -> None:
    """Insert an entry, together with those of others; raises DuplicateKeyError, DocumentTooLarge."""
    if len(entry["raw"]) > _LARGE_BYTES:
        await revisions().insert_one(entry)
    else:
        await _inserting.ask(entry)


async def _insert_all(entries: Sequence[dict[str, Any]]) -> Sequence[Exception | None]:
    """Insert each entry that can be; answer for each what stood in its way. One command, one flush of the journal."""
    if len(entries) == 1:
        await revisions().insert_one(entries[0])
        return [None]
    try:
        await revisions().insert_many(entries, ordered=False)
    except BulkWriteError as error:
        details = error.details or {}
        if concerns := details.get("writeConcernErrors"):
            raise WriteConcernError(concerns[0]["errmsg"], concerns[0].get("code"), concerns[0]) from error
        faults = {fault["index"]: fault for fault in details["writeErrors"]}
        return [_fault(faults[index]) if index in faults else None for index in range(len(entries))]
    return [None] * len(entries)


def _fault(fault: Mapping[str, Any]) -> Exception:
    kind = DuplicateKeyError if fault["code"] == _DUPLICATE else WriteError
    return kind(fault["errmsg"], fault["code"], fault)


_inserting: Together[dict[str, Any], None] = Together(_insert_all)


async def _current(draft: Draft, head: Head | None, attempt: int) -> Head | None:
    """Answer the head to write on, read anew after a lost race; who has none may be somebody who was erased."""
    if attempt:
        head = await read_head(draft.customer_id)
    if head is None:
        await refuse_erased(draft.customer_id)
    return head


def _refusal(draft: Draft, head: Head | None) -> FloorbookError | None:
    """Tell why the document may not be replaced; None: it may."""
    if draft.kind is not RevisionKind.DOCUMENT:
        return None
    if head is None or not head.document_revision:
        if draft.seen is None:
            return None
        return StaleRevisionError("There is no document yet: leave If-Match away to create it.")
    if draft.seen is None:
        return PreconditionRequiredError(
            f'The document exists. Read it, then send If-Match: "{head.document_revision}" (its ETag).'
        )
    if draft.seen is Seen.ANY or head.document_revision <= draft.seen <= head.revision:
        return None
    return StaleRevisionError(
        f"You wrote over revision {draft.seen}; the document is at {head.document_revision}. "
        "Read it again, put your change on top, and send the new ETag."
    )


def _is_repeat(error: DuplicateKeyError) -> bool:
    return "keys" in (error.details or {}).get("keyPattern", {})


async def _repeat_by_key(draft: Draft) -> Appended | None:
    """Answer the receipt that the Idempotency-Key got before; raises KeyReusedError on another body."""
    if draft.idempotency is None:
        return None
    known = await revisions().find_one({"keys": draft.idempotency}, projection=_REPEAT_FIELDS)
    if known is None:
        return None
    if known["digest"] != (draft.digest or body_digest(draft.raw)):
        raise KeyReusedError(
            f"The key was used for revision {known['revision']} with another body. "
            "Use a new key for a new request, and the same body when you repeat one."
        )
    return receipt(known, repeated=True)


async def _settle_repeat(draft: Draft) -> tuple[Appended | None, int]:
    """Tell what the duplicate key means: a receipt of before, or the version that this draft would be."""
    repeat = await _repeat_by_key(draft)
    if repeat is not None:
        return repeat, 0
    newest = await newest_version(draft)
    if newest is None:
        return None, 1
    if same_content(draft, newest):
        return receipt(newest, repeated=True), 0
    if draft.kind not in VERSIONED_KINDS:
        raise ConflictError(
            f"The {draft.kind.value} id {draft.identity!r} stands for another text since "
            f"revision {newest['revision']}. Make a new id for a new {draft.kind.value}."
        )
    identity = identity_key(draft)
    return None, 1 + max(version_of(key) for key in newest["keys"] if key.startswith(f"{identity}/"))


async def newest_version(draft: Draft) -> Mapping[str, Any] | None:
    """Answer the newest entry with the draft's identity; None: there is none."""
    identity = identity_key(draft)
    if identity is None:
        return None
    bounds = {"$elemMatch": {"$gte": f"{identity}/", "$lt": f"{identity}0"}}
    found: Mapping[str, Any] | None = await revisions().find_one(
        {"keys": bounds}, projection=_REPEAT_FIELDS, sort=[("_id", DESCENDING)]
    )
    return found


def same_content(draft: Draft, stored: Mapping[str, Any]) -> bool:
    """Tell whether the stored entry says what the draft says: a note by its text, everything else by its bytes."""
    if draft.kind is RevisionKind.NOTE:
        return bool(stored["payload"].get("text") == draft.payload.get("text"))
    return bool(stored["digest"] == (draft.digest or body_digest(draft.raw)))
