"""Queue `erasures`: what was begun is finished, and looked after until nobody can bring anything back."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from celery import Task

from backend.actions.erase_customer import Reach, settle_erasures
from backend.actions.erase_quiet import erase_quiet
from backend.documents.erasures import unsettled_erasures
from backend.documents.sync_log import prune_erased
from backend.domain.clock import utc_now
from backend.warehouse.engine import open_async_engine
from workers.app import app
from workers.failures import guard
from workers.runtime import Runtime, runtime


@app.task(name="erasures.settle", bind=True)
def settle(task: Task) -> None:
    """Make another pass for everybody who was erased within the last minutes."""
    guard(task, [], lambda _: runtime().run(_settle(runtime())))


@app.task(name="erasures.erase_quiet", bind=True)
def forget_the_quiet(task: Task) -> None:
    """Erase some of those who were quiet for longer than the settings keep them."""
    guard(task, [], lambda _: runtime().run(_within_reach(runtime(), erase_quiet)))


async def _settle(parts: Runtime) -> None:
    await prune_erased(utc_now() - timedelta(days=parts.settings.inbox_keep_days))
    if await unsettled_erasures():
        await _within_reach(parts, settle_erasures)


async def _within_reach(parts: Runtime, act: Callable[[Reach], Awaitable[int]]) -> None:
    engine = open_async_engine(parts.settings.warehouse_url, pool_size=1)
    try:
        await act(Reach(parts.settings, engine, utc_now))
    finally:
        await engine.dispose()
