"""One associate's live stream: resumed where it broke off, so that nothing is missed."""

import asyncio
import json
from contextlib import suppress
from http import HTTPStatus

import httpx

from mobile_mock.fleet.ledger import Ledger
from mobile_mock.fleet.phone import Phone

_PAUSE_SECONDS = 0.3
_SILENCE_SECONDS = 45.0
"""Three heartbeats: a stream that is silent for longer is dead."""


class Ear:
    """Follows `/v1/stream`; `online` opens and closes it."""

    def __init__(self, api: httpx.AsyncClient, phone: Phone, ledger: Ledger, customers: set[str]) -> None:
        self._api, self._phone, self._ledger, self._customers = api, phone, ledger, customers
        self._last_id: str | None = None
        self._following: asyncio.Task[None] | None = None
        self.is_open = asyncio.Event()

    def connect(self) -> None:
        """Listen from where the last stream ended."""
        if self._following is None:
            self._following = asyncio.create_task(self._follow())

    async def disconnect(self) -> None:
        """Hang up, as a phone does that loses its network."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
            self._following = None
            self.is_open.clear()

    async def _follow(self) -> None:
        while True:
            with suppress(httpx.TransportError):  # it comes back with Last-Event-ID
                await self._listen()
            self.is_open.clear()
            self._ledger.counts["streams_reopened"] += 1
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _listen(self) -> None:
        headers = {**self._phone.headers, "Accept": "text/event-stream"}
        if self._last_id is not None:
            headers["Last-Event-ID"] = self._last_id
        timeout = httpx.Timeout(10.0, read=_SILENCE_SECONDS)
        async with self._api.stream("GET", "/v1/stream", headers=headers, timeout=timeout) as answer:
            if answer.status_code == HTTPStatus.UNAUTHORIZED:
                self._phone.renew_token()
            if answer.status_code != HTTPStatus.OK:
                return
            self.is_open.set()
            event, data, id_ = "", "", None
            async for line in answer.aiter_lines():
                name, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if name == "id":
                    id_ = value
                elif name == "event":
                    event = value
                elif name == "data":
                    data += value
                elif not line:
                    await self._take(event, data)
                    self._last_id = id_ if id_ is not None else self._last_id
                    event, data, id_ = "", "", None

    async def _take(self, event: str, data: str) -> None:
        if event == "suggestion":
            self._ledger.hear(json.loads(data))
        elif event == "resync":
            self._ledger.counts["resyncs"] += 1
            await self._read_anew()

    async def _read_anew(self) -> None:
        """Fetch what the stream could not replay."""
        for customer_id in self._customers:
            answer = await self._api.get(f"/v1/customers/{customer_id}/suggestions", headers=self._phone.headers)
            if answer.status_code == HTTPStatus.OK:
                for suggestion in answer.json()["items"]:
                    self._ledger.hear(suggestion)
