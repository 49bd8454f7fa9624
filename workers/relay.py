"""The relay: from the outbox in the documents to the queue, at least once.

It follows the journal's change stream and sends the customers that wrote as batches of ids, one task a batch; while
workers are behind it gathers larger batches instead of a longer queue. A sweep finds whatever the queue, a worker or
the relay itself lost: an entry keeps its outbox marker until it is in the warehouse.
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from kombu.exceptions import OperationalError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from backend.documents import corrections, journal, references, suggestions
from backend.documents.client import open_documents
from backend.documents.outages import OUTAGES
from backend.domain.clock import Clock, utc_now
from backend.domain.ids import CustomerId
from backend.logs import configure_logs
from backend.settings import Settings
from workers.app import app
from workers.tally import count_tasks

MOST_IN_A_BATCH = 200
MOST_IN_THE_QUEUE = 1
LOOK_SECONDS = 0.02
GATHER_SECONDS = 0.08
"""A batch of one costs as much as a batch of ten (measured: 30 ms of all processors): two are so far apart at least."""
MOST_READ_AGAIN = 20
SWEEP_SECONDS = 1.0
SWEEP_LIMIT = 5_000

log = structlog.get_logger()


class TaskQueue(Protocol):
    """Takes tasks: the Celery app, or a stand-in that can be away."""

    def send_task(self, task: str, /, *, args: list[Any]) -> object:
        """Take one task; raises OperationalError while the broker is away."""
        ...


@dataclass
class Relay:
    """Customers with news, waiting to be sent; a customer that writes twice before that is sent once."""

    queue: TaskQueue
    redis: Redis
    clock: Clock = utc_now
    _waiting: dict[CustomerId, None] = field(default_factory=dict, init=False)  # in order of arrival
    _news: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def run(self) -> None:
        """Follow, send and sweep until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow())
            group.create_task(self._send())
            group.create_task(self._sweep())

    def add(self, customer_ids: Sequence[CustomerId]) -> None:
        """Put customers in line, each once."""
        self._waiting.update(dict.fromkeys(customer_ids))
        if self._waiting:
            self._news.set()

    async def _follow(self) -> None:
        async for customer_ids in journal.watch_customers():
            self.add(customer_ids)

    async def _send(self) -> None:
        """Send who waits, at once after a pause; who comes soon after a batch makes the next one with others."""
        sent_at = 0.0
        while True:
            await self._news.wait()
            await asyncio.sleep(max(0.0, sent_at + GATHER_SECONDS - time.monotonic()))
            await self._until_there_is_room()
            sent_at = time.monotonic()
            batch = list(self._waiting)[:MOST_IN_A_BATCH]
            for customer_id in batch:
                del self._waiting[customer_id]
            if not self._waiting:
                self._news.clear()
            if not await self._enqueue("ingest.customers", batch):
                self.add(batch)
                await asyncio.sleep(SWEEP_SECONDS)  # the queue is away

    async def _sweep(self) -> None:
        while True:
            try:
                now = self.clock()
                self.add(await journal.due_customers(now, SWEEP_LIMIT))
                if await references.due_references(now) and not await self._waits_already("references"):
                    await self._enqueue("references.load", [])
                if taught := await corrections.due_corrections(now):
                    for first in range(0, len(taught.cited), MOST_READ_AGAIN):  # the notes that somebody looks at
                        await self._enqueue("ingest.reread", taught.cited[first : first + MOST_READ_AGAIN])
                    await self._enqueue("corrections.reread", [])
                if due := await suggestions.due_suggestions(now, SWEEP_LIMIT):
                    await self._enqueue("push.suggestions", due)
            except OUTAGES as error:
                log.warning("sweep_failed", error=str(error))
            await asyncio.sleep(SWEEP_SECONDS)

    async def _until_there_is_room(self) -> None:
        with contextlib.suppress(RedisError):
            while await self.redis.llen("ingest") >= MOST_IN_THE_QUEUE:
                await asyncio.sleep(LOOK_SECONDS)

    async def _waits_already(self, queue: str) -> bool:
        with contextlib.suppress(RedisError):
            return bool(await self.redis.llen(queue))
        return False

    async def _enqueue(self, task: str, ids: Sequence[str]) -> bool:
        try:
            await asyncio.to_thread(self.queue.send_task, task, args=[list(ids)])
        except (OperationalError, RedisError) as error:
            log.warning("enqueue_failed", task=task, n=len(ids), error=str(error))
            return False
        return True


async def relay(settings: Settings) -> None:
    """Open the stores and relay until SIGTERM or SIGINT."""
    await open_documents(settings)
    async with Redis.from_url(settings.redis_url, socket_timeout=2, socket_connect_timeout=2) as redis:
        work = asyncio.create_task(Relay(app, redis).run())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, work.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await work


def main() -> None:
    """Run the relay of this instance."""
    settings = Settings.from_environment()
    configure_logs(settings)
    count_tasks(settings.redis_url)
    asyncio.run(relay(settings))
