"""The durable log behind the streams. Ids are dense and become visible in order: who has seen n has seen all before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.read_concern import ReadConcern

from backend.documents.dense import MOST_TRIES, insert_next, newest_of
from backend.documents.models import InboxEntry
from backend.domain.audience import Audience
from backend.domain.errors import UnavailableError
from backend.domain.ids import AssociateId, Region, StoreId


@dataclass(frozen=True, slots=True)
class InboxEvent:
    """Something for the streams. `key` tells it from all others: appended twice, it is in the log once."""

    key: str
    event: str
    data: Mapping[str, Any]
    associate_id: AssociateId | None = None
    store_id: StoreId | None = None
    region: Region | None = None


EVERYONE = Audience()


def _heard_by(audience: Audience) -> dict[str, Any]:
    """Answer the audience's rule as a filter."""
    if audience.associate_id is not None:
        own: list[dict[str, Any]] = [{"associate_id": audience.associate_id}]
        if audience.store_id is not None:
            own.append({"associate_id": None, "store_id": audience.store_id})
        return {"$or": own}
    if audience.store_id is not None:
        return {"store_id": audience.store_id}
    return {"region": audience.region} if audience.region is not None else {}


def _collection() -> Any:
    return InboxEntry.get_pymongo_collection()


def _durable() -> Any:
    """Answer the log read with majority: an id that a crash could give to another event must not be shown."""
    return _collection().with_options(read_concern=ReadConcern("majority"))


async def append_events(events: Sequence[InboxEvent], now: datetime | None = None) -> int:
    """Append the events that are not in the log yet, in their order; answers the newest id.

    That one is in the log already is rare, and the unique key says so: it is asked for only then.
    """
    at = now or datetime.now().astimezone()
    pending = list({event.key: event for event in events}.values())
    for attempt in range(MOST_TRIES):
        if attempt:
            known = await _known_keys(pending)
            pending = [event for event in pending if event.key not in known]
        newest = await newest_of(_collection())
        if not pending:
            return newest
        entries = [_entry(newest + 1 + place, event, at) for place, event in enumerate(pending)]
        if await insert_next(_collection(), entries, attempt):
            return newest + len(entries)
    raise UnavailableError("The inbox has too many writers at once; the same call will work again.")


async def _known_keys(events: Sequence[InboxEvent]) -> set[str]:
    chosen = {"key": {"$in": [event.key for event in events]}}
    return {entry["key"] async for entry in _collection().find(chosen, projection={"key": 1})}


def _entry(entry_id: int, event: InboxEvent, at: datetime) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "_id": entry_id,
        "key": event.key,
        "event": event.event,
        "data": dict(event.data),
        "at": at,
    }
    places = {"associate_id": event.associate_id, "store_id": event.store_id, "region": event.region}
    return entry | {name: value for name, value in places.items() if value is not None}


async def read_after(audience: Audience, after: int, limit: int) -> list[InboxEntry]:
    """Answer the audience's entries beyond an id, in order."""
    found = _durable().find({"_id": {"$gt": after}, **_heard_by(audience)}).sort("_id", ASCENDING).limit(limit)
    return [InboxEntry.model_validate({**entry, "id": entry["_id"]}) async for entry in found]


async def read_all_after(after: int, limit: int) -> list[InboxEntry]:
    """Answer everybody's entries beyond an id, in order: what the hub hands out."""
    return await read_after(EVERYONE, after, limit)


async def newest_id() -> int:
    """Answer the newest id that is kept; 0: the log is empty."""
    return (await bounds())[1]


async def bounds() -> tuple[int, int]:
    """Answer the oldest and the newest id that is kept; (1, 0): the log is empty."""
    oldest = await _durable().find_one({}, projection={"_id": 1}, sort=[("_id", ASCENDING)])
    if oldest is None:
        return 1, 0
    newest = await _durable().find_one({}, projection={"_id": 1}, sort=[("_id", DESCENDING)])
    return int(oldest["_id"]), int(newest["_id"])


async def prune(before: datetime) -> int:
    """Forget entries older than that, but never the newest: its id is what the next one counts on from."""
    deleted = await _collection().delete_many({"at": {"$lt": before}, "_id": {"$lt": await newest_of(_collection())}})
    return int(deleted.deleted_count)
