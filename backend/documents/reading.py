"""Reading the journal: heads, current documents, and what a customer's tables have not seen yet."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from pymongo import DESCENDING
from pymongo.read_concern import ReadConcern

from backend.documents.entries import (
    HEAD_FIELDS,
    Head,
    entry_id,
    entry_range,
    head_of,
    identity_prefix,
    journal_entry,
    revisions,
    version_key,
)
from backend.documents.models import Revision as StoredRevision
from backend.documents.together import Together
from backend.domain.events import JournalEntry, RevisionKind
from backend.domain.ids import AssociateId, CustomerId, NoteId

_READ_FIELDS = HEAD_FIELDS | {"kind": 1, "payload": 1, "author_id": 1}

_NEWEST_OF_EACH = [
    {
        "$lookup": {
            "from": "revisions",
            "let": {"low": "$low", "high": "$high"},
            "pipeline": [
                {"$match": {"$expr": {"$and": [{"$gt": ["$_id", "$$low"]}, {"$lt": ["$_id", "$$high"]}]}}},
                {"$sort": {"_id": DESCENDING}},
                {"$limit": 1},
                {"$project": HEAD_FIELDS},
            ],
            "as": "head",
        }
    },
    {"$match": {"head": {"$ne": []}}},
    {"$replaceRoot": {"newRoot": {"$first": "$head"}}},
]


def _durable() -> Any:
    """Answer the collection read with majority: what a crash can take back must never reach the warehouse."""
    return revisions().with_options(read_concern=ReadConcern("majority"))


async def read_head(customer_id: CustomerId) -> Head | None:
    """Answer where the customer's journal stands; None: nothing was ever accepted."""
    return await _reading_heads.ask(customer_id)


async def _heads_of(customer_ids: Sequence[CustomerId]) -> Sequence[Head | None]:
    if len(customer_ids) == 1:
        return [await _read_head(customer_ids[0])]
    heads = await read_heads(list(dict.fromkeys(customer_ids)))
    return [heads.get(customer_id) for customer_id in customer_ids]


_reading_heads: Together[CustomerId, Head | None] = Together(_heads_of)


async def _read_head(customer_id: CustomerId) -> Head | None:
    entry = await revisions().find_one(
        {"_id": entry_range(customer_id)}, projection=HEAD_FIELDS, sort=[("_id", DESCENDING)]
    )
    return head_of(entry) if entry else None


async def read_heads(customer_ids: Sequence[CustomerId]) -> dict[CustomerId, Head]:
    """Answer the heads of many customers in one command; those without a journal are absent."""
    if not customer_ids:
        return {}
    asked = [{"low": entry_id(customer_id, 0), "high": f"{customer_id}0"} for customer_id in customer_ids]
    cursor = await revisions().database.aggregate([{"$documents": asked}, *_NEWEST_OF_EACH])
    return {head.customer_id: head async for head in (head_of(entry) async for entry in cursor)}


async def read_heads_at(revised: Mapping[CustomerId, int]) -> dict[CustomerId, Head]:
    """Answer the heads of many customers as of a revision of each; those without that revision are absent."""
    ids = [entry_id(customer_id, revision) for customer_id, revision in revised.items()]
    found = revisions().find({"_id": {"$in": ids}}, projection=HEAD_FIELDS)
    return {head.customer_id: head async for head in (head_of(entry) async for entry in found)}


async def read_note_author(customer_id: CustomerId, note_id: NoteId) -> AssociateId | None:
    """Answer who posted a note; None: nobody did, or it came with imported history."""
    key = version_key(identity_prefix(RevisionKind.NOTE, customer_id, note_id), 1)
    entry = await revisions().find_one({"keys": key}, projection={"author_id": 1})
    return AssociateId(entry["author_id"]) if entry and entry.get("author_id") else None


async def read_document(customer_id: CustomerId) -> StoredRevision | None:
    """Answer the entry that holds the customer's current document; None: there is none."""
    head = await read_head(customer_id)
    return await read_document_at(head) if head else None


async def read_document_at(head: Head) -> StoredRevision | None:
    """Answer the document that was current at this head; None: the customer had none yet."""
    if not head.document_revision:
        return None
    return await read_entry(head.customer_id, head.document_revision)


async def read_entry(customer_id: CustomerId, revision: int) -> StoredRevision | None:
    """Answer one entry of the customer's journal; None: there is no such revision."""
    return await _reading_entries.ask(entry_id(customer_id, revision))


async def _entries_of(ids: Sequence[str]) -> Sequence[StoredRevision | None]:
    found = revisions().find({"_id": {"$in": list(set(ids))}})
    entries = {entry["_id"]: StoredRevision.model_validate({**entry, "id": entry["_id"]}) async for entry in found}
    return [entries.get(id_) for id_ in ids]


_reading_entries: Together[str, StoredRevision | None] = Together(_entries_of)


async def entries_after(after: Mapping[CustomerId, int]) -> dict[CustomerId, list[JournalEntry]]:
    """Answer each customer's entries beyond the given revision, in revision order, by one query for all of them."""
    read: dict[CustomerId, list[JournalEntry]] = {customer_id: [] for customer_id in after}
    if not after:
        return read
    ranges = [{"_id": entry_range(customer_id, after=revision)} for customer_id, revision in sorted(after.items())]
    async for entry in _durable().find({"$or": ranges}, projection=_READ_FIELDS):
        read[entry["customer_id"]].append(journal_entry(entry))
    for entries in read.values():
        entries.sort(key=lambda entry: entry.revision)
    return read


async def every_customer(batch: int) -> AsyncIterator[list[CustomerId]]:
    """Walk all customers that have a journal, in order of their ids, `batch` at a time."""
    last = ""
    while True:
        found = (
            revisions()
            .find({"revision": 1, "customer_id": {"$gt": last}}, projection={"_id": 0, "customer_id": 1})
            .sort("customer_id")
            .limit(batch)
            .hint("customers")
        )
        ids: list[CustomerId] = [entry["customer_id"] async for entry in found]
        if not ids:
            return
        yield ids
        last = ids[-1]


async def count_customers() -> int:
    """Answer how many customers have a journal."""
    return int(await revisions().count_documents({"revision": 1}, hint="customers"))
