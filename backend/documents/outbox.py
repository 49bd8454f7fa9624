"""The outbox is a marker in the entry itself: watched as it comes, swept when it is overdue, unset when it was read."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any

import structlog
from bson import Int64
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.write_concern import WriteConcern

from backend.documents.entries import FIRST_DUE, entry_id, entry_range, revisions
from backend.domain.ids import CustomerId

LONGEST_WAIT = timedelta(minutes=5)
_FRESH = timedelta(minutes=10)
_GATHER_SECONDS = 0.01
_PATIENCE_MS = 2_000
_LONGEST_PAUSE_SECONDS = 2.0
_HISTORY_LOST = frozenset({136, 286})  # CappedPositionLost, ChangeStreamHistoryLost

log = structlog.get_logger()


def _hints() -> Any:
    """Answer the collection for writes whose loss costs one more reading and nothing else: no wait for the journal."""
    return revisions().with_options(write_concern=WriteConcern(w=1, j=False))


async def mark_read(up_to: Mapping[CustomerId, int], *, since: Mapping[CustomerId, int] | None = None) -> None:
    """Take the marker from each customer's entries up to a revision.

    `since` (exclusive) names what was read before: the entries between are then found by `_id` alone, in one command.
    """
    if since is not None:
        ids = [
            entry_id(customer_id, revision)
            for customer_id, last in up_to.items()
            for revision in range(since.get(customer_id, 0) + 1, last + 1)
        ]
        chosen: list[dict[str, Any]] = [{"_id": {"$in": ids}}] if ids else []
    else:
        chosen = [
            {"_id": {"$gt": entry_id(customer_id, 0), "$lte": entry_id(customer_id, last)}}
            for customer_id, last in sorted(up_to.items())
        ]
    if chosen:
        await _hints().update_many({"$or": chosen, "outbox": {"$exists": True}}, {"$unset": {"outbox": ""}})


async def read_but_marked(up_to: Mapping[CustomerId, int]) -> list[CustomerId]:
    """Answer the customers with an entry that somebody posted, up to that revision, and that still has its marker."""
    chosen = [
        {"_id": {"$gt": entry_id(customer_id, 0), "$lte": entry_id(customer_id, last)}}
        for customer_id, last in sorted(up_to.items())
    ]
    if not chosen:
        return []
    posted = {"$or": chosen, "outbox.due_at": {"$exists": True}, "author_id": {"$exists": True}}
    found = revisions().find(posted, projection={"customer_id": 1})
    return list({CustomerId(entry["customer_id"]): None async for entry in found})


async def due_customers(now: datetime, limit: int) -> list[CustomerId]:
    """Answer the customers with entries unread past their time, and put that time off: 3 s, 6 s, 12 s … 5 min."""
    ids: list[str] = []
    customers: dict[CustomerId, None] = {}
    overdue = revisions().find({"outbox.due_at": {"$lte": now}}, projection={"customer_id": 1})
    async for entry in overdue.sort("outbox.due_at", ASCENDING).limit(limit):
        ids.append(entry["_id"])
        customers[entry["customer_id"]] = None
    if ids:
        await _hints().update_many({"_id": {"$in": ids}, "outbox": {"$exists": True}}, put_off(now))
    return list(customers)


def put_off(now: datetime) -> list[dict[str, Any]]:
    """Answer the update that makes a marker due later, each time twice as late."""
    attempts = {"$add": ["$outbox.attempts", 1]}
    seconds = {
        "$min": [LONGEST_WAIT.total_seconds(), {"$multiply": [FIRST_DUE.total_seconds(), {"$pow": [2, attempts]}]}]
    }
    due_at = {"$add": [now, {"$multiply": [1000, seconds]}]}
    return [{"$set": {"outbox": {"attempts": attempts, "due_at": due_at}}}]


async def history_waits(now: datetime) -> bool:
    """Tell whether history imported within the last minutes waits to be read: there is more of it to come."""
    waiting = {"outbox.due_at": {"$exists": True}, "outbox.history": True, "accepted_at": {"$gt": now - _FRESH}}
    return await revisions().find_one(waiting, projection={"_id": 1}, hint="outbox") is not None


async def hasten(now: datetime) -> int:
    """Make all that is unread due now: for the relay, once the queue is back after an outage."""
    changed = await _hints().update_many(
        {"outbox.due_at": {"$gt": now}}, {"$set": {"outbox.due_at": now, "outbox.attempts": 0}}
    )
    return int(changed.modified_count)


async def ask_again(customer_ids: Iterable[CustomerId], now: datetime) -> None:
    """Mark the newest entry of each customer as due now, read or not: for the replay of work that had failed."""
    for customer_id in customer_ids:
        newest = await revisions().find_one(
            {"_id": entry_range(customer_id)}, projection={"_id": 1}, sort=[("_id", DESCENDING)]
        )
        if newest is not None:
            marker = {"due_at": now, "attempts": 0}
            await revisions().update_one({"_id": newest["_id"]}, {"$set": {"outbox": marker}})


async def pending(now: datetime) -> tuple[int, float]:
    """Answer how many entries wait to be read, and for how many seconds the oldest has waited past its time."""
    count = await revisions().count_documents({"outbox.due_at": {"$exists": True}}, hint="outbox")
    oldest = await revisions().find_one(
        {"outbox.due_at": {"$exists": True}}, projection={"accepted_at": 1}, sort=[("outbox.due_at", ASCENDING)]
    )
    return int(count), (now - oldest["accepted_at"]).total_seconds() if oldest else 0.0


async def watch_customers() -> AsyncIterator[list[CustomerId]]:
    """Answer the customers of fresh entries as they come, those of some milliseconds together; goes on after errors.

    The server tells as soon as there is one entry. What comes in the pause that follows is told with one command, so
    that a note alone waits for nobody, and of many notes none costs a command of its own. Whatever falls into a gap is
    found by the sweep.
    """
    token: Mapping[str, Any] | None = None
    pause = 0.1
    while True:
        try:
            async with aclosing(_changes(token)) as batches:
                async for token, customer_ids in batches:  # noqa: B007 - where to go on after an error
                    pause = 0.1
                    if customer_ids:
                        yield customer_ids
                        await asyncio.sleep(_GATHER_SECONDS)
        except PyMongoError as error:
            if isinstance(error, OperationFailure) and error.code in _HISTORY_LOST:
                token = None
            log.warning("change_stream_broke", error=str(error), again_in_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)


async def _changes(after: Mapping[str, Any] | None) -> AsyncGenerator[tuple[Mapping[str, Any], list[CustomerId]], None]:
    """Answer the change stream batch by batch, as the server hands it out, each with the token to go on from."""
    database = revisions().database
    stream = {"$changeStream": {"resumeAfter": after} if after else {}}
    fresh = {"operationType": "insert", "fullDocument.outbox.history": {"$exists": False}}
    pipeline = [stream, {"$match": fresh}, {"$project": {"fullDocument.customer_id": 1}}]
    async with database.client.start_session() as session:
        opened = await database.command(
            {"aggregate": revisions().name, "pipeline": pipeline, "cursor": {}}, session=session
        )
        cursor, batch = opened["cursor"], opened["cursor"]["firstBatch"]
        more = {"getMore": Int64(cursor["id"]), "collection": revisions().name, "maxTimeMS": _PATIENCE_MS}
        try:
            while True:
                yield (
                    cursor["postBatchResumeToken"],
                    list({change["fullDocument"]["customer_id"]: None for change in batch}),
                )
                cursor = (await database.command(more, session=session))["cursor"]
                batch = cursor["nextBatch"]
        finally:
            with contextlib.suppress(PyMongoError):
                await database.command({"killCursors": revisions().name, "cursors": [more["getMore"]]}, session=session)
