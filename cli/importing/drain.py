"""Waiting until the workers have read what was imported."""

import asyncio
import time

from rich.progress import Progress

from backend.documents.journal import pending
from backend.documents.references import count_pending_references
from backend.domain.clock import Clock
from backend.settings import Settings
from backend.warehouse.engine import Engine, open_engine, transaction
from cli.errors import CommandError
from etl.load.catalog_changes import awaits_use

_PATIENCE_SECONDS = 120.0
_COMPILED_WITHIN_SECONDS = 300.0
_POLL_SECONDS = 0.2
_MANY = 5_000


async def wait_until_read(progress: Progress, clock: Clock) -> None:
    """Return when nothing waits to be read; raises CommandError when for two minutes nothing was."""
    task = progress.add_task("into the warehouse", total=None)
    first = left = await _unread(clock)
    changed_at = time.monotonic()
    while left:
        progress.update(task, total=first, completed=max(0, first - left))
        await asyncio.sleep(
            _POLL_SECONDS if left < _MANY else _POLL_SECONDS * 5
        )  # counting many costs the workers time
        now_left = await _unread(clock)
        if now_left != left:
            left, changed_at = now_left, time.monotonic()
        elif time.monotonic() - changed_at > _PATIENCE_SECONDS:
            raise CommandError(
                f"{left:,} entries are stored and still unread: are the workers up? See `floorbook doctor`"
            )
    progress.update(task, total=max(1, first), completed=max(1, first))


async def _unread(clock: Clock) -> int:
    entries, _ = await pending(clock())
    return entries + await count_pending_references()


async def wait_until_in_use(settings: Settings) -> None:
    """Return when notes are read with the catalogue as it was loaded last; raises CommandError where none are."""
    engine = open_engine(settings.warehouse_url, pool_size=1)
    try:
        deadline = time.monotonic() + _COMPILED_WITHIN_SECONDS
        while await asyncio.to_thread(_awaits_use, engine):
            if time.monotonic() > deadline:
                raise CommandError("the products are loaded, and no worker uses them: see `floorbook doctor`")
            await asyncio.sleep(_POLL_SECONDS)
    finally:
        engine.dispose()


def _awaits_use(engine: Engine) -> bool:
    with transaction(engine) as connection:
        return awaits_use(connection)
