"""Queue `erasures`: what was begun is finished, and looked after until nobody can bring anything back."""

from datetime import timedelta

from celery import Task

from backend.actions.erase_customer import Reach, settle_erasures
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


async def _settle(parts: Runtime) -> None:
    await prune_erased(utc_now() - timedelta(days=parts.settings.inbox_keep_days))
    if not await unsettled_erasures():
        return
    engine = open_async_engine(parts.settings.warehouse_url, pool_size=1)
    try:
        await settle_erasures(Reach(parts.settings, engine, utc_now))
    finally:
        await engine.dispose()
