"""Rebuild = replay every stored revision into a fresh schema, compare it with the live one, and put it in its place."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backend.documents.journal import count_customers, every_customer
from backend.documents.suggestions import every_suggestion
from backend.domain.clock import Clock
from backend.domain.errors import ConflictError
from backend.warehouse.engine import Engine, create_schema, open_engine
from etl.load.catalog import read_catalog
from etl.load.checksums import TableDifference, table_differences
from etl.load.schemas import LIVE, count_rows, customers_behind, drop_schema, hold_loading, swap_in, views_on_live
from etl.mentions import NoteReader
from etl.pipeline import load_suggestions, replay, replay_references

BATCH = 500
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
    url: str, *, clock: Clock, swap: bool, tell: Callable[[Progress], None] = lambda _: None
) -> RebuildReport:
    """Rebuild all tables that the documents determine; with `swap` they become the live ones.

    Loading goes on meanwhile: it is held only at the end, while the fresh tables catch up and are compared.
    Notes are read by the catalogue and the reader as they are now: what was read by older ones may be among the
    differences. Raises ConflictError where views hang on the live tables.
    """
    started_at = clock()
    fresh = f"rebuild_{started_at:%Y%m%d_%H%M%S_%f}"
    live_engine, engine = open_engine(url), open_engine(url, schema=fresh)
    try:
        if swap:
            _refuse_views(live_engine)
        create_schema(engine, schema=fresh)
        await replay_references(engine, clock=clock)
        reader = _reader(engine)
        progress = await _replay_all(engine, reader, clock, tell)
        await _load_suggestions(engine)
        with live_engine.begin() as connection:
            hold_loading(connection)
            await replay_references(engine, clock=clock)
            await _load_suggestions(engine, since=started_at - _CLOCK_SKEW)
            while behind := customers_behind(connection, fresh, BATCH):
                await replay(engine, reader, behind, clock=clock)
            differences = table_differences(connection, LIVE, fresh)
            n_rows = count_rows(connection, fresh)
            if swap:
                swap_in(connection, fresh, f"{fresh}_retired")
        return RebuildReport(progress, n_rows, differences, swap)
    finally:
        engine.dispose()
        with live_engine.begin() as connection:
            drop_schema(connection, fresh)
            drop_schema(connection, f"{fresh}_retired")
        live_engine.dispose()


async def _replay_all(engine: Engine, reader: NoteReader, clock: Clock, tell: Callable[[Progress], None]) -> Progress:
    progress = Progress(await count_customers())
    started = time.perf_counter()
    async for customer_ids in every_customer(BATCH):
        replayed = await replay(engine, reader, customer_ids, clock=clock)
        progress.customers += len(replayed.customers)
        progress.entries += sum(customer.n_entries for customer in replayed.customers)
        progress.seconds = time.perf_counter() - started
        tell(progress)
    return progress


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
