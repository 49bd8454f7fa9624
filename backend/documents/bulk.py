"""Accepting many writes at once: imports. Repeats are counted, not doubled; a contradiction refuses only itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pymongo.errors import BulkWriteError

from backend.documents.appending import append, same_content
from backend.documents.entries import (
    BulkAppended,
    Draft,
    Head,
    Refused,
    Seen,
    body_digest,
    entry_id,
    head_of,
    identity_key,
    revisions,
    stored_entry,
    version_key,
)
from backend.documents.erasures import erased_among
from backend.documents.reading import read_heads
from backend.documents.references import read_regions
from backend.domain.errors import FloorbookError
from backend.domain.events import RevisionKind
from backend.domain.ids import CustomerId

_DUPLICATE = 11000
_ERASED = "This person was erased at their wish: nothing is taken in about them again."
_CONTENT_FIELDS = {"_id": 0, "keys": 1, "digest": 1, "payload.text": 1}

Numbered = tuple[int, Draft]


@dataclass(slots=True)
class _Tally:
    appended: int = 0
    repeated: int = 0
    refused: list[Refused] = field(default_factory=list)


async def append_many(drafts: Sequence[Draft], *, history: bool = False) -> BulkAppended:
    """Accept the drafts in their order within each customer. Documents replace whatever is there, unless they equal it.

    `history`: the caller asks for their reading itself once all is there; else the change stream tells of them.

    Those that come fresh go in as one unordered insert a round; repeats of the only version are counted from one read;
    what else is known by its id goes through `append`, which knows a change of status from a contradiction.
    """
    tally = _Tally()
    pending = await _without_erased(list(enumerate(await _with_regions(drafts))), tally)
    while pending:
        heads = await read_heads(sorted({draft.customer_id for _, draft in pending}))
        known = await _known_identities(draft for _, draft in pending)
        digests = await _document_digests(heads.values())
        fresh, later = _split(pending, known, digests, tally)
        failed = await _insert(fresh, heads, tally, history=history)
        for index, draft in later:
            await _append_one(index, draft, tally)
        pending = failed
    return BulkAppended(tally.appended, tally.repeated, tuple(tally.refused))


async def _without_erased(drafts: Sequence[Numbered], tally: _Tally) -> list[Numbered]:
    """Refuse what comes again of people who were erased."""
    erased = await erased_among({draft.customer_id for _, draft in drafts})
    tally.refused += [Refused(index, _ERASED) for index, draft in drafts if draft.customer_id in erased]
    return [numbered for numbered in drafts if numbered[1].customer_id not in erased]


async def _with_regions(drafts: Sequence[Draft]) -> list[Draft]:
    """Say the region of each draft's store where the draft does not."""
    if all(draft.region is not None or draft.store_id is None for draft in drafts):
        return list(drafts)
    regions = await read_regions()
    return [
        replace(draft, region=regions.get(draft.store_id)) if draft.store_id and not draft.region else draft
        for draft in drafts
    ]


def _split(
    pending: Sequence[Numbered],
    known: dict[str, Mapping[str, Any] | None],
    digests: dict[CustomerId, str],
    tally: _Tally,
) -> tuple[list[Numbered], list[Numbered]]:
    """Sort the drafts into fresh ones and ones that need a closer look; plain repeats are counted here."""
    fresh: list[Numbered] = []
    later: list[Numbered] = []
    held_back: set[CustomerId] = set()  # keeps the order within a customer once one of their drafts has to wait
    for index, draft in pending:
        identity = identity_key(draft)
        if draft.kind is RevisionKind.DOCUMENT and draft.customer_id not in held_back:
            digest = draft.digest or body_digest(draft.raw)
            if digests.get(draft.customer_id) == digest:
                tally.repeated += 1
                continue
            digests[draft.customer_id] = digest
        only_version = known.get(identity) if identity is not None and draft.customer_id not in held_back else None
        if only_version is not None and same_content(draft, only_version):
            tally.repeated += 1
            continue
        if draft.customer_id in held_back or (identity is not None and identity in known):
            later.append((index, draft))
            held_back.add(draft.customer_id)
            continue
        if identity is not None:
            known[identity] = None
        fresh.append((index, draft))
    return fresh, later


async def _known_identities(drafts: Iterable[Draft]) -> dict[str, Mapping[str, Any] | None]:
    """Answer the identities of the drafts that are in the journal already, each with its entry where it has but one."""
    identities = {identity for draft in drafts if (identity := identity_key(draft)) is not None}
    if not identities:
        return {}
    keys = [version_key(identity, version) for identity in identities for version in (1, 2)]
    known: dict[str, Mapping[str, Any] | None] = {}
    async for entry in revisions().find({"keys": {"$in": keys}}, projection=_CONTENT_FIELDS):
        for key in entry["keys"]:
            identity = key.rpartition("/")[0]
            if identity in identities:
                known[identity] = None if identity in known else entry
    return known


async def _document_digests(heads: Iterable[Head]) -> dict[CustomerId, str]:
    """Answer the digest of each customer's current document."""
    ids = [entry_id(head.customer_id, head.document_revision) for head in heads if head.document_revision]
    if not ids:
        return {}
    found = revisions().find({"_id": {"$in": ids}}, projection={"_id": 0, "customer_id": 1, "digest": 1})
    return {entry["customer_id"]: entry["digest"] async for entry in found}


async def _insert(
    fresh: Sequence[Numbered], heads: dict[CustomerId, Head], tally: _Tally, *, history: bool
) -> list[Numbered]:
    """Insert in one go; answer those that lost a race to another writer, to be tried again."""
    if not fresh:
        return []
    entries = []
    for _, draft in fresh:
        entry = stored_entry(draft, heads.get(draft.customer_id), 1, history=history)
        heads[draft.customer_id] = head_of(entry)
        entries.append(entry)
    try:
        await revisions().insert_many(entries, ordered=False)
    except BulkWriteError as error:
        faults = error.details["writeErrors"]
        if any(fault["code"] != _DUPLICATE for fault in faults):
            raise
        lost = [fresh[fault["index"]] for fault in faults]
    else:
        lost = []
    tally.appended += len(fresh) - len(lost)
    return lost


async def _append_one(index: int, draft: Draft, tally: _Tally) -> None:
    if draft.kind is RevisionKind.DOCUMENT:
        current = (await read_heads([draft.customer_id])).get(draft.customer_id)
        digests = await _document_digests([current] if current else [])
        if digests.get(draft.customer_id) == (draft.digest or body_digest(draft.raw)):
            tally.repeated += 1
            return
        draft = replace(draft, seen=Seen.ANY if digests else None)
    try:
        appended = await append(draft)
    except FloorbookError as error:
        tally.refused.append(Refused(index, error.detail))
        return
    if appended.repeated:
        tally.repeated += 1
    else:
        tally.appended += 1
