"""What each stage of a note's way costs: done here, one stage after another, while the relay is held.

The stages are the workers' own functions. Our process stands for the worker; what the servers used meanwhile is told
from their own counts.
"""

import asyncio
import os
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from redis.asyncio import Redis

from backend.domain.clock import utc_now
from backend.domain.ids import CustomerId
from backend.domain.mentions import NoteContext, NoteReading
from backend.settings import Settings
from backend.warehouse.engine import open_engine
from cli.bench.costs import LEAST_MS, cpu_milliseconds
from cli.bench.poster import post_notes
from cli.bench.results import Level
from cli.fleet_crew import find_crew, find_products
from cli.instance import issuer_key, read_urls
from etl.mentions.reader import NoteReader
from etl.normalize.state import ResolvedName
from etl.pipeline import Ingested, ingest
from workers.catalog import compile_catalog
from workers.runtime import Runtime
from workers.tasks.push import push
from workers.tasks.suggest import renew

T = TypeVar("T")
BATCHES = (1, 20, 100)
N_NOTES = 400
_SERVERS = ("api", "mongo", "warehouse", "redis")


@dataclass(slots=True)
class _TimedReader:
    """The note reader, and how long it has read (seconds of the processor)."""

    reader: NoteReader
    seconds: float = 0.0

    @property
    def version(self) -> str:
        """The reader's."""
        return self.reader.version

    def resolve_name(self, name: str) -> ResolvedName | None:
        """Resolve a product's name."""
        return self.reader.resolve_name(name)

    def read_many(self, notes: Iterable[tuple[str, date, NoteContext]]) -> Sequence[NoteReading]:
        """Read notes, and count the time."""
        began = time.process_time()
        found = self.reader.read_many(notes)
        self.seconds += time.process_time() - began
        return found


@dataclass(slots=True)
class _Stages:
    """Milliseconds by stage and process."""

    data: Path
    spent: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))

    async def measure(self, stage: str, work: Coroutine[Any, Any, T]) -> T:
        """Do the work of a stage, and count what it costs us and the servers."""
        before, began = cpu_milliseconds(self.data), time.process_time()
        done = await work
        own, after = 1000 * (time.process_time() - began), cpu_milliseconds(self.data)
        self.spent[stage]["worker" if stage != "accept" else "(client)"] += own
        for part in _SERVERS:
            self.spent[stage][part] += after[part] - before[part]
        return done


async def measure_stages(data: Path, settings: Settings) -> list[Level]:
    """Take notes along their way in batches of 1, 20 and 100 customers; answer milliseconds a note by stage."""
    engine = open_engine(settings.warehouse_url)
    reader = _TimedReader(compile_catalog(engine).reader)
    with _held(read_urls(data).pids["relay"]):
        async with Redis.from_url(settings.redis_url) as redis:
            parts = Runtime(settings, engine, redis, asyncio.Runner())
            found = [level for size in BATCHES for level in await _in_batches(data, parts, reader, size)]
    engine.dispose()
    return found


async def _in_batches(data: Path, parts: Runtime, reader: _TimedReader, size: int) -> list[Level]:
    stages = _Stages(data)
    crew, products = await find_crew(issuer_key(data), 50, 8), await find_products()
    n = N_NOTES if size > 1 else N_NOTES // 4
    posted = await stages.measure("accept", post_notes(read_urls(data).api, crew, products, max(1, n // len(crew))))
    ids = [CustomerId(customer_id) for customer_id in posted.customers]
    reader.seconds = 0.0
    for first in range(0, len(ids), size):
        told: list[Ingested] = []
        await stages.measure("load", _load(parts, reader, ids[first : first + size], told.append))
        changed = await stages.measure("suggest", renew(parts, told[0].live, told[0].traces))
        await stages.measure("push", push(parts, changed))
    stages.spent["read"] = {"worker": 1000 * reader.seconds}
    stages.spent["load"]["worker"] -= 1000 * reader.seconds
    return [_level(f"batches of {size}: {stage}", stages.spent[stage], posted.n) for stage in _IN_ORDER]


_IN_ORDER = ("accept", "read", "load", "suggest", "push")


async def _load(
    parts: Runtime, reader: _TimedReader, ids: Sequence[CustomerId], tell: Callable[[Ingested], None]
) -> None:
    async def announce(ingested: Ingested) -> None:
        tell(ingested)

    await ingest(parts.engine, reader, ids, clock=utc_now, announce=announce, memory=parts.memory)


def _level(what: str, by_part: dict[str, float], n: int) -> Level:
    total = sum(ms for part, ms in by_part.items() if part != "(client)")
    shares = ", ".join(f"{part} {ms / n:.2f}" for part, ms in by_part.items() if ms / n >= LEAST_MS)
    return Level(f"{what}, CPU a note", f"{total / n:.2f} ms: {shares}")


@contextmanager
def _held(pid: int) -> Iterator[None]:
    """Stop the relay, so that nobody but us reads what is posted."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
