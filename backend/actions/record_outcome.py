"""Record what the associate did with a suggestion, and tell everybody else's phone that it is closed."""

from dataclasses import dataclass

from backend.actions.places import author_of, is_within_scope
from backend.actions.requests import Request
from backend.documents import inbox, suggestions
from backend.documents.models import OutcomeRecord, StoredSuggestion
from backend.domain.errors import NotFoundError
from backend.domain.ids import CustomerId, Region, StoreId, SuggestionId


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done: accepted, dismissed, done or snoozed; with the order that came of it, or why not."""

    outcome: str
    order_id: str | None = None
    reason: str | None = None


async def record_outcome(
    request: Request, suggestion_id: SuggestionId, outcome: Outcome
) -> tuple[StoredSuggestion, int, bool]:
    """Answer the suggestion as it stands now, the inbox's newest id, and whether this outcome was there before."""
    known = await suggestions.read_suggestion(suggestion_id)
    if known is None or not await is_within_scope(request.caller, _store(known), _region(known)):
        raise NotFoundError("There is no such suggestion within your scope.")
    now = request.clock()
    record = OutcomeRecord(
        outcome=outcome.outcome,
        order_id=outcome.order_id,
        reason=outcome.reason,
        associate_id=author_of(request.caller),
        recorded_at=now,
        key=request.scoped_key("outcome", CustomerId(suggestion_id)),
    )
    stored, repeated = await suggestions.record_outcome(suggestion_id, record, now)
    event = suggestions.event_of(stored, now)
    newest = await inbox.append_events([event] if event else [], now)
    return stored, newest, repeated


def _store(stored: StoredSuggestion) -> StoreId | None:
    return StoreId(stored.store_id) if stored.store_id else None


def _region(stored: StoredSuggestion) -> Region | None:
    return Region(stored.region) if stored.region else None
