"""The door of the summary for those who look once a week."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from backend.analytics.executive import DAYS, SUGGESTED_DAYS, read_summary
from backend.domain.access import Role
from backend.pages.rendering import ask_to_sign_in, render
from backend.pages.session import find_caller, parts_of

router = APIRouter(tags=["pages"], include_in_schema=False)


@router.get("/dashboard/summary", response_class=HTMLResponse)
async def get_summary(request: Request) -> Response:
    """Answer the last thirty days against the thirty before, on one page that can be printed."""
    caller = await find_caller(request)
    if caller is None:
        return ask_to_sign_in(request)
    if caller.role is Role.OPERATOR:
        return render("forbidden.html", status=403, role=caller.role.value, words="they watch the machine, at /ops")
    parts = parts_of(request)
    async with parts.engine.connect() as connection:
        summary = await read_summary(connection, caller, parts.clock())
    scope = caller.store_id or caller.region or "all stores"
    return render("executive.html", summary=summary, scope=scope, days=DAYS, suggested_days=SUGGESTED_DAYS)
