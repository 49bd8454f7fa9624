"""Templates to answers, the same way for every page."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from backend.domain.errors import NotSignedInError
from backend.pages import demand, executive, figures, operations, people, tiles
from backend.pages.choices import address, toggled

_TEMPLATES = Path(__file__).parent / "templates"
_WORDS = {
    "figures": figures,
    "tiles": tiles,
    "demand": demand,
    "ops": operations,
    "people": people,
    "executive": executive,
    "address": address,
    "toggled": toggled,
}


@lru_cache(maxsize=1)
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, enable_async=False,
    )  # fmt: skip
    made.filters["tojson"] = lambda value: orjson.dumps(value).decode()  # for attributes; autoescape quotes it
    made.globals |= _WORDS
    return made


def render(template: str, *, status: int = 200, **words: Any) -> Response:
    """Answer a page or a part of one, which nobody keeps."""
    html = _templates().get_template(template).render(words)
    return HTMLResponse(html, status, {"Cache-Control": "no-store", "Vary": "HX-Request, HX-Request-Type"})


def is_part(request: Request) -> bool:
    """Tell whether htmx asks for what moves within the page."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-request-type") == "partial"


def ask_to_sign_in(request: Request) -> Response:
    """Send a person to the form, and tell a script that the session is over."""
    if request.headers.get("hx-request") == "true":
        raise NotSignedInError("Your session has ended. Sign in again.")
    return RedirectResponse(f"/sign-in?next={request.url.path}", 303)
