"""What customers asked for and were not sold, with the very words of notes."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.analytics.cursors import read_cursor, write_cursor
from backend.analytics.freshness import waiting_of
from backend.analytics.semantic import MODEL
from backend.analytics.shape import refuse
from backend.analytics.unmet import DEFAULT_DAYS, Demand, describe_thing, read_unmet
from backend.api.auth import READERS, allow
from backend.api.parts import PartsDep
from backend.domain.access import Caller

router = APIRouter(prefix="/v1/analytics", tags=["analytics"])
Reader = Annotated[Caller, Depends(allow(*READERS))]
Day = Annotated[date | None, Field(ge=date(1900, 1, 1), le=date(2199, 12, 31))]
Chosen = Annotated[str | None, Field(max_length=200)]
_LONGEST = timedelta(days=3660)
_FARTHEST = 1_000_000


class Asked(BaseModel):
    """What is asked about; days are days of the asks, both included, UTC."""

    model_config = ConfigDict(extra="forbid")

    since: Annotated[Day, Field(description=f"The first day; by default {DEFAULT_DAYS} days up to `until`")] = None
    until: Annotated[Day, Field(description="The last day; by default today")] = None
    store_id: Chosen = None
    region: Chosen = None
    category: Chosen = None
    subcategory: Chosen = None
    product_id: Chosen = None
    color: Chosen = None
    size: Chosen = None
    gender: Chosen = None
    reason: Literal["not_bought", "out_of_stock", "size", "color", "not_carried"] | None = None
    carried: Annotated[bool | None, Field(description="Only what the catalogue has, or only what it lacks")] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    examples: Annotated[int, Field(ge=0, le=5, description="At most so many quotes for each thing")] = 3
    cursor: Annotated[str | None, Field(max_length=500)] = None

    @model_validator(mode="after")
    def _is_a_period(self) -> Self:
        if self.since and self.until and not timedelta(0) <= self.until - self.since <= _LONGEST:
            raise ValueError(f"until comes after since, by at most {_LONGEST.days} days")
        return self

    def demand(self, today: date) -> Demand:
        """Answer what is asked of the figures."""
        until = self.until or max(today, self.since or today)
        since = self.since or until - timedelta(days=DEFAULT_DAYS - 1)
        if until - since > _LONGEST:
            raise refuse("/query/since", f"At most {_LONGEST.days} days at once; give until as well")
        names = ("store_id", "region", "category", "subcategory", "product_id", "color", "size", "gender", "reason")
        chosen = {name: value for name in names if (value := getattr(self, name)) is not None}
        return Demand(since, until, chosen, self.carried, self.limit, self._offset(), self.examples)

    def _offset(self) -> int:
        if self.cursor is None:
            return 0
        (offset,) = read_cursor(self.cursor, 1)
        if not offset.isdecimal() or len(offset) > len(str(_FARTHEST)) or int(offset) > _FARTHEST:
            raise refuse("/cursor", "Not a cursor of this list; take next_cursor as it is, or start without one")
        return int(offset)


@router.get("/unmet-demand")
async def get_unmet_demand(
    request: Request, parts: PartsDep, caller: Reader, asked: Annotated[Asked, Query()]
) -> dict[str, Any]:
    """List what customers asked for and were not sold: most customers first, with weeks, attributes and quotes.

    A thing is a product, a kind of product, or something that the catalogue does not have (`wanted`). Quotes come only
    from customers within the caller's scope; analysts get the words of the ask without the note and the customer.
    """
    now = parts.clock()
    demand = asked.demand(now.date())
    async with parts.engine.connect() as connection:
        things = await read_unmet(connection, caller, demand, now)
    more = len(things) > demand.limit
    return {
        "items": [describe_thing(thing) for thing in things[: demand.limit]],
        "next_cursor": write_cursor([str(demand.offset + demand.limit)]) if more else None,
        "since": demand.since,
        "until": demand.until,
        "weeks": demand.weeks,
        "as_of": now,
        "freshness_seconds": await waiting_of(request.app.state).oldest_seconds(now),
        "model_version": MODEL.version,
    }
