"""What goes around requests, as plain ASGI: a trace id, limits on bodies, headers, a stopwatch, packed assets."""

import re
import time
from uuid import uuid4

import orjson
import structlog
from prometheus_client import Counter, Gauge, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.api.errors import MEDIA_TYPE, refusal_body
from backend.domain.errors import TooLargeError

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")

REQUESTS = Counter("floorbook_http_requests", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "floorbook_http_request_seconds",
    "From the request's head to the answer's head.",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
OPEN = Gauge("floorbook_http_requests_open", "Requests that are being answered, streams included.")

API_POLICY = "default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_FIXED_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


class Traced:
    """Gives each request a trace id (the caller's, where it sends a traceparent), in its logs and in its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = _TRACEPARENT.fullmatch(Headers(scope=scope).get("traceparent", ""))
        trace_id = scope["trace_id"] = given[1] if given else uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(trace_id=trace_id)

        async def send_traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-trace-id"] = trace_id
            await send(message)

        await self._app(scope, receive, send_traced)


class Timed:
    """Counts and times requests by the route's template, never by the address itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def send_timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "other")
                SECONDS.labels(scope["method"], route).observe(time.perf_counter() - began)
                REQUESTS.labels(scope["method"], route, message["status"]).inc()
            await send(message)

        with OPEN.track_inprogress():
            await self._app(scope, receive, send_timed)


class Guarded:
    """Tells browsers what an answer may do: nothing for JSON; for pages, only what comes from here."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _FIXED_HEADERS.items():
                    headers.setdefault(name, value)
                is_page = headers.get("content-type", "").startswith("text/html")
                headers.setdefault("content-security-policy", PAGE_POLICY if is_page else API_POLICY)
                if scope["path"].startswith("/v1/"):
                    headers.setdefault("cache-control", "no-store")
                if self._secure:
                    headers.setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        await self._app(scope, receive, send_guarded)


class Limited:
    """Refuses a body that is larger than the door: by its announced length, or as soon as more has come."""

    def __init__(self, app: ASGIApp, *, most_bytes: int) -> None:
        self._app = app
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > self._most_bytes:
            await self._refuse(scope, send)
            return
        received, started, refused = 0, False, False

        async def receive_counted() -> Message:
            nonlocal received, refused
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._most_bytes:
                refused = True
                raise TooLargeError(self._detail())
            return message

        async def send_unless_refused(message: Message) -> None:
            nonlocal started
            if refused and not started:
                if message["type"] == "http.response.start":
                    await self._refuse(scope, send)
                return  # whatever the app made of the refusal
            started = started or message["type"] == "http.response.start"
            await send(message)

        await self._app(scope, receive_counted, send_unless_refused)

    def _detail(self) -> str:
        return f"The body is larger than {self._most_bytes} bytes. Send less at once."

    async def _refuse(self, scope: Scope, send: Send) -> None:
        error = TooLargeError(self._detail())
        body = orjson.dumps(refusal_body(error, scope.get("trace_id", "")))
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": error.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Packed:
    """Sends the pages' own files and packages gzipped to who takes them so; answers of the API go as they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._packed = GZipMiddleware(app, minimum_size=500, compresslevel=9)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_asset = scope["type"] == "http" and scope["path"].startswith("/assets/")
        await (self._packed if is_asset else self._app)(scope, receive, send)
