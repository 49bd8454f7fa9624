"""Waiting until the workers have read what was imported."""

import asyncio
import time

from rich.progress import Progress

from backend.documents.journal import pending
from backend.documents.references import count_pending_references
from backend.domain.clock import Clock
from cli.errors import CommandError

_PATIENCE_SECONDS = 120.0
_POLL_SECONDS = 0.2


async def wait_until_read(progress: Progress, clock: Clock) -> None:
    """Return when nothing waits to be read; raises CommandError when for two minutes nothing was."""
    task = progress.add_task("into the warehouse", total=None)
    first = left = await _unread(clock)
    changed_at = time.monotonic()
    while left:
        progress.update(task, total=first, completed=max(0, first - left))
        await asyncio.sleep(_POLL_SECONDS)
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
