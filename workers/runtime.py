"""What a worker process opens once: its event loop, the stores, the note reader."""

import asyncio
import gc
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from backend.documents.client import open_documents
from backend.documents.corrections import CorrectionMemory
from backend.documents.outages import OUTAGES as DOCUMENT_OUTAGES
from backend.domain.clock import utc_now
from backend.domain.errors import UnavailableError
from backend.domain.ids import CustomerId
from backend.logs import configure_logs
from backend.settings import Settings
from backend.warehouse.engine import Engine, create_schema, open_engine, reading
from backend.warehouse.outages import OUTAGES as WAREHOUSE_OUTAGES
from etl.load.catalog import catalog_version, has_more_than
from etl.mentions.reader import NoteReader
from etl.pipeline import reread
from workers.catalog import CompiledCatalog, compile_catalog

T = TypeVar("T")
OUTAGES: tuple[type[Exception], ...] = (
    UnavailableError,
    RedisConnectionError,
    *DOCUMENT_OUTAGES,
    *WAREHOUSE_OUTAGES,
)
"""What means that a store is away: worth waiting for, nobody's fault."""
COMPILED_AT_ONCE = 3_000
"""So many products a worker compiles between two notes: it takes a few hundredths of a second."""


@dataclass
class Runtime:
    """The open stores of this process, and the loop on which its coroutines run one after another."""

    settings: Settings
    engine: Engine
    redis: Redis
    runner: asyncio.Runner
    memory: CorrectionMemory = field(default_factory=CorrectionMemory, init=False)
    inherited: CompiledCatalog | None = None
    """What the nursery compiled before it forked this process."""
    _compiled: CompiledCatalog | None = field(default=None, init=False)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run one coroutine to its end."""
        return self.runner.run(work)

    def compiled(self) -> CompiledCatalog:
        """Answer the reader of the catalogue of now. One that takes long to compile comes by the next generation."""
        known = self._compiled or self.inherited
        with reading(self.engine) as connection:
            if known is not None and known.version == catalog_version(connection):
                return known
            takes_long = self.inherited is not None and has_more_than(connection, COMPILED_AT_ONCE)
        if known is None or not takes_long:
            known = self._compiled = compile_catalog(self.engine)
        return known

    def reader(self) -> NoteReader:
        """Answer the note reader of this process."""
        return self.compiled().reader

    def reread(self, customer_ids: Sequence[CustomerId]) -> tuple[CustomerId, ...]:
        """Read these customers' notes again; answer of whom something else is understood now."""
        compiled = self.compiled()
        return self.run(
            reread(
                self.engine,
                compiled.reader,
                customer_ids,
                clock=utc_now,
                memory=self.memory,
                catalog_at=compiled.version,
            )
        )


_inherited: list[CompiledCatalog] = []


def inherit(compiled: CompiledCatalog) -> None:
    """Have this process read notes with what its parent compiled."""
    _inherited[:] = [compiled]


@cache
def runtime() -> Runtime:
    """Open the stores of this process at the first call."""
    settings = Settings.from_environment()
    configure_logs(settings)
    runner = asyncio.Runner()
    runner.run(open_documents(settings))
    engine = open_engine(settings.warehouse_url)
    create_schema(engine)
    return Runtime(settings, engine, Redis.from_url(settings.redis_url), runner, next(iter(_inherited), None))


def warm_up() -> None:
    """Open the stores before the first note waits for them; where one is away, go on without."""
    with suppress(*OUTAGES):
        runtime().reader()
    tame_collector()


def tame_collector() -> None:
    """Take what lives as long as the process out of the collector's sight, and have it look less often.

    Walking the reader's words, and rows that hold no cycles, again and again cost a third of the time of normalising
    (measured).
    """
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
