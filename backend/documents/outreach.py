"""What was made of our own accord: who was approached lately, who has how much before them, what a spike led to."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from backend.documents.models import StoredSuggestion
from backend.documents.suggestions import OPEN_STATUSES
from backend.domain.ids import CustomerId, SuggestionId
from backend.domain.suggestions import SuggestionKind, SuggestionStatus
from backend.recommend.outreach import MODEL_VERSION


def _collection() -> Any:
    return StoredSuggestion.get_pymongo_collection()


async def approached_since(
    customer_ids: Sequence[CustomerId], kinds: Iterable[SuggestionKind], since: datetime
) -> set[CustomerId]:
    """Answer who of these was approached since; whoever is held out counts as approached, to be comparable."""
    chosen = {
        "customer_id": {"$in": list(customer_ids)},
        "kind": {"$in": sorted(kinds)},
        "created_at": {"$gte": since},
        "status": {"$ne": SuggestionStatus.WITHDRAWN.value},
    }
    return {CustomerId(one) for one in await _collection().distinct("customer_id", chosen)}


async def made_before(customer_ids: Sequence[CustomerId]) -> set[SuggestionId]:
    """Answer the ids of all that was ever made of our own accord for these customers."""
    chosen = {"customer_id": {"$in": list(customer_ids)}, "body.model_version": MODEL_VERSION}
    return {SuggestionId(entry["_id"]) async for entry in _collection().find(chosen, projection={"_id": 1})}


async def n_open_by_list() -> list[tuple[str | None, str | None, int]]:
    """Answer how many such suggestions are open, by associate and store."""
    steps: list[dict[str, Any]] = [
        {"$match": {"status": {"$in": list(OPEN_STATUSES)}, "body.model_version": MODEL_VERSION}},
        {"$group": {"_id": {"associate": "$associate_id", "store": "$store_id"}, "n": {"$sum": 1}}},
    ]
    return [
        (group["_id"].get("associate"), group["_id"].get("store"), group["n"])
        async for group in await _collection().aggregate(steps)
    ]


async def open_of_spike(spike_id: str) -> list[SuggestionId]:
    """Answer what is open of what a spike gave rise to."""
    chosen = {"body.because.spike_id": spike_id, "status": {"$in": list(OPEN_STATUSES)}}
    return [SuggestionId(entry["_id"]) async for entry in _collection().find(chosen, projection={"_id": 1})]


async def customers_with_open() -> list[CustomerId]:
    """Answer who has such a suggestion open, by id."""
    chosen = {"status": {"$in": list(OPEN_STATUSES)}, "body.model_version": MODEL_VERSION}
    return sorted(CustomerId(one) for one in await _collection().distinct("customer_id", chosen))
