"""The managers' pages: the dashboard, its figures as a file, and the way in."""

import csv
import io
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backend.analytics.board import Board, read_board
from backend.analytics.freshness import waiting_of
from backend.analytics.semantic import MODEL
from backend.analytics.writers import disarm
from backend.domain.access import Caller, Role
from backend.domain.errors import NotFoundError, NotSignedInError
from backend.pages import demand, figures, tiles
from backend.pages.choices import address, read_view, toggled
from backend.pages.geography import StateShape, read_states
from backend.pages.session import find_caller, parts_of

_HERE = Path(__file__).parent
_PACKAGES = _HERE.parents[1] / "node_modules"
_STATIC = {
    "floorbook.css": "text/css",
    "board.css": "text/css",
    "board.js": "text/javascript",
    "plots.js": "text/javascript",
    "theme.js": "text/javascript",
    "sign-in.js": "text/javascript",
    "session.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}

router = APIRouter(tags=["pages"], include_in_schema=False)


@lru_cache(maxsize=1)
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, enable_async=False,
    )  # fmt: skip
    made.filters["tojson"] = lambda value: orjson.dumps(value).decode()  # for attributes; autoescape quotes it
    made.globals |= {"figures": figures, "tiles": tiles, "demand": demand, "address": address, "toggled": toggled}
    return made


@lru_cache(maxsize=2)
def _shapes(assets: Path) -> tuple[StateShape, ...]:
    return read_states(assets)


@router.get("/dashboard", response_class=HTMLResponse)
async def get_dashboard(request: Request) -> Response:
    """Answer the page, or, to htmx, the board within it."""
    caller = await find_caller(request)
    if caller is None:
        return _ask_to_sign_in(request)
    if caller.role is Role.OPERATOR:
        return HTMLResponse(_templates().get_template("forbidden.html").render(role=caller.role.value), 403)
    board = await _board(request, caller)
    is_part = request.headers.get("hx-request") == "true" and request.headers.get("hx-request-type") == "partial"
    template = _templates().get_template("board.html" if is_part else "dashboard.html")
    html = template.render(_context(request, board, caller))
    return HTMLResponse(html, headers={"Cache-Control": "no-store", "Vary": "HX-Request, HX-Request-Type"})


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
async def get_sign_in() -> HTMLResponse:
    """Answer the form; its script signs in and goes on to where one came from."""
    return HTMLResponse(_templates().get_template("sign-in.html").render(), headers={"Cache-Control": "no-store"})


@router.get("/assets/pages/{name}")
async def get_asset(name: str) -> FileResponse:
    """Answer one of the pages' own files."""
    if name not in _STATIC:
        raise NotFoundError(f"No such file: {name[:80]}")
    return FileResponse(_HERE / "static" / name, media_type=_STATIC[name], headers={"Cache-Control": "no-cache"})


def _ask_to_sign_in(request: Request) -> Response:
    if request.headers.get("hx-request") == "true":
        raise NotSignedInError("Your session has ended. Sign in again.")
    return RedirectResponse(f"/sign-in?next={request.url.path}", 303)


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
