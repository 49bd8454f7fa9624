"""The door of the customers' page."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from backend.analytics.standings import read_standings
from backend.domain.access import Role
from backend.pages import people
from backend.pages.rendering import ask_to_sign_in, render
from backend.pages.session import find_caller, parts_of

router = APIRouter(tags=["pages"], include_in_schema=False)


@router.get("/dashboard/customers", response_class=HTMLResponse)
async def get_people(request: Request, segment: Annotated[str | None, Query(max_length=40)] = None) -> Response:
    """Answer how the customers stand: segments, and who is likely not to come back."""
    caller = await find_caller(request)
    if caller is None:
        return ask_to_sign_in(request)
    if caller.role is Role.OPERATOR:
        return render("forbidden.html", status=403, role=caller.role.value, words="they watch the machine, at /ops")
    parts = parts_of(request)
    async with parts.engine.connect() as connection:
        standings = await read_standings(connection, caller, segment=segment)
    return render(
        "people.html",
        standings=standings,
        segment=segment,
        scope=caller.store_id or caller.region or "all stores",
        today=parts.clock().date(),
        may_offer=people.may_offer(caller),
    )
