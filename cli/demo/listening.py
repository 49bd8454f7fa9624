"""A phone's ear: one live stream, every suggestion kept with the moment at which it was heard."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Heard:
    """A suggestion, and the moment it came (of the performance counter)."""

    data: dict[str, Any]
    at: float


@dataclass
class Listener:
    """Follows `/v1/stream` of one person."""

    api: httpx.AsyncClient
    headers: dict[str, str]
    open: asyncio.Event = field(default_factory=asyncio.Event)
    _heard: list[Heard] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def listen(self) -> None:
        """Listen until cancelled."""
        async with self.api.stream("GET", "/v1/stream", headers=self.headers, timeout=None) as answer:
            answer.raise_for_status()
            self.open.set()
            event = ""
            async for line in answer.aiter_lines():
                name, _, value = line.partition(":")
                if name == "event":
                    event = value.strip()
                elif name == "data" and event == "suggestion":
                    await self._keep(Heard(json.loads(value), time.perf_counter()))

    async def wait_for(self, wanted: Callable[[dict[str, Any]], bool], seconds: float) -> Heard | None:
        """Answer the first suggestion that is wanted, heard already or to come; None when the time is over."""

        def found() -> Heard | None:
            return next((heard for heard in self._heard if wanted(heard.data)), None)

        async with self._news:
            try:
                await asyncio.wait_for(self._news.wait_for(lambda: found() is not None), seconds)
            except TimeoutError:
                return None
            return found()

    async def _keep(self, heard: Heard) -> None:
        async with self._news:
            self._heard.append(heard)
            self._news.notify_all()
