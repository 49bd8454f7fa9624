"""The API's documentation page and the front-end packages: all from here, nothing from the internet."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from backend.api.auth import COOKIE
from backend.api.parts import PartsDep
from backend.domain.access import Role
from backend.domain.errors import NotFoundError, NotSignedInError

router = APIRouter(include_in_schema=False)

_REPOSITORY = Path(__file__).resolve().parents[3]
_SUFFIXES = frozenset({".js", ".mjs", ".css", ".json", ".svg", ".png", ".woff2"})
_PACKAGES = frozenset(
    {
        "@preact/signals",
        "@preact/signals-core",
        "htm",
        "htmx.org",
        "idb",
        "preact",
        "swagger-ui-dist",
        "uplot",
        "us-atlas",
    }
)
_DOCS = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Floorbook API</title>
<link rel="stylesheet" href="/assets/vendor/swagger-ui-dist/swagger-ui.css">
<script defer src="/assets/vendor/swagger-ui-dist/swagger-ui-bundle.js"></script>
<script defer src="/docs/start.js"></script>
</head>
<body><main id="docs"></main></body>
</html>
"""
_DOCS_START = """window.addEventListener("DOMContentLoaded", () =>
  SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true, tryItOutEnabled: true }),
);
"""


@router.get("/docs", response_class=HTMLResponse)
async def get_docs() -> HTMLResponse:
    """Answer the documentation page."""
    return HTMLResponse(_DOCS)


@router.get("/docs/start.js")
async def get_docs_start() -> Response:
    """Answer the one line that starts it: the page's policy allows no script within the page."""
    return Response(_DOCS_START, media_type="text/javascript")


@router.get("/assets/vendor/{path:path}")
async def get_vendor(path: Annotated[str, PathParameter()], parts: PartsDep) -> FileResponse:
    """Answer a file of a front-end package that is on the list."""
    root = (parts.settings.assets_dir or _REPOSITORY / "node_modules").resolve()
    package = next((name for name in _PACKAGES if path.startswith(f"{name}/")), None)
    if package is None or "\0" in path:
        raise NotFoundError("There is no such file.")
    file = (root / path).resolve()
    if not file.is_relative_to(root / package) or file.suffix not in _SUFFIXES or not file.is_file():
        raise NotFoundError("There is no such file.")
    return FileResponse(file, headers={"Cache-Control": "public, max-age=3600"})


@router.get("/")
async def get_root(request: Request, parts: PartsDep) -> RedirectResponse:
    """Send an associate to the phone, everybody else to the dashboard."""
    token = request.cookies.get(COOKIE)
    try:
        role = (await parts.tokens.verify(token, parts.clock())).caller.role if token else None
    except NotSignedInError:
        role = None
    return RedirectResponse("/phone/" if role is Role.ASSOCIATE else "/dashboard", 303)
