"""The log that replication reads: who of the customers has changed, in one order, with nothing skipped.

Every entry of the journal is either still marked for reading or told here: whoever takes the marker away has told it
before (`note_read`, `note_changes`), and a pull that comes to the end of the log first tells what is marked
(`note_marked`).
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from pymongo import ASCENDING
from pymongo.read_concern import ReadConcern

from backend.documents.dense import MOST_TRIES, insert_next, newest_of
from backend.documents.entries import revisions
from backend.documents.erasures import seal, unseal
from backend.documents.reading import every_customer, read_heads, read_heads_at
from backend.documents.references import read_regions, stores_of_region
from backend.documents.sync_models import SyncLine
from backend.domain.access import Caller, Role
from backend.domain.errors import UnavailableError
from backend.domain.ids import CustomerId, Region, StoreId

_AT_ONCE = 1_000
_AND_NEWEST = [
    {
        "$unionWith": {
            "coll": SyncLine.Settings.name,
            "pipeline": [{"$sort": {"_id": -1}}, {"$limit": 1}, {"$project": {"_id": 0, "newest": "$_id"}}],
        }
    }
]
_BEGUN = {"_id": 0, "key": "begun", "customer_id": "", "revision": 0}
"""The line before the first: there once every customer of an older journal has been told of."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log, read."""

    sequence: int
    customer_id: CustomerId
    revision: int


class Placed(Protocol):
    """A customer as of a revision, and where they are."""

    @property
    def customer_id(self) -> CustomerId: ...
    @property
    def revision(self) -> int: ...
    @property
    def store_id(self) -> StoreId | None: ...
    @property
    def region(self) -> Region | None: ...


def _collection() -> Any:
    return SyncLine.get_pymongo_collection()


def _durable() -> Any:
    """Answer the log read with majority: a number that a crash could give to another line must not be shown."""
    return _collection().with_options(read_concern=ReadConcern("majority"))


async def note_changes(revised: Mapping[CustomerId, int]) -> None:
    """Tell the log of these customers as of these revisions; those of whom it knows as much are not told again."""
    wanted = list(revised)
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        heads = await read_heads_at({customer_id: revised[customer_id] for customer_id in some})
        await _note(list(heads.values()))


async def note_read(customers: Sequence[Placed]) -> None:
    """Tell the log of customers whose newest entries the caller has in hand; else as `note_changes`."""
    for start in range(0, len(customers), _AT_ONCE):
        await _note(customers[start : start + _AT_ONCE])


async def begin_log() -> None:
    """Tell the log, once, of every customer whose journal is older than the log."""
    if await _collection().find_one({"_id": 0}, projection={"_id": 1}) is None:
        async for some in every_customer(_AT_ONCE):
            await _note(list((await read_heads(some)).values()))
        await _collection().update_one({"_id": 0}, {"$set": _BEGUN}, upsert=True)


async def note_marked() -> None:
    """Tell the log of every customer with a journal entry that waits to be read."""
    await begin_log()
    marked = [
        {"$match": {"outbox.due_at": {"$exists": True}}},
        {"$group": {"_id": "$customer_id", "revision": {"$max": "$revision"}}},
    ]
    waiting = {one["_id"]: one["revision"] async for one in await revisions().aggregate(marked, hint="outbox")}
    told = await _told_revisions(list(waiting))
    await note_changes({CustomerId(one): revision for one, revision in waiting.items() if told.get(one, 0) < revision})


async def note_erased(customer_id: CustomerId) -> int:
    """Tell every place that knew the customer that there is no such person any more; answers how many lines told more.

    What stays is the id, sealed: by it the phones throw their copies away. `prune_erased` forgets it.
    """
    known = (await _known_lines([customer_id])).get(customer_id, [])
    erased = {"customer_id": "", "left": True, "erased": True, "revision": 0, "at": datetime.now(UTC)}
    sealed = await seal(customer_id)
    lines = [{**line, **erased, "sealed": sealed, "key": f"erased/{secrets.token_hex(12)}"} for line in known]
    if lines:
        await _append(lines, await newest())
        await _forget(known)
    return len(known)


async def prune_erased(before: datetime) -> int:
    """Forget the ids of those who were erased before that; the newest line stays, the next one counts on from it."""
    chosen = {"erased": True, "at": {"$lt": before}, "_id": {"$lt": await newest()}}
    return int((await _collection().delete_many(chosen)).deleted_count)


async def _told_revisions(customer_ids: Sequence[str]) -> dict[str, int]:
    known: dict[str, int] = {}
    for start in range(0, len(customer_ids), _AT_ONCE):
        chosen = {"customer_id": {"$in": customer_ids[start : start + _AT_ONCE]}}
        async for line in _collection().find(chosen, projection={"_id": 0, "customer_id": 1, "revision": 1}):
            known[line["customer_id"]] = max(known.get(line["customer_id"], 0), line["revision"])
    return known


async def _known_lines(customer_ids: Sequence[CustomerId]) -> dict[CustomerId, list[dict[str, Any]]]:
    return (await _known_and_newest(customer_ids))[0]


async def _known_and_newest(
    customer_ids: Sequence[CustomerId],
) -> tuple[dict[CustomerId, list[dict[str, Any]]], int]:
    """Answer, by one command, what the log says of these customers, and its newest sequence."""
    pipeline = [{"$match": {"customer_id": {"$in": list(customer_ids)}}}, *_AND_NEWEST]
    lines: dict[CustomerId, list[dict[str, Any]]] = {}
    last = 0
    async for line in await _collection().aggregate(pipeline):
        if "newest" in line:
            last = int(line["newest"])
        else:
            lines.setdefault(line["customer_id"], []).append(line)
    return lines, last


async def _note(heads: Sequence[Placed]) -> None:
    if not heads:
        return
    known, last = await _known_and_newest([head.customer_id for head in heads])
    news: list[dict[str, Any]] = []
    regions: dict[StoreId, Region] | None = None
    for head in heads:
        before = known.get(head.customer_id, [])
        if any(line["revision"] >= head.revision for line in before):
            continue
        region = head.region
        if region is None and head.store_id is not None:
            regions = await read_regions() if regions is None else regions
            region = regions.get(head.store_id)
        news += _departures(head, region, before)
        news.append(_line(head, region))
    if news:
        await _append(news, last)
        places = {_place(line) for line in news}
        await _forget([line for several in known.values() for line in several if _place(line) in places])


def _place(line: Mapping[str, Any]) -> tuple[str, str | None]:
    return line["customer_id"], line.get("store_id")


async def _forget(lines: Iterable[Mapping[str, Any]]) -> None:
    if ids := [line["_id"] for line in lines]:
        await _collection().delete_many({"_id": {"$in": ids}})


def _line(head: Placed, region: Region | None) -> dict[str, Any]:
    place = {"store_id": head.store_id, "region": region}
    line = {"key": f"{head.customer_id}/{head.revision}", "customer_id": head.customer_id, "revision": head.revision}
    return line | {name: value for name, value in place.items() if value is not None}


def _departures(head: Placed, region: Region | None, before: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Answer a line for each place where the customer was and is no more; a region they are still in is not told."""
    gone: list[dict[str, Any]] = []
    for line in before:
        if line.get("left") or line.get("store_id") in (None, head.store_id):
            continue
        departure = {name: value for name, value in line.items() if name != "_id"}
        departure |= {"key": f"{head.customer_id}/{head.revision}/left/{line['store_id']}", "left": True}
        departure["revision"] = head.revision
        if departure.get("region") == region:
            departure.pop("region", None)
        gone.append(departure)
    return gone


async def _append(lines: Sequence[dict[str, Any]], after: int) -> None:
    """Append the lines that are not in the log yet, after its newest; ids are dense, and a collision is tried again."""
    pending = {line["key"]: {name: value for name, value in line.items() if name != "_id"} for line in lines}
    for attempt in range(MOST_TRIES):
        if attempt:
            told = _collection().find({"key": {"$in": list(pending)}}, projection={"key": 1})
            for key in [line["key"] async for line in told]:
                pending.pop(key, None)
            after = await newest()
        if not pending:
            return
        entries = [{"_id": after + place, **line} for place, line in enumerate(pending.values(), 1)]
        if await insert_next(_collection(), entries, attempt):
            return
    raise UnavailableError("The log of replication has too many writers at once; the same call will work again.")


async def newest() -> int:
    """Answer the newest sequence; 0: nothing was told yet."""
    return await newest_of(_collection())


async def read_lines(caller: Caller, after: int, limit: int) -> list[Line]:
    """Answer the lines beyond a sequence that concern the caller's scope, in order."""
    found = _durable().find({"_id": {"$gt": max(after, 0)}, **await _scope(caller)}).sort("_id", ASCENDING).limit(limit)
    return [Line(line["_id"], await _whom(line), line["revision"]) async for line in found]


async def _whom(line: Mapping[str, Any]) -> CustomerId:
    return await unseal(line["sealed"]) if "sealed" in line else CustomerId(line["customer_id"])


async def _scope(caller: Caller) -> dict[str, Any]:
    """Answer the caller's scope as a filter; a region's stores count as it where they were told before the region."""
    if caller.store_id is not None:
        return {"store_id": caller.store_id}
    if caller.region is not None:
        unplaced = {"region": {"$exists": False}, "left": {"$exists": False}}
        stores = await stores_of_region(caller.region)
        return {"$or": [{"region": caller.region}, {**unplaced, "store_id": {"$in": stores}}]}
    if caller.role is Role.ASSOCIATE:
        return {"_id": {"$lt": 0}}
    return {"$or": [{"left": {"$exists": False}}, {"erased": True}]}
