"""What is counted in a process stands in Redis a second later, and is read as rates; an outage loses no count."""

from datetime import UTC, datetime

from redis import Redis as BlockingRedis
from redis.asyncio import Redis

from backend.queues import QUEUES, read_queues
from backend.settings import Settings
from cli.servers.ports import free_port
from workers.app import app_of
from workers.tally import Tally

NOW = datetime(2026, 11, 22, 9, 0, 30, tzinfo=UTC).timestamp()


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


async def test_rates_are_those_of_the_last_full_minutes(settings: Settings, redis: Redis) -> None:
    clock = Clock(NOW - 60)
    tally = Tally(BlockingRedis.from_url(settings.redis_url), clock)
    for number in range(30):
        tally.count("in", "marts")
        if number % 3 == 0:
            tally.count("out", "marts")
    clock.now = NOW  # a minute that is not over counts for nothing yet
    tally.count("out", "marts")
    tally.tell()
    queues = {queue.name: queue for queue in await read_queues(redis, NOW) or ()}
    assert tuple(queues) == QUEUES
    assert (queues["marts"].in_rate, queues["marts"].out_rate, queues["marts"].drain_seconds) == (6, 2, None)
    assert await redis.ttl(f"floorbook:tally:{int(NOW // 60)}") > 0


async def test_a_waiting_message_says_since_when(settings: Settings, redis: Redis) -> None:
    celery = app_of(settings)
    with celery.connection_for_write() as connection:
        for sent_at in (NOW - 40, NOW - 10):
            celery.send_task("marts.refresh_spikes", connection=connection, headers={"sent_at": sent_at})
    queues = {queue.name: queue for queue in await read_queues(redis, NOW) or ()}
    assert (queues["marts"].depth, queues["marts"].oldest_seconds) == (2, 40)
    assert (queues["push"].depth, queues["push"].oldest_seconds) == (0, None)


async def test_without_redis_counts_are_kept_and_queues_are_unknown(settings: Settings, redis: Redis) -> None:
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    tally = Tally(BlockingRedis.from_url(nowhere, socket_connect_timeout=0.2), Clock(NOW - 60))
    tally.count("in", "push")
    async with Redis.from_url(nowhere, socket_connect_timeout=0.2) as away:
        assert await read_queues(away, NOW) is None
    tally._redis = BlockingRedis.from_url(settings.redis_url)
    tally.tell()
    queues = {queue.name: queue for queue in await read_queues(redis, NOW) or ()}
    assert queues["push"].in_rate == 0.2
