"""Campaigns, and how far the suggestions are that were made for them."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pymongo import DESCENDING
from pymongo.errors import DuplicateKeyError

from backend.documents.campaign_models import Campaign
from backend.documents.models import StoredSuggestion
from backend.domain.ids import SuggestionId

_CITED = "body.because.campaign_id"


def _collection() -> Any:
    return Campaign.get_pymongo_collection()


async def begin_campaign(fresh: Campaign) -> Campaign:
    """Write a campaign down, or answer the one that the same key made before."""
    entry = fresh.model_dump(exclude_none=True, exclude={"id"})
    try:
        await _collection().insert_one(entry | {"_id": fresh.id})
    except DuplicateKeyError:
        return _stored(await _collection().find_one({"key": fresh.key}))
    return fresh


async def note_campaign(campaign_id: str, **said: Any) -> Campaign:
    """Write down how far a campaign is; a cancelled one stays so."""
    await _collection().update_one({"_id": campaign_id, "status": {"$ne": "cancelled"}}, {"$set": said})
    return _stored(await _collection().find_one({"_id": campaign_id}))


async def read_campaign(campaign_id: str) -> Campaign | None:
    """Answer a campaign; None: there is none with this id."""
    entry = await _collection().find_one({"_id": campaign_id})
    return _stored(entry) if entry else None


async def read_campaigns(
    within: Mapping[str, str], *, before: tuple[datetime, str] | None, limit: int
) -> list[Campaign]:
    """Answer campaigns, newest first, of a store or region (`within`), beyond a place in that order."""
    chosen: dict[str, Any] = dict(within)
    if before is not None:
        at, last = before
        chosen["$or"] = [{"created_at": {"$lt": at}}, {"created_at": at, "_id": {"$lt": last}}]
    found = _collection().find(chosen).sort([("created_at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
    return [_stored(entry) async for entry in found]


async def count_by_status(campaign_ids: list[str]) -> dict[str, Counter[str]]:
    """Answer for each campaign how many of its suggestions are new, accepted, done, dismissed, snoozed, withdrawn."""
    counts: dict[str, Counter[str]] = {campaign_id: Counter() for campaign_id in campaign_ids}
    steps: list[dict[str, Any]] = [
        {"$match": {_CITED: {"$in": campaign_ids}}},
        {"$unwind": "$body.because"},
        {"$match": {_CITED: {"$in": campaign_ids}}},
        {"$group": {"_id": {"campaign": f"${_CITED}", "status": "$status"}, "n": {"$sum": 1}}},
    ]
    async for group in await StoredSuggestion.get_pymongo_collection().aggregate(steps):
        counts[group["_id"]["campaign"]][group["_id"]["status"]] = group["n"]
    return counts


async def suggestions_of_campaign(campaign_id: str) -> list[SuggestionId]:
    """Answer the ids of all that was suggested for a campaign."""
    found = StoredSuggestion.get_pymongo_collection().find({_CITED: campaign_id}, projection={"_id": 1})
    return [SuggestionId(entry["_id"]) async for entry in found]


def _stored(entry: Mapping[str, Any]) -> Campaign:
    campaign: Campaign = Campaign.model_validate({**entry, "id": entry["_id"]})
    return campaign
