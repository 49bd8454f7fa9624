"""From the inbox to the open streams. Redis carries the hint that there is news, and nothing else: a poll covers it."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.domain.audience import Address, Audience, addressed_to

__all__ = ["CHANNEL", "Hub", "Redis", "Subscription", "answers", "open_redis", "publish_news", "render_event"]

CHANNEL = "floorbook:inbox"
REFUSALS: tuple[type[Exception], ...] = (RedisError,)
"""What the client raises while Redis is away."""
OUTAGES: tuple[type[Exception], ...] = (*REFUSALS, OSError)

_PAGE = 500
_QUEUE_SIZE = 256
_PAUSE_SECONDS = 0.5
_HINT_WAIT_SECONDS = 3.0  # below the socket's own time-out, which would count as an outage

log = structlog.get_logger()


class InboxLine(Protocol):
    """One line of the durable log, as the inbox answers it."""

    id: int
    event: str
    associate_id: str | None
    store_id: str | None
    region: str | None
    data: dict[str, Any]


ReadAfter = Callable[[int, int], Awaitable[Sequence[InboxLine]]]
"""Answers everybody's lines beyond an id, at most so many, in order."""
Newest = Callable[[], Awaitable[int]]


def open_redis(url: str) -> Redis:
    """Make a client; it connects when it is first used."""
    return Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5, health_check_interval=15)


async def answers(redis: Redis) -> bool:
    """Tell whether Redis answers."""
    try:
        return bool(await redis.ping())
    except OUTAGES:
        return False


async def publish_news(redis: Redis, newest: int) -> None:
    """Say that the inbox has grown to this id; a hint that may be lost."""
    try:
        await redis.publish(CHANNEL, newest)
    except OUTAGES as error:
        log.warning("news_not_published", error=str(error))


def render_event(event: str, data: Mapping[str, Any], event_id: int | None = None) -> bytes:
    """Write one server-sent event."""
    head = b"" if event_id is None else b"id: %d\n" % event_id
    return head + b"event: " + event.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it goes over the wire, with its id."""

    id: int
    text: bytes


@dataclass(eq=False)
class Subscription:
    """One open stream. `cut`: it did not read fast enough, lines were left out, and it has to begin again."""

    audience: Audience
    queue: asyncio.Queue[Told] = field(default_factory=lambda: asyncio.Queue(_QUEUE_SIZE))
    cut: bool = False

    def tell(self, told: Told) -> None:
        """Put a line into the queue, or cut the stream where that is full."""
        if self.cut:
            return
        try:
            self.queue.put_nowait(told)
        except asyncio.QueueFull:
            self.cut = True


class Hub:
    """Reads the inbox once for all streams of this process, and hands each line to those that may hear it."""

    def __init__(self, redis: Redis, read_after: ReadAfter, newest: Newest, *, poll_seconds: float = 1.0) -> None:
        self._redis = redis
        self._read_after = read_after
        self._newest = newest
        self._poll_seconds = poll_seconds
        self._news = asyncio.Event()
        self._listeners: defaultdict[Address, set[Subscription]] = defaultdict(set)
        self.n_streams = 0

    @contextlib.contextmanager
    def subscribe(self, audience: Audience) -> Iterator[Subscription]:
        """Hear every line that comes from now on; what came before is read from the inbox by the stream itself."""
        subscription = Subscription(audience)
        addresses = audience.addresses()
        for address in addresses:
            self._listeners[address].add(subscription)
        self.n_streams += 1
        try:
            yield subscription
        finally:
            self.n_streams -= 1
            for address in addresses:
                self._listeners[address].discard(subscription)
                if not self._listeners[address]:
                    del self._listeners[address]

    async def listen(self) -> None:
        """Turn Redis's hints into wake-ups, until cancelled."""
        while True:
            try:
                async with self._redis.pubsub() as hints:
                    await hints.subscribe(CHANNEL)
                    while True:
                        if await hints.get_message(timeout=_HINT_WAIT_SECONDS) is not None:
                            self._news.set()
            except OUTAGES as error:
                log.warning("news_channel_broke", error=str(error))
                await asyncio.sleep(_PAUSE_SECONDS)

    async def hand_out(self, retry_on: tuple[type[Exception], ...]) -> None:
        """Read the inbox and hand it out, until cancelled; errors of the named types are outages of it, and pass."""
        cursor: int | None = None
        while True:
            try:
                if cursor is None:
                    cursor = await self._newest()
                cursor = await self._hand_out_after(cursor)
            except retry_on as error:
                log.warning("inbox_not_read", error=str(error))
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll_seconds):  # wait_for loses cancellations in Python 3.11
                    await self._news.wait()
            self._news.clear()

    async def _hand_out_after(self, cursor: int) -> int:
        while True:
            lines = await self._read_after(cursor, _PAGE)
            for line in lines:
                self._tell(line)
                cursor = line.id
            if len(lines) < _PAGE:
                return cursor

    def _tell(self, line: InboxLine) -> None:
        addresses = addressed_to(line.associate_id, line.store_id, line.region)
        hearing = {one for address in addresses for one in self._listeners.get(address, ())}
        if hearing:
            told = Told(line.id, render_event(line.event, line.data, line.id))
            for subscription in hearing:
                subscription.tell(told)
