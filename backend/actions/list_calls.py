"""Whom to see to: the day of an associate, or of all that a manager looks after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from backend.analytics.people import Named, read_names
from backend.documents.call_suggestions import suggestions_before
from backend.documents.models import StoredSuggestion
from backend.domain.access import Caller, Role
from backend.domain.audience import Audience
from backend.domain.ids import AssociateId, CustomerId, SuggestionId
from backend.domain.suggestions import SuggestionStatus
from backend.recommend.call_list import Call, Waiting, call_list
from backend.warehouse.engine import AsyncEngine


@dataclass(frozen=True, slots=True)
class CallSheet:
    """The calls of a day with the suggestions that they name, and who the customers are."""

    day: date
    calls: tuple[Call, ...]
    suggestions: Mapping[SuggestionId, StoredSuggestion]
    people: Mapping[CustomerId, Named]


async def list_calls(
    engine: AsyncEngine,
    caller: Caller,
    now: datetime,
    *,
    associate_id: AssociateId | None = None,
    day: date | None = None,
    capacity: int,
) -> CallSheet:
    """Answer the calls of `day` (None: today, UTC), within the caller's scope; an associate sees the own day alone."""
    today = day or now.astimezone(UTC).date()
    audience = Audience.of(caller)
    if caller.role is not Role.ASSOCIATE and associate_id is not None:
        audience = Audience(associate_id=associate_id)
    stored = await suggestions_before(audience, begins=datetime.combine(today, time.min, UTC), now=now)
    within = [one for one in stored if _is_within(caller, one)]
    calls = call_list([_waiting(one) for one in within], today, capacity=capacity)
    people = await read_names(engine, {call.customer_id for call in calls})
    return CallSheet(today, tuple(calls), {SuggestionId(one.id): one for one in within}, people)


def _is_within(caller: Caller, stored: StoredSuggestion) -> bool:
    """Tell whether a manager who asks for an associate's day looks after the store of this suggestion."""
    if caller.role is Role.ASSOCIATE:
        return True
    if caller.store_id is not None:
        return stored.store_id == caller.store_id
    return caller.region is None or stored.region == caller.region


def _waiting(stored: StoredSuggestion) -> Waiting:
    due_on = stored.body.get("due_on")
    snoozed = stored.status == SuggestionStatus.SNOOZED.value
    return Waiting(
        id=SuggestionId(stored.id),
        customer_id=CustomerId(stored.customer_id),
        kind=stored.kind,
        score=float(stored.body["score"]),
        due_on=date.fromisoformat(due_on) if due_on else None,
        snoozed_until=stored.updated_at.astimezone(UTC).date() + timedelta(days=1) if snoozed else None,
        answered=not snoozed and stored.status != SuggestionStatus.NEW.value,
    )
