"""The managers' pages: the dashboard, its figures as a file, and the way in."""

import csv
import io
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from backend.analytics.board import Board, read_board
from backend.analytics.freshness import waiting_of
from backend.analytics.semantic import MODEL
from backend.analytics.writers import disarm
from backend.domain.access import Caller, Role
from backend.domain.errors import NotFoundError, NotSignedInError
from backend.pages import tiles
from backend.pages.choices import read_view
from backend.pages.geography import StateShape, read_states
from backend.pages.rendering import ask_to_sign_in, is_part, render
from backend.pages.session import find_caller, parts_of

_HERE = Path(__file__).parent
_PACKAGES = _HERE.parents[1] / "node_modules"
_STATIC = {
    "floorbook.css": "text/css",
    "board.css": "text/css",
    "board.js": "text/javascript",
    "people.css": "text/css",
    "executive.css": "text/css",
    "executive.js": "text/javascript",
    "people.js": "text/javascript",
    "themes.js": "text/javascript",
    "plots.js": "text/javascript",
    "theme.js": "text/javascript",
    "sign-in.js": "text/javascript",
    "session.js": "text/javascript",
    "ops.css": "text/css",
    "ops.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}

router = APIRouter(tags=["pages"], include_in_schema=False)


@lru_cache(maxsize=2)
def _shapes(assets: Path) -> tuple[StateShape, ...]:
    return read_states(assets)


@router.get("/dashboard", response_class=HTMLResponse)
async def get_dashboard(request: Request) -> Response:
    """Answer the page, or, to htmx, the board within it."""
    caller = await find_caller(request)
    if caller is None:
        return ask_to_sign_in(request)
    if caller.role is Role.OPERATOR:
        return render("forbidden.html", status=403, role=caller.role.value, words="they watch the machine, at /ops")
    board = await _board(request, caller)
    return render("board.html" if is_part(request) else "dashboard.html", **_context(request, board, caller))


@router.get("/dashboard/figures.csv")
async def get_figures(request: Request) -> Response:
    """Answer what is on the screen as one tidy table."""
    caller = await find_caller(request)
    if caller is None or caller.role is Role.OPERATOR:
        raise NotSignedInError("Sign in first.")
    board = await _board(request, caller)
    headers = {"Content-Disposition": 'attachment; filename="floorbook-figures.csv"', "Cache-Control": "no-store"}
    return Response(_figures_file(board), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/sign-in", response_class=HTMLResponse)
async def get_sign_in() -> Response:
    """Answer the form; its script signs in and goes on to where one came from."""
    return render("sign-in.html")


@router.get("/assets/pages/{name}")
async def get_asset(name: str) -> FileResponse:
    """Answer one of the pages' own files."""
    if name not in _STATIC:
        raise NotFoundError(f"No such file: {name[:80]}")
    return FileResponse(_HERE / "static" / name, media_type=_STATIC[name], headers={"Cache-Control": "no-cache"})


async def _board(request: Request, caller: Caller) -> Board:
    parts = parts_of(request)
    view = read_view(request.query_params)
    return await read_board(parts.engine, caller, view, waiting_of(request.app.state), parts.clock())


def _context(request: Request, board: Board, caller: Caller) -> dict[str, Any]:
    shapes = _shapes(parts_of(request).settings.assets_dir or _PACKAGES)
    on_map, ranked = tiles.states(board, shapes)
    scope = caller.store_id or caller.region or "all stores"
    return {"board": board, "view": board.view, "map": on_map, "ranked": ranked, "scope": scope, "model": MODEL.version}


def _figures_file(board: Board) -> str:
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\r\n")
    writer.writerow(["panel", "category", "region", "product", "time", "measure", "value", "unit", "as_of"])
    as_of, currency = board.as_of.isoformat(timespec="seconds"), board.currency or ""
    for start, value in zip(board.revenue.starts, board.revenue.values, strict=True):
        writer.writerow(["over_time", "", "", "", start, "sales.revenue", value, currency, as_of])
    for (category, region), cell in sorted(board.matrix.items()):
        names = [disarm(category), disarm(region)]
        writer.writerow(["category_region", *names, "", "", "sales.revenue", cell, currency, as_of])
    for row in board.products:
        names = [disarm(row.category or ""), "", disarm(row.name)]
        writer.writerow(["products", *names, "", "sales.revenue", row.revenue.now, currency, as_of])
        writer.writerow(["products", *names, "", "sales.units", row.units, "pieces", as_of])
    for thing in (*board.unmet, *board.not_carried):
        names = [disarm(thing.category or ""), "", disarm(thing.name)]
        writer.writerow(["unmet_demand", *names, "", "unmet_demand.asks", thing.asks, "asks", as_of])
        writer.writerow(["unmet_demand", *names, "", "unmet_demand.customers", thing.customers, "customers", as_of])
    return page.getvalue()
