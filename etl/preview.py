"""What another reader or catalogue would change in the readings of all stored notes. Nothing is written.

Each customer's journal is folded from its beginning, as far as the tables are, and the notes are read as at ingestion:
with the day of writing, what the customer had at that revision, and the corrections in force. What comes out is
compared with what the tables say.
"""

import asyncio
import gc
import multiprocessing
import os
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field

from backend.documents.client import open_documents
from backend.documents.corrections import CorrectionMemory
from backend.documents.journal import count_customers, entries_after, every_customer
from backend.domain.ids import CustomerId
from backend.domain.products import CatalogProduct
from backend.settings import Settings
from backend.warehouse.engine import Engine, open_engine, transaction
from etl.load.catalog import read_catalog
from etl.load.readings import read_readings
from etl.mentions import NoteReader
from etl.normalize.fold import fold
from etl.normalize.note_rows import read_notes
from etl.normalize.products import RememberedNames
from etl.normalize.reading_changes import Compared, ReadingChange, compare_readings
from etl.normalize.reading_tally import ReadingTally
from etl.normalize.state import CustomerState

BATCH = 200
MANY_CUSTOMERS = 2000
"""From so many customers on, it pays to start further processes."""


@dataclass(slots=True)
class Preview:
    """What would change, and by whom it was read."""

    version: str
    names: dict[str, str]
    """The products' names by their ids."""
    tally: ReadingTally
    n_expected: int = 0
    n_walked: int = 0
    seconds: float = 0.0

    @property
    def notes_per_second(self) -> float:
        """The rate up to now."""
        return self.tally.n_notes / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Watch:
    """Who looks on: `tell` after each batch, `keep` for each change, in order of customers."""

    tell: Callable[[Preview], None] = field(default=lambda _: None)
    keep: Callable[[ReadingChange], None] = field(default=lambda _: None)


async def preview_readings(
    settings: Settings,
    *,
    proposed: Sequence[CatalogProduct] = (),
    processes: int | None = None,
    n_samples: int = 2,
    watch: Watch | None = None,
) -> Preview:
    """Read all stored notes again with the reader of this code, and answer what differs from what is stored.

    `proposed`: products as they would be imported, over those of the catalogue in use; the others stay.
    `processes`: how many share the work; None: as many as there are processors, where there is much to do.
    """
    watch = watch or Watch()
    engine = open_engine(settings.warehouse_url)
    try:
        with transaction(engine) as connection:
            catalog = {product.product_id: product for product in read_catalog(connection)}
    finally:
        engine.dispose()
    catalog |= {product.product_id: product for product in proposed}
    names = {str(id_): product.name for id_, product in catalog.items()}
    done = Preview(NoteReader.version, names, ReadingTally(n_samples), await count_customers())
    if processes is None:
        processes = (os.cpu_count() or 1) if done.n_expected >= MANY_CUSTOMERS else 1
    started = time.perf_counter()
    async with aclosing(_compared(settings, list(catalog.values()), processes)) as batches:
        async for n_customers, several in batches:
            for compared in several:
                done.tally.add(compared)
                for change in compared.changes:
                    watch.keep(change)
            done.n_walked += n_customers
            done.seconds = time.perf_counter() - started
            watch.tell(done)
    return done


@dataclass(frozen=True)
class _Parts:
    """What a process opens once."""

    engine: Engine
    reader: NoteReader
    memory: CorrectionMemory = field(default_factory=CorrectionMemory)


async def compare_stored(parts: _Parts, customer_ids: Sequence[CustomerId]) -> list[Compared]:
    """Read the notes of these customers again, and compare; those that no worker has loaded yet are left out."""
    with transaction(parts.engine) as connection:
        stored = read_readings(connection, customer_ids)
    entries, book = await asyncio.gather(entries_after({state.customer_id: 0 for state in stored}), parts.memory.book())
    stored = [state for state in stored if entries[state.customer_id]]  # the others were erased meanwhile
    names = RememberedNames(parts.reader)
    fresh = [
        fold(
            CustomerState(state.customer_id),
            (entry for entry in entries[state.customer_id] if entry.revision <= state.revision),
            names,
        )
        for state in stored
    ]
    read_notes(fresh, parts.reader, book)
    return [compare_readings(old, new) for old, new in zip(stored, fresh, strict=True)]


async def _compared(
    settings: Settings, catalog: list[CatalogProduct], processes: int
) -> AsyncGenerator[tuple[int, list[Compared]]]:
    """Compare batch by batch, here or in further processes; answer in order, and never hold more than a few batches."""
    if processes == 1:
        parts = _open_parts(settings, catalog)
        try:
            async for customer_ids in every_customer(BATCH):
                yield len(customer_ids), await compare_stored(parts, customer_ids)
        finally:
            parts.engine.dispose()
        return
    waiting: deque[tuple[int, asyncio.Future[list[Compared]]]] = deque()
    spawn = multiprocessing.get_context("spawn")  # a forked child would share the parent's connections
    with ProcessPoolExecutor(processes, spawn, _open_process, (settings, catalog)) as pool:
        async for customer_ids in every_customer(BATCH):
            work = asyncio.get_running_loop().run_in_executor(pool, _compare_batch, customer_ids)
            waiting.append((len(customer_ids), work))
            if len(waiting) >= 3 * processes:
                n_customers, oldest = waiting.popleft()
                yield n_customers, await oldest
        for n_customers, rest in waiting:
            yield n_customers, await rest


def _open_parts(settings: Settings, catalog: Sequence[CatalogProduct]) -> _Parts:
    return _Parts(open_engine(settings.warehouse_url), NoteReader.from_catalog(catalog))


_OPENED: list[tuple[asyncio.Runner, _Parts]] = []
"""What this process has opened, where it is one of several."""


def _open_process(settings: Settings, catalog: Sequence[CatalogProduct]) -> None:
    runner = asyncio.Runner()
    runner.run(open_documents(settings))
    _OPENED.append((runner, _open_parts(settings, catalog)))
    gc.freeze()  # the vocabulary is never garbage; going through it takes longest


def _compare_batch(customer_ids: Sequence[CustomerId]) -> list[Compared]:
    ((runner, parts),) = _OPENED
    return runner.run(compare_stored(parts, customer_ids))
