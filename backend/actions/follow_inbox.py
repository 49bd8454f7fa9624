"""Follow the inbox: first what was missed, then what comes, with nothing lost and nothing twice in between."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime

from backend.documents import inbox
from backend.domain.audience import Audience
from backend.domain.clock import Clock
from backend.push import Hub, Subscription, render_event

HEARTBEAT_SECONDS = 15.0
_PAGE = 200
_FIRST = b"retry: 2000\n\n"
_HEARTBEAT = b": still here\n\n"


async def follow_inbox(
    hub: Hub,
    audience: Audience,
    *,
    after: int | None,
    until: datetime,
    clock: Clock,
    heartbeat_seconds: float = HEARTBEAT_SECONDS,
) -> AsyncGenerator[bytes, None]:
    """Answer the audience's events beyond the id `after` (None: from now on) as server-sent events, until `until`.

    An id that the inbox does not reach back to, or never gave out, is answered with `resync`: read everything anew.
    """
    with hub.subscribe(audience) as subscription:  # before the backlog is read: what comes meanwhile waits in the queue
        oldest, newest = await inbox.bounds()
        if after is None:
            last = newest
            yield b"id: %d\n" % newest + _FIRST  # so that a stream that breaks before its first event resumes here
        elif after < oldest - 1 or after > newest:
            last = newest
            yield _FIRST + render_event("resync", {"after": newest}, newest)
        else:
            last = after
            yield _FIRST
        while missed := await inbox.read_after(audience, last, _PAGE):
            for line in missed:
                yield render_event(line.event, line.data, line.id)
            last = missed[-1].id
        async for text in _live(subscription, last, until, clock, heartbeat_seconds):
            yield text


async def _live(
    subscription: Subscription, last: int, until: datetime, clock: Clock, heartbeat_seconds: float
) -> AsyncGenerator[bytes, None]:
    while (left := (until - clock()).total_seconds()) > 0:
        if subscription.cut and subscription.queue.empty():
            yield render_event("resync", {"after": last})  # without an id: the next stream goes on from the last one
            return
        try:
            async with asyncio.timeout(min(heartbeat_seconds, left)):
                told = await subscription.queue.get()
        except TimeoutError:
            yield _HEARTBEAT
            continue
        if told.id > last:
            last = told.id
            yield told.text
