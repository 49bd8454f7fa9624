"""The outbox is a marker in the entry itself: watched as it comes, swept when it is overdue, unset when it was read."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from pymongo import ASCENDING, DESCENDING
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.write_concern import WriteConcern

from backend.documents.entries import FIRST_DUE, entry_id, entry_range, revisions
from backend.domain.ids import CustomerId

LONGEST_WAIT = timedelta(minutes=5)
_BATCH_SECONDS = 0.005
_BATCH_SIZE = 500
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
    """Answer the customers of fresh entries as they come, batched over 5 ms or 500; goes on by itself after errors.

    History is left out: whoever imports it hands it over. Whatever falls into a gap is found by the sweep.
    """
    arrivals: asyncio.Queue[CustomerId] = asyncio.Queue(maxsize=20 * _BATCH_SIZE)
    follower = asyncio.create_task(_follow(arrivals))
    try:
        while True:
            batch = {await arrivals.get(): None}
            await asyncio.sleep(_BATCH_SECONDS)
            while len(batch) < _BATCH_SIZE and not arrivals.empty():
                batch[arrivals.get_nowait()] = None
            yield list(batch)
    finally:
        follower.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await follower


async def _follow(arrivals: asyncio.Queue[CustomerId]) -> None:
    """Copy the change stream into the queue, reopening it where it broke off."""
    token: Mapping[str, Any] | None = None
    pause = 0.1
    fresh = {"operationType": "insert", "fullDocument.outbox.history": {"$exists": False}}
    pipeline = [{"$match": fresh}, {"$project": {"fullDocument.customer_id": 1}}]
    while True:
        try:
            async with await revisions().watch(pipeline, resume_after=token) as stream:
                pause = 0.1
                async for change in stream:
                    token = stream.resume_token
                    await arrivals.put(change["fullDocument"]["customer_id"])
        except PyMongoError as error:
            if isinstance(error, OperationFailure) and error.code in _HISTORY_LOST:
                token = None
            log.warning("change_stream_broke", error=str(error), again_in_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)
