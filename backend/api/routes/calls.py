"""The day's calls: whom to see to, in which order, and why."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from backend.actions.list_calls import CallSheet, list_calls
from backend.analytics.cursors import read_version, write_cursor
from backend.api.auth import WRITERS, allow
from backend.api.parts import PartsDep
from backend.api.schemas import SuggestionOut
from backend.documents.suggestions import wire_suggestion
from backend.domain.access import Caller
from backend.domain.ids import AssociateId
from backend.recommend.call_list import CALLS_A_DAY, Bucket, Call

router = APIRouter(prefix="/v1", tags=["suggestions"])


class CustomerOnCard(BaseModel):
    """Who is to be called."""

    customer_id: str
    first_name: str | None = None
    last_name: str | None = None
    phone_number: str | None = None
    email_id: str | None = None
    last_interaction_on: date | None = None
    segment: str | None = None


class CallOut(BaseModel):
    """A customer to see to, with all that there is to say, best first; `rank` counts from 1 within the bucket."""

    rank: int
    bucket: Bucket
    due_on: date | None
    priority: float
    customer: CustomerOnCard
    suggestions: list[SuggestionOut]


class CallSheetOut(BaseModel):
    """One day: calls that are overdue, of today, upcoming and done, in this order; `counts` of all, `items` a part."""

    day: date
    capacity: int
    counts: dict[Bucket, int]
    items: list[CallOut]
    next_cursor: str | None = None


@router.get("/tasks")
async def get_tasks(  # noqa: PLR0917 - each is a parameter of the query
    parts: PartsDep,
    caller: Annotated[Caller, Depends(allow(*WRITERS))],
    bucket: Annotated[list[Bucket] | None, Query(description="Only these.")] = None,
    associate_id: Annotated[str | None, Query(max_length=128, description="For managers: whose day.")] = None,
    day: Annotated[date | None, Query(description="Today where the associate is; else today in UTC.")] = None,
    capacity: Annotated[int, Query(ge=0, le=500)] = CALLS_A_DAY,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> CallSheetOut:
    """Answer the ranked list of a day, each customer once: what was promised, then what is most worth a call."""
    whose = AssociateId(associate_id) if associate_id else None
    sheet = await list_calls(parts.engine, caller, parts.clock(), associate_id=whose, day=day, capacity=capacity)
    counts = {one: sum(call.bucket is one for call in sheet.calls) for one in Bucket}
    ranked = [
        (rank, call)
        for one in Bucket
        for rank, call in enumerate((call for call in sheet.calls if call.bucket is one), start=1)
    ]
    shown = [(rank, call) for rank, call in ranked if bucket is None or call.bucket in bucket]
    first = read_version(cursor) or 0  # the list is told anew each time: a place in it is all that can be said
    more = write_cursor([str(first + limit)]) if first + limit < len(shown) else None
    items = [_call(rank, call, sheet) for rank, call in shown[first : first + limit]]
    return CallSheetOut(day=sheet.day, capacity=capacity, counts=counts, items=items, next_cursor=more)


def _call(rank: int, call: Call, sheet: CallSheet) -> CallOut:
    known = sheet.people.get(call.customer_id)
    return CallOut(
        rank=rank,
        bucket=call.bucket,
        due_on=call.due_on,
        priority=call.priority,
        customer=CustomerOnCard.model_validate(known or {"customer_id": call.customer_id}, from_attributes=True),
        suggestions=[
            SuggestionOut.model_validate(wire_suggestion(sheet.suggestions[id_])) for id_ in call.suggestion_ids
        ],
    )
