"""A correction sets the workers going: the note in hand first, then all others."""

import asyncio

import pytest
from redis.asyncio import Redis

from backend.documents.corrections import log_correction, mark_corrections_read
from tests.warehouse.test_corrections import correction
from tests.workers.test_relay import RecordingQueue, running
from workers.relay import Relay

pytestmark = pytest.mark.usefixtures("documents")


async def sent(queue: RecordingQueue, n: int) -> list[tuple[str, list[str]]]:
    async with asyncio.timeout(10):
        while len(queue.sent) < n:
            await asyncio.sleep(0.01)
    return queue.sent


async def test_the_sweep_sends_the_customer_of_the_note_and_then_for_the_others(redis: Redis) -> None:
    queue = RecordingQueue()
    await log_correction(correction())
    async with running(Relay(queue, redis)):
        assert await sent(queue, 2) == [("ingest.reread", ["c1"]), ("corrections.reread", [])]


async def test_a_correction_without_a_note_is_for_the_background_alone(redis: Redis) -> None:
    queue = RecordingQueue()
    await log_correction(correction(cited=None))
    async with running(Relay(queue, redis)):
        assert await sent(queue, 1) == [("corrections.reread", [])]


async def test_what_was_read_again_is_not_sent_again(redis: Redis) -> None:
    queue = RecordingQueue()
    await mark_corrections_read((await log_correction(correction())).version)
    async with running(Relay(queue, redis)):
        await asyncio.sleep(1.5)  # a sweep and a half
    assert queue.sent == []
