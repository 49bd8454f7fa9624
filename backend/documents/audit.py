"""Who did what, in a log that can't be edited without being seen: each entry holds the digest of the one before.

Entries name staff and things, never customers: what was erased is told by its receipt.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.errors import DuplicateKeyError

from backend.documents.models import AuditEntry
from backend.domain.errors import UnavailableError

_MOST_TRIES = 200
_NOTHING_BEFORE = "0" * 64


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place where the log is not what was written: an entry changed, removed, or put in between."""

    entry_id: int
    detail: str


def _collection() -> Any:
    return AuditEntry.get_pymongo_collection()


async def note_act(subject: str, act: str, now: datetime, **details: str) -> None:
    """Append that somebody did something. Details are of what was done, in texts that name no customer."""
    at = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as BSON keeps it
    for _ in range(_MOST_TRIES):
        newest = await _collection().find_one({}, sort=[("_id", DESCENDING)])
        entry = {
            "_id": newest["_id"] + 1 if newest else 1,
            "at": at,
            "subject": subject,
            "act": act,
            "details": details,
            "before": newest["digest"] if newest else _NOTHING_BEFORE,
        }
        try:
            await _collection().insert_one(entry | {"digest": entry_digest(entry)})
        except DuplicateKeyError:
            continue  # somebody else's entry came first
        return
    raise UnavailableError("Too many acts are being written down at once; the same call will work again.")


def entry_digest(entry: Mapping[str, Any]) -> str:
    """Answer the SHA-256 of all that an entry says, the digest of the one before included."""
    said = [entry["_id"], entry["at"].isoformat(), entry["subject"], entry["act"], entry["details"], entry["before"]]
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


async def read_acts(*, before: int | None, limit: int) -> list[AuditEntry]:
    """Answer entries, newest first, older than an id."""
    chosen = {} if before is None else {"_id": {"$lt": before}}
    found = _collection().find(chosen).sort("_id", DESCENDING).limit(limit)
    return [AuditEntry.model_validate({**entry, "id": entry["_id"]}) async for entry in found]


async def check_log() -> Broken | None:
    """Walk the whole log; answer the first entry that does not follow from the one before.

    Whoever can write to the store can tell a whole new log; its newest digest, kept elsewhere, tells that too.
    """
    expected, before = 1, _NOTHING_BEFORE
    async for entry in _collection().find({}).sort("_id", ASCENDING):
        if entry["_id"] != expected:
            return Broken(expected, "is missing")
        if entry["before"] != before or entry["digest"] != entry_digest(entry):
            return Broken(expected, "was changed, or the one before it")
        expected, before = expected + 1, entry["digest"]
    return None
