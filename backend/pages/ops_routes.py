"""The doors of the operator's page."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from backend.actions.look_at_operations import look_at_operations
from backend.actions.replay import replay_dead_letter
from backend.analytics.operations import read_check_history, read_failing_rows
from backend.domain.access import Caller, Role
from backend.domain.errors import ForbiddenError, NotSignedInError
from backend.pages.rendering import ask_to_sign_in, is_part, render
from backend.pages.session import find_caller, parts_of
from backend.warehouse.checking import declared_checks

router = APIRouter(tags=["pages"], include_in_schema=False)
_HISTORY = 60


@router.get("/ops", response_class=HTMLResponse)
async def get_ops(request: Request) -> Response:
    """Answer the page, or, to htmx, what moves on it."""
    caller = await find_caller(request)
    if caller is None:
        return ask_to_sign_in(request)
    if caller.role is not Role.OPERATOR:
        return render("forbidden.html", status=403, role=caller.role.value, words="this page is for operators")
    return await _board(request)


@router.get("/ops/checks/{name}", response_class=HTMLResponse)
async def get_check(request: Request, name: str) -> Response:
    """Answer one check with its history and its failing rows."""
    caller = await find_caller(request)
    if caller is None:
        return ask_to_sign_in(request)
    _refuse_others(caller)
    parts = parts_of(request)
    async with parts.engine.connect() as connection:
        results, _ = await read_check_history(connection, name, None, _HISTORY)
        rows = await read_failing_rows(connection, name)
    declared = next((one for one in declared_checks(parts.settings.checks_path) if one.name == name), None)
    return render("ops_check.html", name=name, results=results, rows=rows, declared=declared, now=parts.clock())


@router.post("/ops/dead-letters/{letter_id}/replay", response_class=HTMLResponse)
async def post_replay(request: Request, letter_id: str) -> Response:
    """Do given-up work again. The cookie comes from this site alone, and the header only from a script of it."""
    caller = await find_caller(request)
    if caller is None:
        raise NotSignedInError("Your session has ended. Sign in again.")
    _refuse_others(caller)
    if request.headers.get("hx-request") != "true":
        raise ForbiddenError("This is asked by the button on the page.")
    await replay_dead_letter(letter_id, parts_of(request).clock())
    return await _board(request)


async def _board(request: Request) -> Response:
    parts = parts_of(request)
    seen = await look_at_operations(parts.engine, parts.redis, parts.clock())
    return render("ops_board.html" if is_part(request) else "ops.html", seen=seen)


def _refuse_others(caller: Caller) -> None:
    if caller.role is not Role.OPERATOR:
        raise ForbiddenError("This page is for operators.")
