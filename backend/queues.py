"""The queues between the processes: how much waits in each, since when, and how fast it comes and goes."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

QUEUES = (
    "ingest",
    "suggest",
    "push",
    "history",
    "corrections",
    "references",
    "marts",
    "exports",
    "erasures",
    "quality",
)
SENT_AT = "sent_at"
"""The header of a message that says when it was sent: seconds of the clock."""
RATED_MINUTES = 5
"""Rates are told over so many full minutes."""


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue. Rates are tasks a minute; ages are seconds; None: nothing waits, or it does not get less."""

    name: str
    depth: int
    oldest_seconds: float | None
    in_rate: float
    out_rate: float
    retried: int
    """Tasks sent again within the rated minutes."""
    drain_seconds: float | None


def tally_key(minute: int) -> str:
    """Answer where the tasks of a minute (of the clock) are counted: a hash of `word:queue`."""
    return f"floorbook:tally:{minute}"


async def read_queues(redis: Redis, now: float | None = None) -> list[QueueState] | None:
    """Answer each queue as it stands; None: Redis is away."""
    now = time.time() if now is None else now
    minute = int(now // 60)
    pipeline = redis.pipeline(transaction=False)
    for name in QUEUES:
        pipeline.llen(name)
        pipeline.lindex(name, -1)
    for past in range(1, RATED_MINUTES + 1):
        pipeline.hgetall(tally_key(minute - past))
    try:
        found = await pipeline.execute()
    except (RedisError, OSError):
        return None
    counted: Counter[str] = Counter()
    for tally in found[2 * len(QUEUES) :]:
        counted.update({word.decode(): int(n) for word, n in tally.items()})
    waiting = zip(found[0 : 2 * len(QUEUES) : 2], found[1 : 2 * len(QUEUES) : 2], strict=True)
    return [_state(name, depth, oldest, counted, now) for name, (depth, oldest) in zip(QUEUES, waiting, strict=True)]


def _state(name: str, depth: int, oldest: bytes | None, counted: Mapping[str, int], now: float) -> QueueState:
    in_rate, out_rate = (counted.get(f"{word}:{name}", 0) / RATED_MINUTES for word in ("in", "out"))
    gain = out_rate - in_rate
    drain = depth / gain * 60 if depth and gain > 0 else None
    age = None if oldest is None else _age(oldest, now)
    return QueueState(name, depth, age, in_rate, out_rate, counted.get(f"retried:{name}", 0), drain)


def _age(message: bytes, now: float) -> float | None:
    sent_at = orjson.loads(message).get("headers", {}).get(SENT_AT)
    return None if sent_at is None else max(0.0, now - float(sent_at))
