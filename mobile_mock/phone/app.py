"""The phone's ASGI app: a handful of files behind a strict content policy."""

import base64
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from mobile_mock.phone.assets import WORKER, Asset, read_assets

INDEX = "index.html"
NOT_MODIFIED = 304


def create_phone(assets_dir: Path) -> ASGIApp:
    """Make the app that serves the phone; `assets_dir` is the node_modules folder with the packages it imports.

    The packages are served from here too, file by file from a list: the phone leans on nothing but `/v1`.
    Raises FileNotFoundError naming the package file that is missing.
    """
    assets = read_assets(assets_dir)
    headers = _headers(assets[INDEX].body.decode())

    async def serve(request: Request) -> Response:
        path = request.path_params["path"] or INDEX
        asset = assets.get(path)
        if asset is None:
            return PlainTextResponse("Not found", status_code=404, headers=headers)
        return _answer(request, path, asset, headers)

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


def _headers(index: str) -> dict[str, str]:
    """Allow this origin's files and the one inline script there is, the import map, by its hash."""
    import_map = re.search(r'<script type="importmap">(.*?)</script>', index, re.DOTALL)
    assert import_map is not None
    digest = base64.b64encode(hashlib.sha256(import_map[1].encode()).digest()).decode()
    policy = {
        "default-src": "'none'",
        "script-src": f"'self' 'sha256-{digest}'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
