"""Follow replication live: pages as they come, as server-sent events in the shape that RxDB's pull stream takes."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime

import orjson
import structlog

from backend.actions.follow_inbox import HEARTBEAT_SECONDS
from backend.actions.pull_sync import Pulled, pull
from backend.documents import sync_log
from backend.documents.outages import OUTAGES
from backend.domain.access import Caller
from backend.domain.clock import Clock

_POLL_SECONDS = 0.25
_PAGE = 100
_FIRST = b"retry: 2000\n\n"
_HEARTBEAT = b": still here\n\n"
_RESYNC = b'event: RESYNC\ndata: "RESYNC"\n\n'

log = structlog.get_logger()


class SyncBell:
    """Looks for news once for all streams of this process, as long as there is one."""

    def __init__(self, poll_seconds: float = _POLL_SECONDS) -> None:
        self._poll_seconds = poll_seconds
        self._rung = asyncio.Condition()
        self._newest = 0
        self._n_listeners = 0
        self._watching: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Keep looking while somebody listens."""
        self._n_listeners += 1
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            self._n_listeners -= 1
            if not self._n_listeners and self._watching is not None:
                self._watching.cancel()
                self._watching = None

    async def wait_beyond(self, sequence: int, seconds: float) -> bool:
        """Wait until there is something beyond a sequence; False: there was nothing in so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._rung:
                await self._rung.wait_for(lambda: self._newest > sequence)
                return True
        return False

    async def _watch(self) -> None:
        while True:
            try:
                await sync_log.note_marked()
                newest = await sync_log.newest()
            except OUTAGES as error:
                log.warning("sync_log_not_read", error=str(error))
            else:
                if newest != self._newest:
                    self._newest = newest
                    async with self._rung:
                        self._rung.notify_all()
            await asyncio.sleep(self._poll_seconds)


def checkpoint_of(sequence: int) -> dict[str, int]:
    """Answer a sequence as a checkpoint: an object, for RxDB lays one over the other."""
    return {"sequence": sequence}


async def follow_sync(
    bell: SyncBell, caller: Caller, *, after: int | None, until: datetime, clock: Clock
) -> AsyncGenerator[bytes, None]:
    """Answer pages beyond a sequence (None: from now on) as they come, until `until`.

    A sequence that was never given out is answered with `RESYNC`: pull from the beginning.
    """
    async with bell.listening():
        await sync_log.note_marked()
        newest = await sync_log.newest()
        last = newest if after is None or after > newest else after
        yield _FIRST
        if after is not None and after > newest:
            yield _RESYNC
        looked_up_to = last
        while (left := (until - clock()).total_seconds()) > 0:
            while (page := await pull(caller, last, _PAGE)).documents:
                last = page.sequence
                yield _event(page)
            looked_up_to = max(looked_up_to, last)
            if not await bell.wait_beyond(looked_up_to, min(HEARTBEAT_SECONDS, left)):
                yield _HEARTBEAT
            else:
                looked_up_to = await sync_log.newest()


def _event(page: Pulled) -> bytes:
    data = orjson.dumps({"documents": page.documents, "checkpoint": checkpoint_of(page.sequence)})
    return b"id: %d\ndata: " % page.sequence + data + b"\n\n"
