"""The relay sends what was written, at least once, whatever the queue does."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from kombu.exceptions import OperationalError
from redis.asyncio import Redis

from backend.documents import journal
from backend.documents.entries import Draft
from backend.domain.clock import utc_now
from backend.domain.events import RevisionKind
from backend.domain.ids import CustomerId
from workers.relay import Relay

pytestmark = pytest.mark.usefixtures("documents")


@dataclass
class RecordingQueue:
    """Takes tasks as the broker would, or is away."""

    away: bool = False
    sent: list[tuple[str, list[str]]] = field(default_factory=list)

    def send_task(self, task: str, /, *, args: list[Any]) -> None:
        if self.away:
            raise OperationalError("away")
        self.sent.append((task, args[0]))

    def customers(self) -> list[str]:
        return [customer for task, ids in self.sent if task == "ingest.customers" for customer in ids]


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[None]:
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def write(customer: str, note: str) -> None:
    draft = Draft(
        CustomerId(customer), RevisionKind.NOTE, {"note_id": note, "text": "x"}, b"{}", utc_now(), identity=note
    )
    await journal.append(draft)


async def eventually(queue: RecordingQueue, *customers: str, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not set(customers) <= set(queue.customers()):
            await asyncio.sleep(0.01)


async def test_sends_a_customer_that_wrote(redis: Redis) -> None:
    queue = RecordingQueue()
    async with running(Relay(queue, redis)):
        await asyncio.sleep(0.2)  # the change stream is open
        await write("fama", "n1")
        await eventually(queue, "fama", seconds=2)


async def test_finds_what_was_written_before_it_started(redis: Redis) -> None:
    await write("fama", "n1")
    queue = RecordingQueue()

    def later() -> datetime:
        return utc_now() + timedelta(seconds=10)

    async with running(Relay(queue, redis, clock=later)):
        await eventually(queue, "fama")


async def test_sends_again_what_stays_unread_and_stops_when_it_is_read(redis: Redis) -> None:
    queue = RecordingQueue()
    async with running(Relay(queue, redis)):
        await write("fama", "n1")
        await eventually(queue, "fama")
        queue.sent.clear()  # the message is lost
        await eventually(queue, "fama", seconds=8)
        await journal.mark_read({CustomerId("fama"): 1})
        queue.sent.clear()
        await asyncio.sleep(7)
    assert queue.customers() == []


async def test_holds_what_it_could_not_send_until_the_queue_is_back(redis: Redis) -> None:
    queue = RecordingQueue(away=True)
    async with running(Relay(queue, redis)):
        await asyncio.sleep(0.2)
        for number in range(5):
            await write(f"c{number}", "n1")
        await asyncio.sleep(0.5)
        queue.away = False
        await eventually(queue, *(f"c{number}" for number in range(5)), seconds=3)


async def test_gathers_a_customers_writes_while_workers_are_behind(redis: Redis) -> None:
    queue = RecordingQueue()
    for _ in range(9):
        await redis.rpush("ingest", "a waiting task")
    async with running(Relay(queue, redis)):
        await asyncio.sleep(0.2)
        for number in range(20):
            await write("fama", f"n{number}")
        await write("ada", "n1")
        await asyncio.sleep(0.3)
        assert queue.sent == []
        await redis.delete("ingest")
        await eventually(queue, "fama", "ada", seconds=2)
    assert sorted(queue.sent[0][1]) == ["ada", "fama"], "one task, each customer once"
