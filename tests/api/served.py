"""The app behind a real socket, and a reader of its streams."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import uvicorn
from fastapi import FastAPI


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """Serve the app (whose lifespan runs already) on a free port; answers its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, lifespan="off", log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # the test run keeps its own
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


@dataclass(frozen=True)
class Event:
    """One server-sent event."""

    event: str
    id: str | None
    data: dict[str, Any]


class Stream:
    """Reads an open stream, event by event."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.comments = 0
        self._lines = answer.aiter_lines()

    async def next(self, seconds: float = 5.0) -> Event:
        """Answer the next event; raises TimeoutError, and StopAsyncIteration at the end."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(seconds):
            while True:
                line = await anext(self._lines)
                name, _, value = line.partition(": ")
                if line == "" and "event" in fields:
                    return Event(fields["event"], fields.get("id"), orjson.loads(fields["data"]))
                if line.startswith(":"):
                    self.comments += 1
                fields[name] = value

    async def take(self, n: int) -> list[Event]:
        """Answer the next n events."""
        return [await self.next() for _ in range(n)]


@asynccontextmanager
async def opened(address: str, headers: dict[str, str], **parameters: Any) -> AsyncIterator[Stream]:
    """Open a stream, and wait for its first line: from then on nothing is missed."""
    async with (
        httpx.AsyncClient(base_url=address, timeout=10) as client,
        client.stream("GET", "/v1/stream", headers=headers, params=parameters) as answer,
    ):
        yield Stream(answer)
