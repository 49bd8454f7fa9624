"""The phone's ASGI app: a handful of files behind a strict content policy."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from mobile_mock.phone.assets import WORKER, Asset, read_assets
from mobile_mock.phone.pack import find_packer

INDEX = "index.html"
NOT_MODIFIED = 304

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "worker-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""This origin's files, and nothing inline."""


def create_phone(assets_dir: Path) -> ASGIApp:
    """Make the app that serves the phone; `assets_dir` is the node_modules folder with the packages it imports.

    The files are packed when the first of them is asked for: the API's start does not wait for them.
    Raises FileNotFoundError naming the package file that is missing.
    """
    find_packer(assets_dir)
    packed = lru_cache(maxsize=1)(lambda: read_assets(assets_dir))

    async def serve(request: Request) -> Response:
        path = request.path_params["path"] or INDEX
        asset = (await run_in_threadpool(packed)).get(path)
        if asset is None:
            return PlainTextResponse("Not found", status_code=404, headers=HEADERS)
        return _answer(request, path, asset, HEADERS)

    return Starlette(routes=[Route("/{path:path}", serve)])


def _answer(request: Request, path: str, asset: Asset, headers: Mapping[str, str]) -> Response:
    own = {**headers, "ETag": asset.etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if path == WORKER:  # it may also answer for the address without the slash at its end
        own["Service-Worker-Allowed"] = request.scope.get("root_path") or "/"
    if request.headers.get("if-none-match") == asset.etag:
        return Response(status_code=NOT_MODIFIED, headers=own)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.packed, media_type=asset.media_type, headers={**own, "Content-Encoding": "gzip"})
    return Response(asset.body, media_type=asset.media_type, headers=own)
