"""Limits on how much is asked: each caller by name, whoever is not known by address; signing in is dearer.

Every answer of the API says what is left, in the fields of draft-ietf-httpapi-ratelimit-headers.
"""

import math
import time

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.actions.tokens import Tokens
from backend.api.errors import MEDIA_TYPE, refusal_body
from backend.domain.errors import TooManyRequestsError
from backend.domain.quotas import Allowance, Meter, Quota
from backend.settings import Settings

_SIGN_IN = "/v1/auth/"


class Metered:
    """Refuses who asks too much, before anything is read or looked up for them."""

    def __init__(self, app: ASGIApp, *, settings: Settings, tokens: Tokens) -> None:
        self._app = app
        self._tokens = tokens
        self._asking = Meter(Quota("caller", settings.requests_per_10_seconds, 10))
        self._signing_in = Meter(Quota("sign-in", settings.sign_ins_per_minute, 60))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or say when to come back."""
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return
        allowance = self._take(scope)
        if allowance.wait_seconds:
            await _refuse(scope, send, allowance)
            return

        async def send_metered(message: Message) -> None:
            if message["type"] == "http.response.start":
                _tell(MutableHeaders(scope=message), allowance)
            await send(message)

        await self._app(scope, receive, send_metered)

    def _take(self, scope: Scope) -> Allowance:
        address = scope["client"][0] if scope.get("client") else ""
        if scope["path"].startswith(_SIGN_IN):
            return self._signing_in.take(address, time.monotonic())
        token = Headers(scope=scope).get("authorization", "").partition(" ")[2].strip()
        subject = self._tokens.known_subject(token)  # a forged token buys no quota of its own
        caller = f"address {address}" if subject is None else f"subject {subject}"
        return self._asking.take(caller, time.monotonic())


def _tell(headers: MutableHeaders, allowance: Allowance) -> None:
    quota = allowance.quota
    headers["ratelimit-policy"] = f'"{quota.name}";q={quota.n_requests};w={quota.window_seconds:.0f}'
    headers["ratelimit"] = f'"{quota.name}";r={allowance.n_left};t={math.ceil(allowance.reset_seconds)}'


async def _refuse(scope: Scope, send: Send, allowance: Allowance) -> None:
    seconds = math.ceil(allowance.wait_seconds)
    error = TooManyRequestsError(f"You ask more than is allowed. Come back in {seconds} s.")
    body = orjson.dumps(refusal_body(error, scope.get("trace_id", "")))
    start: Message = {"type": "http.response.start", "status": error.status, "headers": []}
    headers = MutableHeaders(scope=start)
    headers["content-type"], headers["content-length"] = MEDIA_TYPE, str(len(body))
    headers["retry-after"] = str(seconds)
    _tell(headers, allowance)
    await send(start)
    await send({"type": "http.response.body", "body": body})
