"""The suggestions that one associate, store or region has before it: what is open, and what was answered on a day."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend.documents.models import StoredSuggestion
from backend.documents.suggestion_shape import rfc3339
from backend.domain.audience import Audience
from backend.domain.suggestions import SuggestionStatus

MOST = 2_000
_OPEN = [SuggestionStatus.NEW.value, SuggestionStatus.SNOOZED.value]
_ANSWERED = [SuggestionStatus.ACCEPTED.value, SuggestionStatus.DONE.value, SuggestionStatus.DISMISSED.value]


async def suggestions_before(audience: Audience, *, begins: datetime, now: datetime) -> list[StoredSuggestion]:
    """Answer what is open and has not expired, and what was answered since `begins`; the MOST best ones of either."""
    whose = _whose(audience)
    open_ = {"status": {"$in": _OPEN}, "body.expires_at": {"$gt": rfc3339(now)}}
    answered = {"status": {"$in": _ANSWERED}, "updated_at": {"$gte": begins}}
    found = [await _read({**whose, **chosen}) for chosen in (open_, answered)]
    return [*found[0], *found[1]]


async def _read(chosen: Mapping[str, Any]) -> list[StoredSuggestion]:
    best: list[StoredSuggestion] = await StoredSuggestion.find(chosen).sort("-body.score", "_id").limit(MOST).to_list()
    return best


def _whose(audience: Audience) -> dict[str, Any]:
    """Answer the filter: an associate's own, and those of the store that name no associate; else by store or region."""
    if audience.associate_id is not None:
        own: list[dict[str, Any]] = [{"associate_id": audience.associate_id}]
        if audience.store_id is not None:
            own.append({"associate_id": None, "store_id": audience.store_id})
        return {"$or": own}
    places = {"store_id": audience.store_id, "region": audience.region}
    return {name: value for name, value in places.items() if value is not None}
