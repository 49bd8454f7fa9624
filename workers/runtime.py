"""What a worker process opens once: its event loop, the stores, the note reader."""

import asyncio
import gc
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from backend.documents.client import open_documents
from backend.documents.corrections import CorrectionMemory
from backend.documents.outages import OUTAGES as DOCUMENT_OUTAGES
from backend.domain.errors import UnavailableError
from backend.logs import configure_logs
from backend.settings import Settings
from backend.warehouse.engine import Engine, create_schema, open_engine
from backend.warehouse.outages import OUTAGES as WAREHOUSE_OUTAGES
from etl.load.catalog import catalog_version, read_catalog
from etl.mentions.reader import NoteReader

T = TypeVar("T")
OUTAGES: tuple[type[Exception], ...] = (
    UnavailableError,
    RedisConnectionError,
    *DOCUMENT_OUTAGES,
    *WAREHOUSE_OUTAGES,
)
"""What means that a store is away: worth waiting for, nobody's fault."""


@dataclass
class Runtime:
    """The open stores of this process, and the loop on which its coroutines run one after another."""

    settings: Settings
    engine: Engine
    redis: Redis
    runner: asyncio.Runner
    memory: CorrectionMemory = field(default_factory=CorrectionMemory, init=False)
    _reader: NoteReader | None = field(default=None, init=False)
    _catalog_version: str | None = field(default=None, init=False)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run one coroutine to its end."""
        return self.runner.run(work)

    def reader(self) -> NoteReader:
        """Answer the note reader over the catalogue as it is now, compiled anew where that has changed."""
        with self.engine.begin() as connection:
            version = catalog_version(connection)
            if self._reader is None or version != self._catalog_version:
                self._reader = NoteReader.from_catalog(read_catalog(connection))
                self._catalog_version = version
        return self._reader


@cache
def runtime() -> Runtime:
    """Open the stores of this process at the first call."""
    settings = Settings.from_environment()
    configure_logs(settings)
    runner = asyncio.Runner()
    runner.run(open_documents(settings))
    engine = open_engine(settings.warehouse_url)
    create_schema(engine)
    return Runtime(settings, engine, Redis.from_url(settings.redis_url), runner)


def warm_up() -> None:
    """Open the stores and compile the reader before the first note waits for it; where a store is away, go on without.

    What lives as long as the process is taken out of the collector's sight: walking the reader's words again and again
    cost a third of the time of normalising (measured).
    """
    with suppress(*OUTAGES):
        runtime().reader()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
