"""Products and channels as they were imported: the newest wins, an equal one changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pymongo import ASCENDING, DESCENDING, ReplaceOne

from backend.documents.models import Reference
from backend.documents.together import Together
from backend.domain.errors import Fault, InvalidInputError
from backend.domain.ids import Region, StoreId

ReferenceKind = Literal["product", "channel"]

_ID_FIELDS: Mapping[str, tuple[str, ...]] = {
    "product": ("productid", "product_id", "productId"),
    "channel": ("store_id", "storeId", "storeid"),
}


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the references of one call."""

    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class PendingReference:
    """One version of a reference that waits to be loaded."""

    id: str
    version: int
    payload: Mapping[str, Any]
    updated_at: datetime


_MARKED_AT_ONCE = 2_000


def reference_id(kind: ReferenceKind, payload: Mapping[str, Any]) -> str:
    """Answer "product/<id>" or "channel/<id>"; raises InvalidInputError where the payload names no id."""
    for name in _ID_FIELDS[kind]:
        if payload.get(name) not in (None, ""):
            return f"{kind}/{payload[name]}"
    wanted = _ID_FIELDS[kind][0]
    raise InvalidInputError(f"A {kind} needs {wanted}.", faults=[Fault(f"/{wanted}", "Give the id; it is missing.")])


async def put_references(kind: ReferenceKind, payloads: Sequence[Mapping[str, Any]], now: datetime) -> Counts:
    """Store products or channels; of two with one id in the call, the later wins."""
    wanted = {reference_id(kind, payload): dict(payload) for payload in payloads}
    collection = Reference.get_pymongo_collection()
    known = {entry["_id"]: entry async for entry in collection.find({"_id": {"$in": list(wanted)}})}
    changed = {id_: payload for id_, payload in wanted.items() if known.get(id_, {}).get("payload") != payload}
    replacements = [
        ReplaceOne(
            {"_id": id_},
            {
                "kind": kind,
                "payload": payload,
                "version": known[id_]["version"] + 1 if id_ in known else 1,
                "updated_at": now,
                "outbox": {"due_at": now, "attempts": 0},
            },
            upsert=True,
        )
        for id_, payload in changed.items()
    ]
    if replacements:
        await collection.bulk_write(replacements, ordered=False)
    added = len(changed.keys() - known.keys())
    return Counts(added, len(changed) - added, len(wanted) - len(changed))


async def read_references(kind: ReferenceKind) -> list[Mapping[str, Any]]:
    """Answer all payloads of a kind, in order of their ids."""
    found = Reference.get_pymongo_collection().find({"kind": kind}, projection={"payload": 1})
    return [entry["payload"] async for entry in found.sort("_id", ASCENDING)]


async def missing_references(kind: ReferenceKind, ids: Sequence[str]) -> frozenset[str]:
    """Answer which of these ids stand for nothing that was imported."""
    wanted = {f"{kind}/{id_}": id_ for id_ in ids}
    found = Reference.get_pymongo_collection().find({"_id": {"$in": list(wanted)}}, projection={"_id": 1})
    known = {entry["_id"] async for entry in found}
    return frozenset(id_ for key, id_ in wanted.items() if key not in known)


async def pending_references(kind: ReferenceKind) -> list[PendingReference]:
    """Answer what waits to be loaded, in order of the ids."""
    waiting = {"kind": kind, "outbox.due_at": {"$exists": True}}
    found = Reference.get_pymongo_collection().find(waiting, projection={"payload": 1, "version": 1, "updated_at": 1})
    pending = [
        PendingReference(entry["_id"], entry["version"], entry["payload"], entry["updated_at"]) async for entry in found
    ]
    return sorted(pending, key=lambda reference: reference.id)


async def newest_import(kind: ReferenceKind) -> datetime | None:
    """Answer when the newest of a kind was accepted; None: there is none."""
    newest = await Reference.get_pymongo_collection().find_one(
        {"kind": kind}, projection={"updated_at": 1}, sort=[("updated_at", DESCENDING)]
    )
    return newest["updated_at"] if newest else None


async def due_references(now: datetime) -> bool:
    """Tell whether products or channels wait to be loaded.

    Their time is not put off: a hundred thousand writes each second would keep the store from what people wait for.
    """
    found = await Reference.get_pymongo_collection().find_one({"outbox.due_at": {"$lte": now}}, projection={"_id": 1})
    return found is not None


async def count_pending_references() -> int:
    """Answer how many products and channels wait to be loaded."""
    return int(await Reference.get_pymongo_collection().count_documents({"outbox.due_at": {"$exists": True}}))


async def mark_references_read(read: Iterable[PendingReference]) -> None:
    """Take the marker from what was loaded; one that has changed meanwhile keeps it."""
    by_version: dict[int, list[str]] = {}
    for reference in read:
        by_version.setdefault(reference.version, []).append(reference.id)
    for version, ids in by_version.items():
        for start in range(0, len(ids), _MARKED_AT_ONCE):
            chosen = {"_id": {"$in": ids[start : start + _MARKED_AT_ONCE]}, "version": version}
            await Reference.get_pymongo_collection().update_many(chosen, {"$unset": {"outbox": ""}})


async def region_of_store(store_id: StoreId) -> Region | None:
    """Answer the region of a store; None: the store is unknown or has none."""
    return await _asking_regions.ask(store_id)


async def _regions_of(store_ids: Sequence[StoreId]) -> Sequence[Region | None]:
    chosen = {"_id": {"$in": list({f"channel/{store_id}" for store_id in store_ids})}}
    found = Reference.get_pymongo_collection().find(chosen, projection={"payload.region": 1})
    regions = {entry["_id"]: entry["payload"].get("region") async for entry in found}
    named = (regions.get(f"channel/{store_id}") for store_id in store_ids)
    return [Region(str(region)) if region else None for region in named]


_asking_regions: Together[StoreId, Region | None] = Together(_regions_of)


async def stores_of_region(region: Region) -> list[StoreId]:
    """Answer the stores of a region."""
    found = Reference.get_pymongo_collection().find(
        {"kind": "channel", "payload.region": region}, projection={"_id": 1}
    )
    return [StoreId(entry["_id"].removeprefix("channel/")) async for entry in found]


async def read_regions() -> dict[StoreId, Region]:
    """Answer the region of every store that has one."""
    found = Reference.get_pymongo_collection().find({"kind": "channel"}, projection={"payload.region": 1})
    return {
        StoreId(entry["_id"].removeprefix("channel/")): Region(str(entry["payload"]["region"]))
        async for entry in found
        if entry["payload"].get("region")
    }
