"""The log of corrections: what was taught and what was undone, numbered densely; the newest number is the version."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern

from backend.documents.correction_shape import correction_body, fold_corrections
from backend.documents.entries import body_digest
from backend.documents.models import CorrectionEntry
from backend.documents.outbox import put_off
from backend.domain.corrections import FORGOTTEN_PHRASE, NOTHING_CORRECTED, Correction, CorrectionBook
from backend.domain.errors import ConflictError, KeyReusedError, UnavailableError
from backend.domain.ids import AssociateId, CorrectionId, CustomerId

_MOST_TRIES = 200


@dataclass(frozen=True, slots=True)
class Logged:
    """The receipt of an entry: its version and when it was accepted."""

    correction_id: CorrectionId
    version: int
    at: datetime
    repeated: bool


def _collection() -> Any:
    return CorrectionEntry.get_pymongo_collection()


def _durable() -> Any:
    """Answer the log read with majority: what a crash can take back must never change how a note is read."""
    return _collection().with_options(read_concern=ReadConcern("majority"))


async def log_correction(correction: Correction, *, idempotency: str | None = None) -> Logged:
    """Append a correction (its version is told here), or answer the receipt that it got before.

    Raises ConflictError where the id stands for another correction, KeyReusedError where the key came with another.
    """
    body = correction_body(correction)
    entry = {
        "event": "made",
        "correction_id": correction.correction_id,
        "at": correction.made_at,
        "author_id": correction.author_id,
        "digest": body_digest(repr([correction.correction_id, *sorted(body.items())]).encode()),
        "body": body,
    }
    return await _append(entry, idempotency)


async def log_undoing(
    correction_id: CorrectionId, author_id: AssociateId, now: datetime, *, idempotency: str | None = None
) -> Logged:
    """Append that a correction is undone, once."""
    digest = body_digest(correction_id.encode())
    entry = {"event": "undone", "correction_id": correction_id, "at": now, "author_id": author_id, "digest": digest}
    return await _append(entry, idempotency)


async def unciting_entries(chosen: Mapping[str, Any], forgotten: Sequence[str]) -> int:
    """Take the citation out of the corrections that are chosen, and the words of those whose ids are `forgotten`.

    The log grows by an entry for each, so that every process reads it anew; who is without words is undone.
    """
    found = _collection().find(chosen, projection={"correction_id": 1})
    ids = [entry["correction_id"] async for entry in found]
    for correction_id in ids:
        at = datetime.now(UTC)
        change: dict[str, Any] = {"digest": "erased"}
        if correction_id in forgotten:
            change["body.phrase"] = FORGOTTEN_PHRASE
            await log_undoing(CorrectionId(correction_id), AssociateId("erasure"), at)
        made = {"event": "made", "correction_id": correction_id}
        await _collection().update_one(made, {"$set": change, "$unset": {"body.cited": ""}})
        uncited = {"event": "uncited", "correction_id": correction_id, "at": at, "author_id": "erasure", "digest": ""}
        await _append(uncited, None, asks_for_reading=False)
    return len(ids)


async def _append(entry: Mapping[str, Any], idempotency: str | None, *, asks_for_reading: bool = True) -> Logged:
    at = entry["at"].replace(microsecond=entry["at"].microsecond // 1000 * 1000)  # as BSON keeps it
    identity = f"{entry['event']}/{entry['correction_id']}"
    keys = [identity] if idempotency is None else [identity, idempotency]
    for attempt in range(_MOST_TRIES):
        version = await newest_version() + 1
        fresh = {"_id": version, **entry, "at": at, "keys": keys}
        if asks_for_reading:
            fresh["outbox"] = {"due_at": at, "attempts": 0}
        try:
            await _collection().insert_one(fresh)
        except DuplicateKeyError as error:
            known = await _known(keys)
            if known is not None:
                return _repeat(known, entry, identity)
            if "_id_" not in str(error):
                raise
            await asyncio.sleep(random.uniform(0, 0.002) * min(attempt, 10))  # noqa: S311 - spreads the racers
        else:
            return Logged(CorrectionId(entry["correction_id"]), version, at, repeated=False)
    raise UnavailableError("Too many corrections are being made at once; the same call will work again.")


async def _known(keys: Sequence[str]) -> Mapping[str, Any] | None:
    """Answer the entry that used one of the keys; the idempotency key counts before the identity."""
    for key in reversed(keys):
        entry: Mapping[str, Any] | None = await _collection().find_one({"keys": key})
        if entry is not None:
            return entry
    return None


def _repeat(known: Mapping[str, Any], entry: Mapping[str, Any], identity: str) -> Logged:
    same = (known["digest"], known["author_id"]) == (entry["digest"], entry["author_id"])
    if entry["event"] == "made" and not same:
        if identity in known["keys"]:
            raise ConflictError("This correction_id stands for another correction. Make a new one.")
        raise KeyReusedError("This Idempotency-Key came with another correction.")
    return Logged(CorrectionId(known["correction_id"]), known["_id"], known["at"], repeated=True)


async def newest_version() -> int:
    """Answer the version of all corrections: the number of the newest entry."""
    entry = await _durable().find_one({}, projection={"_id": 1}, sort=[("_id", DESCENDING)])
    return int(entry["_id"]) if entry else 0


async def read_corrections() -> list[Correction]:
    """Answer all corrections as they stand, in order of their versions; those undone say so."""
    found = _durable().find({}, projection={"keys": 0, "outbox": 0}).sort("_id")
    return fold_corrections([entry async for entry in found])


async def read_correction(correction_id: CorrectionId) -> Correction | None:
    """Answer one correction as it stands; None: there is none with this id."""
    keys = [f"made/{correction_id}", f"undone/{correction_id}"]
    found = _durable().find({"keys": {"$in": keys}}).sort("_id")
    return next(iter(fold_corrections([entry async for entry in found])), None)


class CorrectionMemory:
    """All corrections, kept by a process and read anew only where the log has grown."""

    def __init__(self) -> None:
        self._book = NOTHING_CORRECTED

    async def book(self) -> CorrectionBook:
        """Answer the corrections as of now: one read of the newest number, and of the log where that is new."""
        version = await newest_version()
        if version != self._book.version:
            self._book = CorrectionBook(tuple(await read_corrections()), version)
        return self._book


@dataclass(frozen=True, slots=True)
class DueCorrections:
    """What waits to be read again for: up to which version, and the customers whose notes the corrections cite."""

    version: int
    cited: tuple[CustomerId, ...]


async def due_corrections(now: datetime) -> DueCorrections | None:
    """Answer the entries due by now and put them off, each time twice as far; None: there are none."""
    found = _collection().find({"outbox.due_at": {"$lte": now}}, projection={"body.cited.customer_id": 1})
    due = [entry async for entry in found]
    if not due:
        return None
    ids = [entry["_id"] for entry in due]
    await _collection().update_many({"_id": {"$in": ids}, "outbox": {"$exists": True}}, put_off(now))
    cited = [entry["body"]["cited"]["customer_id"] for entry in due if (entry.get("body") or {}).get("cited")]
    return DueCorrections(max(ids), tuple(CustomerId(one) for one in dict.fromkeys(cited)))


async def pending_corrections() -> list[CorrectionId]:
    """Answer the corrections that were made or undone, and for which old notes were not read again yet."""
    found = _durable().find({"outbox.due_at": {"$exists": True}}, projection={"correction_id": 1}).sort("_id")
    return list({CorrectionId(entry["correction_id"]): None async for entry in found})


async def mark_corrections_read(version: int) -> None:
    """Take the marker from the entries up to a version."""
    await _collection().update_many({"_id": {"$lte": version}, "outbox": {"$exists": True}}, {"$unset": {"outbox": ""}})
