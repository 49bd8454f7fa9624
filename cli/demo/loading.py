"""The sample store into an instance: generated, imported like anybody's files, read by the workers."""

import asyncio
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from rich.progress import Progress

from backend.documents.journal import count_customers
from backend.documents.references import read_references
from backend.domain.clock import utc_now
from backend.settings import Settings
from backend.warehouse.engine import open_engine, transaction
from cli.importing.drain import wait_until_in_use, wait_until_read
from cli.importing.handover import Handover, TaskQueue
from cli.importing.load import Import, load
from cli.importing.rejects import Rejects
from cli.importing.shapes import SHAPES
from cli.importing.source import open_source
from etl.marts.affinity import refresh_affinity
from sample_store import SampleStore, generate
from workers.app import app_of

_REFERENCES = ("products", "channels")
"""Loaded before anything is read against them."""
_LIVES = ("customers", "orders", "notes")
_AT_ONCE = 1_000


async def load_sample_store(settings: Settings, *, scale: float, report: Callable[[str], None], seed: int = 1) -> None:
    """Load the sample store unless it is there; returns when every row is in the warehouse and the marts are fresh.

    `scale` 1.0 is 20,000 customers with about 80,000 orders and 40,000 notes.
    """
    now = utc_now()
    store = generate(seed=seed, scale=scale, until=now.date())
    if await count_customers() >= store.n_customers and await read_references("product"):
        report("the sample store is there already")
        return
    with tempfile.TemporaryDirectory() as folder, Progress(transient=True) as progress:
        await _import(store.write(Path(folder), "jsonl", _REFERENCES), None)
        await wait_until_read(progress, utc_now)
        await wait_until_in_use(settings)
        await _import_lives(store, Path(folder), app_of(settings), progress)
        await wait_until_read(progress, utc_now)
    await asyncio.to_thread(_refresh, settings.warehouse_url, utc_now())
    app_of(settings).send_task("marts.suggest_for_recent_notes")
    report(f"the sample store is loaded: {store.n_customers:,} customers, {(utc_now() - now).total_seconds():.0f} s")


async def _import_lives(store: SampleStore, folder: Path, queue: TaskQueue, progress: Progress) -> None:
    """Import some customers at a time with all that is theirs: workers read them while the next ones are made."""
    task = progress.add_task("customers", total=store.n_customers)
    for first in range(1, store.n_customers + 1, _AT_ONCE):
        numbers = range(first, min(first + _AT_ONCE, store.n_customers + 1))
        handover = Handover(queue, utc_now)
        await _import(await asyncio.to_thread(store.write, folder, "jsonl", _LIVES, numbers), handover)
        await handover.send()
        progress.advance(task, len(numbers))


async def _import(files: dict[str, Path], handover: Handover | None) -> None:
    for kind, path in files.items():
        with Rejects(None) as rejects:
            await load(Import(SHAPES[kind], utc_now, handover=handover), [open_source(path, "utf-8", {})], rejects)


def _refresh(warehouse_url: str, now: datetime) -> None:
    engine = open_engine(warehouse_url)
    with transaction(engine) as connection:
        refresh_affinity(connection, now)
    engine.dispose()
