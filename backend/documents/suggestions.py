"""Suggestions as they stand. The id tells customer, kind, product and source, so that the same one twice is one."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import BulkWriteError
from pymongo.write_concern import WriteConcern

from backend.documents.entries import FIRST_DUE, as_kept
from backend.documents.models import OutcomeRecord, StoredSuggestion
from backend.documents.outbox import put_off
from backend.documents.suggestion_shape import Trace, event_of, rfc3339, suggestion_body, wire_suggestion
from backend.domain.errors import ConflictError, NotFoundError
from backend.domain.ids import CustomerId, ProductId, Region, StoreId, SuggestionId
from backend.domain.suggestions import Suggestion, SuggestionKind, SuggestionStatus

__all__ = [
    "dismissed_products",
    "due_suggestions",
    "event_of",
    "every_suggestion",
    "mark_pushed",
    "merge_suggestions",
    "open_and_answered",
    "open_suggestions",
    "read_suggestion",
    "read_suggestions",
    "record_outcome",
    "rfc3339",
    "suggestion_body",
    "suggestions_of",
    "wire_suggestion",
    "withdraw",
]

OPEN_STATUSES = (SuggestionStatus.NEW.value, SuggestionStatus.SNOOZED.value)
_ANSWERED_STATUSES = (
    SuggestionStatus.ACCEPTED.value,
    SuggestionStatus.DONE.value,
    SuggestionStatus.DISMISSED.value,
)
_SHOWN_FIELDS = ("title", "body", "products", "due_on", "because")
"""What an associate sees: a change of these is news; a change of score or expiry alone is stored in silence."""
_MOST_TRIES = 20
_DUPLICATE = 11000

Traces = Mapping[str, Mapping[str, str]]
"""For each customer the times (RFC 3339) of the steps: accepted, extracted, loaded, ranked."""


def _collection() -> Any:
    return StoredSuggestion.get_pymongo_collection()


def _hints() -> Any:
    """Answer the collection for writes whose loss costs one more push and nothing else: no wait for the journal."""
    return _collection().with_options(write_concern=WriteConcern(w=1, j=False))


def _in_passing() -> Any:
    """Answer the collection for a write that others follow: a later one that is durable makes this one so.

    The journal keeps the order of writes, and so does a failover: whoever hears of a suggestion by the inbox, which is
    written after it and waits for the journal, can rely on it. Lost before that, it is made again.
    """
    return _hints()


def _stored(entry: Mapping[str, Any]) -> StoredSuggestion:
    suggestion: StoredSuggestion = StoredSuggestion.model_validate({**entry, "id": entry["_id"]})
    return suggestion


def _marker(now: datetime) -> dict[str, Any]:
    return {"due_at": now + FIRST_DUE, "attempts": 0}


async def merge_suggestions(
    suggestions: Sequence[Suggestion],
    *,
    region_of: Mapping[StoreId, Region],
    traces: Traces,
    now: datetime,
    held_out: Collection[SuggestionId] = (),
) -> list[StoredSuggestion]:
    """Store what is new or says something else now, and answer those; one that was closed is never reopened.

    What is new goes in with one write, however much it is. What is `held_out` is kept and never shown.
    """
    now = as_kept(now)
    unique = {suggestion.id: suggestion for suggestion in suggestions}
    known = {entry["_id"]: entry async for entry in _collection().find({"_id": {"$in": list(unique)}})}
    fresh: dict[str, dict[str, Any]] = {}
    news: list[StoredSuggestion] = []
    for suggestion in unique.values():
        trace = Trace.of(traces.get(suggestion.customer_id, {}))
        if suggestion.id not in known:
            region = region_of.get(suggestion.store_id) if suggestion.store_id else None
            status = SuggestionStatus.HELD_OUT if suggestion.id in held_out else SuggestionStatus.NEW
            fresh[suggestion.id] = _fresh(suggestion, status, region, trace, now)
        elif (merged := await _merge_one(suggestion, known[suggestion.id], trace, now)) is not None:
            news.append(merged)
    raced = await _insert(list(fresh.values()))
    news += [_stored(entry) for id_, entry in fresh.items() if id_ not in raced]
    for id_ in raced:  # another worker made it a moment ago
        entry = await _collection().find_one({"_id": id_})
        trace = Trace.of(traces.get(unique[SuggestionId(id_)].customer_id, {}))
        if (merged := await _merge_one(unique[SuggestionId(id_)], entry, trace, now)) is not None:
            news.append(merged)
    return news


async def _insert(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Insert all; answers the ids that were there already."""
    if not entries:
        return []
    try:
        await _in_passing().insert_many(entries, ordered=False)
    except BulkWriteError as error:
        faults = error.details["writeErrors"]
        if any(fault["code"] != _DUPLICATE for fault in faults):
            raise
        return [entries[fault["index"]]["_id"] for fault in faults]
    return []


async def _merge_one(
    suggestion: Suggestion, known: Mapping[str, Any], trace: Trace, now: datetime
) -> StoredSuggestion | None:
    body = suggestion_body(suggestion)
    for _ in range(_MOST_TRIES):
        if known["status"] not in OPEN_STATUSES or _said(known["body"]) == _said(body):
            return None
        shown = any(known["body"].get(name) != body[name] for name in _SHOWN_FIELDS)
        change: dict[str, Any] = {"body": body, "updated_at": now, "outbox": _marker(now)}
        if shown:
            change |= {"trace_ms": trace.milliseconds, "accepted_at": trace.accepted_at}
        updated = await _update(known, change, news=shown)
        if updated is not None:
            return updated if shown else None
        known = await _collection().find_one({"_id": suggestion.id})
    raise ConflictError(f"The suggestion {suggestion.id} changes faster than it can be stored.")


def _said(body: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the expiry: it moves with every note and is worth no write of its own."""
    return {name: value for name, value in body.items() if name != "expires_at"}


def _fresh(
    suggestion: Suggestion, status: SuggestionStatus, region: Region | None, trace: Trace, now: datetime
) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "_id": suggestion.id,
        "customer_id": suggestion.customer_id,
        "kind": suggestion.kind.value,
        "status": status.value,
        "body": suggestion_body(suggestion),
        "trace_ms": trace.milliseconds,
        "accepted_at": trace.accepted_at,
        "outcomes": [],
        "version": 1,
        "news": 1,
        "created_at": now,
        "updated_at": now,
        "outbox": _marker(now),
    }
    places = {"associate_id": suggestion.associate_id, "store_id": suggestion.store_id, "region": region}
    return entry | {name: value for name, value in places.items() if value is not None}


async def _update(
    known: Mapping[str, Any], change: dict[str, Any], push: dict[str, Any] | None = None, *, news: bool = True
) -> StoredSuggestion | None:
    """Write over the very version that was read; None: somebody else was faster."""
    update: dict[str, Any] = {"$set": change, "$inc": {"version": 1, "news": int(news)}}
    if push:
        update["$push"] = push
    entry = await _collection().find_one_and_update(
        {"_id": known["_id"], "version": known["version"]}, update, return_document=ReturnDocument.AFTER
    )
    return _stored(entry) if entry else None


async def read_suggestion(suggestion_id: SuggestionId) -> StoredSuggestion | None:
    """Answer one suggestion; None: there is none with this id."""
    entry = await _collection().find_one({"_id": suggestion_id})
    return _stored(entry) if entry else None


async def open_suggestions(customer_ids: Sequence[CustomerId]) -> list[StoredSuggestion]:
    """Answer what is still to do for these customers, best first."""
    found = _collection().find({"customer_id": {"$in": list(customer_ids)}, "status": {"$in": list(OPEN_STATUSES)}})
    return [_stored(entry) async for entry in found.sort([("body.score", -1), ("_id", 1)])]


async def suggestions_of(customer_id: CustomerId) -> list[StoredSuggestion]:
    """Answer every suggestion ever made for a customer, oldest first."""
    found = _collection().find({"customer_id": customer_id}).sort([("created_at", 1), ("_id", 1)])
    return [_stored(entry) async for entry in found]


async def open_and_answered(
    customer_ids: Sequence[CustomerId],
) -> tuple[list[StoredSuggestion], dict[CustomerId, frozenset[ProductId]]]:
    """Answer, by one query, what is still to do for these customers, and what was recommended to each and answered."""
    chosen = {
        "customer_id": {"$in": list(customer_ids)},
        "$or": [
            {"status": {"$in": list(OPEN_STATUSES)}},
            {"status": {"$in": list(_ANSWERED_STATUSES)}, "kind": SuggestionKind.RECOMMENDATION.value},
        ],
    }
    standing: list[StoredSuggestion] = []
    answered: dict[CustomerId, set[ProductId]] = {}
    async for entry in _collection().find(chosen):
        if entry["status"] in OPEN_STATUSES:
            standing.append(_stored(entry))
        else:
            products = {ProductId(product["product_id"]) for product in entry["body"]["products"]}
            answered.setdefault(CustomerId(entry["customer_id"]), set()).update(products)
    return standing, {customer_id: frozenset(products) for customer_id, products in answered.items()}


async def dismissed_products(customer_id: CustomerId) -> frozenset[ProductId]:
    """Answer what was offered to the customer and turned down; a follow-up that was dismissed says nothing of taste."""
    chosen = {
        "customer_id": customer_id,
        "status": SuggestionStatus.DISMISSED,
        "kind": {"$nin": [SuggestionKind.FOLLOW_UP, SuggestionKind.AFTER_SALES]},
    }
    found = _collection().find(chosen, projection={"body.products.product_id": 1})
    return frozenset({ProductId(one["product_id"]) async for entry in found for one in entry["body"]["products"]})


async def withdraw(ids: Sequence[SuggestionId], now: datetime) -> list[StoredSuggestion]:
    """Close suggestions whose reason went away; answers those that are withdrawn by now."""
    chosen = {"_id": {"$in": list(ids)}}
    if not ids:
        return []
    await _collection().update_many(
        {**chosen, "status": {"$in": list(OPEN_STATUSES)}},
        {
            "$set": {"status": SuggestionStatus.WITHDRAWN.value, "updated_at": now, "outbox": _marker(now)},
            "$inc": {"version": 1, "news": 1},
        },
    )
    found = _collection().find({**chosen, "status": SuggestionStatus.WITHDRAWN.value}).sort("_id")
    return [_stored(entry) async for entry in found]


async def record_outcome(
    suggestion_id: SuggestionId, record: OutcomeRecord, now: datetime
) -> tuple[StoredSuggestion, bool]:
    """Add what the associate did; answers the suggestion and whether this outcome was there before.

    Raises NotFoundError; ConflictError where the suggestion was withdrawn.
    """
    for _ in range(_MOST_TRIES):
        known = await read_suggestion(suggestion_id)
        if known is None or known.status == SuggestionStatus.HELD_OUT.value:
            raise NotFoundError("There is no such suggestion.")
        if any(_same_outcome(past, record) for past in known.outcomes):
            return known, True
        if known.status == SuggestionStatus.WITHDRAWN.value:
            raise ConflictError("The suggestion was withdrawn: its reason went away. Nothing is left to record.")
        change = {"status": record.outcome, "updated_at": now, "outbox": _marker(now)}
        push = {"outcomes": record.model_dump(exclude_none=True)}
        updated = await _update({"_id": known.id, "version": known.version}, change, push)
        if updated is not None:
            return updated, False
    raise ConflictError(f"The suggestion {suggestion_id} changes faster than an outcome can be stored; try again.")


def _same_outcome(past: OutcomeRecord, record: OutcomeRecord) -> bool:
    if record.key is not None:
        return past.key == record.key
    return (past.outcome, past.order_id, past.reason) == (record.outcome, record.order_id, record.reason)


async def read_suggestions(suggestion_ids: Sequence[str]) -> list[StoredSuggestion]:
    """Answer those suggestions that are there, in order of their ids."""
    return [_stored(entry) async for entry in _collection().find({"_id": {"$in": list(suggestion_ids)}}).sort("_id")]


async def every_suggestion(batch: int, *, since: datetime | None = None) -> AsyncIterator[list[StoredSuggestion]]:
    """Walk all suggestions, or those that were touched since a moment, `batch` at a time."""
    chosen = {} if since is None else {"updated_at": {"$gte": since}}
    several: list[StoredSuggestion] = []
    async for entry in _collection().find(chosen).sort("_id"):
        several.append(_stored(entry))
        if len(several) == batch:
            yield several
            several = []
    if several:
        yield several


async def due_suggestions(now: datetime, limit: int) -> list[SuggestionId]:
    """Answer the suggestions that were not pushed past their time, and put that time off, each time twice as far."""
    found = _collection().find({"outbox.due_at": {"$lte": now}}, projection={"_id": 1})
    due = [SuggestionId(entry["_id"]) async for entry in found.sort("outbox.due_at").limit(limit)]
    if due:
        await _collection().update_many({"_id": {"$in": due}, "outbox": {"$exists": True}}, put_off(now))
    return due


async def count_pending_suggestions() -> int:
    """Answer how many suggestions are not in the log of the streams and in the warehouse as they stand."""
    return int(await _collection().count_documents({"outbox.due_at": {"$exists": True}}))


async def mark_pushed(suggestions: Sequence[StoredSuggestion]) -> None:
    """Take the marker from these very versions; one that has changed meanwhile keeps it."""
    if suggestions:
        chosen = [{"_id": stored.id, "version": stored.version} for stored in suggestions]
        await _hints().update_many({"$or": chosen}, {"$unset": {"outbox": ""}})
