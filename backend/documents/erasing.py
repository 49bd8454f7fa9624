"""Take one person out of every collection; and count what is left of them.

`PLACES` names each collection that can hold anything about a person and how it is found there; `IMPERSONAL` the rest.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pymongo import DESCENDING

from backend.documents.corrections import unciting_entries
from backend.documents.entries import entry_range, revisions
from backend.documents.models import CorrectionEntry, DeadLetter, InboxEntry, StoredSuggestion
from backend.documents.source_positions import SourcePosition, keys_of
from backend.documents.sync_log import note_erased
from backend.documents.sync_models import SyncAnswer, SyncConflict, SyncLine, SyncQuarantined
from backend.domain.ids import CustomerId

IMPERSONAL = frozenset({"references", "accounts", "refresh_tokens", "erasures", "instance_keys", "audit", "campaigns"})
"""Products, channels, staff, campaigns, and the receipts: they hold nothing about customers."""

_LONGEST_NAME = 1_000
_SEPARATORS = re.compile(r"[,;]")


async def _places(customer_id: CustomerId) -> Mapping[str, tuple[Any, dict[str, Any]]]:
    """Answer each collection with the filter that finds the person there, in the order in which they are removed.

    Suggestions come last: dead letters are found by their ids.
    """
    suggestions = StoredSuggestion.get_pymongo_collection()
    own = [entry["_id"] async for entry in suggestions.find({"customer_id": customer_id}, projection={"_id": 1})]
    named = [{"customer_id": customer_id}, {"arguments.ids": {"$in": [customer_id, *own]}}]
    return {
        "revisions": (revisions(), {"_id": entry_range(customer_id)}),
        "inbox": (InboxEntry.get_pymongo_collection(), {"data.customer_id": customer_id}),
        "dead_letters": (DeadLetter.get_pymongo_collection(), {"$or": named}),
        "corrections": (CorrectionEntry.get_pymongo_collection(), {"body.cited.customer_id": customer_id}),
        "sync_log": (SyncLine.get_pymongo_collection(), {"customer_id": customer_id}),
        "sync_conflicts": (SyncConflict.get_pymongo_collection(), {"customer_id": customer_id}),
        "sync_quarantine": (SyncQuarantined.get_pymongo_collection(), {"customer_id": customer_id}),
        "sync_answers": (SyncAnswer.get_pymongo_collection(), {"customer_ids": customer_id}),
        "source_positions": (SourcePosition.get_pymongo_collection(), {"position.key": {"$in": keys_of(customer_id)}}),
        "suggestions": (suggestions, {"customer_id": customer_id}),
    }


async def written_names(customer_id: CustomerId) -> frozenset[str]:
    """Answer every short text of the person's journal: one of them may have become the name of a product."""
    found = revisions().find({"_id": entry_range(customer_id)}, projection={"payload": 1})
    return frozenset([text async for entry in found for text in _texts(entry["payload"])])


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str) and len(one) <= _LONGEST_NAME:
            yield from (" ".join(part.split()) for part in (one, *_SEPARATORS.split(one)))
        elif isinstance(one, Mapping):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


async def cited_phrases(customer_id: CustomerId) -> dict[str, str]:
    """Answer the words that corrections took from this person's notes, by correction."""
    found = CorrectionEntry.get_pymongo_collection().find(
        {"body.cited.customer_id": customer_id}, projection={"correction_id": 1, "body.phrase": 1}
    )
    return {entry["correction_id"]: entry["body"]["phrase"] async for entry in found}


async def erase_documents(customer_id: CustomerId, forgotten: Sequence[str]) -> dict[str, int]:
    """Remove the person from every collection; answer how many entries of each.

    Corrections stay without their citation, and those of `forgotten` without their words; the newest line of the inbox
    stays empty, because the next one counts on from its id. In the log of replication the id stays sealed, for as long
    as a phone may be offline: by it the phones throw their copies away.
    """
    removed: dict[str, int] = {}
    for name, (collection, chosen) in (await _places(customer_id)).items():
        if name == "corrections":
            removed[name] = await unciting_entries(chosen, forgotten)
        elif name == "inbox":
            removed[name] = await _empty_inbox(collection, chosen)
        elif name == "sync_log":
            removed[name] = await note_erased(customer_id)
        else:
            removed[name] = (await collection.delete_many(chosen)).deleted_count
    return removed


async def _empty_inbox(inbox: Any, chosen: Mapping[str, Any]) -> int:
    newest = await inbox.find_one({}, projection={"_id": 1}, sort=[("_id", DESCENDING)])
    if newest is None:
        return 0
    deleted = await inbox.delete_many({**chosen, "_id": {"$lt": newest["_id"]}})
    emptied = await inbox.update_one(
        {**chosen, "_id": newest["_id"]},
        {"$set": {"key": f"erased/{newest['_id']}", "event": "resync", "data": {"after": newest["_id"]}}},
    )
    return int(deleted.deleted_count + emptied.modified_count)


async def left_in_documents(customer_id: CustomerId) -> dict[str, int]:
    """Answer how many entries of each collection still name the person."""
    places = await _places(customer_id)
    return {name: await collection.count_documents(chosen) for name, (collection, chosen) in places.items()}
