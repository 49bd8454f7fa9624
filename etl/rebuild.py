"""Rebuild = replay every stored revision into a fresh schema, compare it with the live one, and put it in its place."""

import asyncio
import gc
import multiprocessing
import os
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache

from backend.analytics.logins import renew_logins
from backend.documents.client import open_documents
from backend.documents.corrections import CorrectionMemory
from backend.documents.journal import count_customers, every_customer
from backend.documents.suggestions import every_suggestion
from backend.domain.clock import Clock, utc_now
from backend.domain.errors import ConflictError
from backend.domain.ids import CustomerId
from backend.settings import Settings
from backend.warehouse.engine import Engine, create_schema, open_engine
from backend.warehouse.rollups import fill_rollups
from etl.corrections import load_corrections, reread_for
from etl.load.catalog import read_catalog
from etl.load.catalog_changes import note_catalog_change
from etl.load.checksums import TableDifference, table_differences
from etl.load.schemas import LIVE, count_rows, customers_behind, drop_schema, hold_loading, swap_in, views_on_live
from etl.marts.unmet_demand import refresh_unmet_demand
from etl.mentions import NoteReader
from etl.pipeline import Ingested, load_suggestions, replay, replay_references

BATCH = 500
MANY_CUSTOMERS = 5000
"""From so many customers on, it pays to start further processes."""
_SUGGESTIONS = 2000
_CLOCK_SKEW = timedelta(minutes=1)


@dataclass(slots=True)
class Progress:
    """How far a rebuild has come."""

    n_customers: int
    customers: int = 0
    entries: int = 0
    seconds: float = 0.0

    @property
    def entries_per_second(self) -> float:
        """The rate up to now."""
        return self.entries / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What was replayed, and what differs from the tables that were live."""

    progress: Progress
    n_rows: dict[str, int]
    differences: Sequence[TableDifference] = field(default_factory=tuple)
    swapped: bool = False


async def rebuild(
    settings: Settings,
    *,
    clock: Clock,
    swap: bool,
    processes: int | None = None,
    tell: Callable[[Progress], None] = lambda _: None,
) -> RebuildReport:
    """Rebuild all tables that the documents determine; with `swap` they become the live ones.

    `processes`: how many share the work; None: as many as there are processors, where there is much to do.

    Loading goes on meanwhile: it is held only at the end, while the fresh tables catch up and are compared.
    Notes are read by the catalogue and the reader as they are now, and with the corrections in force now: what was
    read by older ones may be among the differences. Raises ConflictError where views hang on the live tables.
    """
    started_at = clock()
    fresh = f"rebuild_{started_at:%Y%m%d_%H%M%S_%f}"
    memory = CorrectionMemory()
    taught_before = set((await memory.book()).corrections)
    live_engine = open_engine(settings.warehouse_url)
    engine = open_engine(settings.warehouse_url, schema=fresh)
    try:
        if swap:
            _refuse_views(live_engine)
        create_schema(engine, schema=fresh)
        await replay_references(engine, clock=clock)
        progress = await _replay_all(settings, fresh, processes, tell)
        with engine.begin() as connection:
            fill_rollups(connection)
            refresh_unmet_demand(connection, None)
        await _load_suggestions(engine)
        with live_engine.begin() as connection:
            hold_loading(connection)
            await replay_references(engine, clock=clock)
            await _load_suggestions(engine, since=started_at - _CLOCK_SKEW)
            while behind := customers_behind(connection, fresh, BATCH):
                await replay(engine, _reader(engine), behind, clock=clock, memory=memory)
            await load_corrections(engine, memory)
            if taught := set((await memory.book()).corrections) - taught_before:
                await reread_for(engine, _reader(engine), list(taught), memory=memory, clock=clock)
            differences = table_differences(connection, LIVE, fresh)
            n_rows = count_rows(connection, fresh)
            if swap:
                swap_in(connection, fresh, f"{fresh}_retired")
                renew_logins(connection)
                note_catalog_change(connection, loaded_at=clock(), imported_at=clock())
        return RebuildReport(progress, n_rows, differences, swap)
    finally:
        engine.dispose()
        with live_engine.begin() as connection:
            drop_schema(connection, fresh)
            drop_schema(connection, f"{fresh}_retired")
        live_engine.dispose()


async def _replay_all(
    settings: Settings, fresh: str, processes: int | None, tell: Callable[[Progress], None]
) -> Progress:
    progress = Progress(await count_customers())
    if processes is None:
        processes = (os.cpu_count() or 1) if progress.n_customers >= MANY_CUSTOMERS else 1
    started = time.perf_counter()
    async with aclosing(_replayed(settings, fresh, processes)) as batches:
        async for n_customers, n_entries in batches:
            progress.customers += n_customers
            progress.entries += n_entries
            progress.seconds = time.perf_counter() - started
            tell(progress)
    return progress


async def _replayed(settings: Settings, fresh: str, processes: int) -> AsyncGenerator[tuple[int, int]]:
    """Replay all customers batch by batch, here or in further processes; answer customers and entries of each batch."""
    if processes == 1:
        engine = open_engine(settings.warehouse_url, schema=fresh)
        try:
            reader, memory = _reader(engine), CorrectionMemory()
            _hush_collector()
            async for customer_ids in every_customer(BATCH):
                replayed = await replay(engine, reader, customer_ids, clock=utc_now, rollup=False, memory=memory)
                yield _counts(replayed)
                gc.collect()
        finally:
            gc.enable()
            gc.unfreeze()
            engine.dispose()
        return
    waiting: set[asyncio.Future[tuple[int, int]]] = set()
    spawn = multiprocessing.get_context("spawn")  # a forked child would share the parent's connections
    with ProcessPoolExecutor(processes, mp_context=spawn) as pool:
        async for customer_ids in every_customer(BATCH):
            work = asyncio.get_running_loop().run_in_executor(pool, _replay_batch, settings, fresh, customer_ids)
            waiting.add(work)
            if len(waiting) >= 2 * processes:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for finished in done:
                    yield finished.result()
        for rest in asyncio.as_completed(waiting):
            yield await rest


@dataclass(frozen=True)
class _Parts:
    """What a further process opens once."""

    runner: asyncio.Runner
    engine: Engine
    reader: NoteReader
    memory: CorrectionMemory = field(default_factory=CorrectionMemory)


@cache
def _parts(settings: Settings, fresh: str) -> _Parts:
    runner = asyncio.Runner()
    runner.run(open_documents(settings))
    engine = open_engine(settings.warehouse_url, schema=fresh)
    parts = _Parts(runner, engine, _reader(engine))
    _hush_collector()
    return parts


def _hush_collector() -> None:
    """Keep the collector from walking the whole vocabulary while millions of rows come and go: they hold no cycles."""
    gc.freeze()
    gc.disable()


def _replay_batch(settings: Settings, fresh: str, customer_ids: Sequence[CustomerId]) -> tuple[int, int]:
    parts = _parts(settings, fresh)
    work = replay(parts.engine, parts.reader, customer_ids, clock=utc_now, rollup=False, memory=parts.memory)
    replayed = parts.runner.run(work)
    gc.collect()
    return _counts(replayed)


def _counts(replayed: Ingested) -> tuple[int, int]:
    return len(replayed.customers), sum(customer.n_entries for customer in replayed.customers)


async def _load_suggestions(engine: Engine, since: datetime | None = None) -> None:
    async for several in every_suggestion(_SUGGESTIONS, since=since):
        load_suggestions(engine, several)


def _reader(engine: Engine) -> NoteReader:
    with engine.begin() as connection:
        return NoteReader.from_catalog(read_catalog(connection))


def _refuse_views(engine: Engine) -> None:
    with engine.begin() as connection:
        views = views_on_live(connection)
    if views:
        raise ConflictError(f"These views read the tables that would be replaced; drop them first: {', '.join(views)}")
