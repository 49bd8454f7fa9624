"""Count the tasks that come and go, by queue and minute: in this process first, once a second in Redis."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import structlog
from celery.signals import before_task_publish, task_postrun
from redis import Redis
from redis.exceptions import RedisError

from backend.queues import SENT_AT, tally_key

TELL_SECONDS = 1.0
KEEP_SECONDS = 3600

log = structlog.get_logger()


class Tally:
    """What was counted and not told yet. While Redis is away it is kept, and told later."""

    def __init__(self, redis: "Redis", clock: Callable[[], float] = time.time) -> None:
        self._redis, self._clock = redis, clock
        self._counts: Counter[tuple[int, str]] = Counter()
        self._tell_at = 0.0

    def count(self, word: str, queue: str) -> None:
        """Count one task; tell what was counted where a second has passed."""
        now = self._clock()
        self._counts[int(now // 60), f"{word}:{queue}"] += 1
        if now >= self._tell_at:
            self._tell_at = now + TELL_SECONDS
            self.tell()

    def tell(self) -> None:
        """Add what was counted to the minute's hash."""
        counts, self._counts = self._counts, Counter()
        pipeline = self._redis.pipeline(transaction=False)
        for (minute, word), n in counts.items():
            pipeline.hincrby(tally_key(minute), word, n)
        for minute in {minute for minute, _ in counts}:
            pipeline.expire(tally_key(minute), KEEP_SECONDS)
        try:
            pipeline.execute()
        except (RedisError, OSError) as error:
            self._counts.update(counts)
            log.warning("tally_not_told", error=str(error))


def count_tasks(redis_url: str) -> None:
    """Have this process count what it sends and what it does, and stamp what it sends."""
    tally = Tally(Redis.from_url(redis_url, socket_connect_timeout=1, socket_timeout=1))

    def sent(headers: dict[str, Any], routing_key: str, **_: Any) -> None:
        headers[SENT_AT] = round(time.time(), 3)
        tally.count("in", routing_key)
        if headers.get("retries"):
            tally.count("retried", routing_key)

    def done(sender: Any, **_: Any) -> None:
        tally.count("out", sender.name.partition(".")[0])

    before_task_publish.connect(sent, weak=False)
    task_postrun.connect(done, weak=False)
