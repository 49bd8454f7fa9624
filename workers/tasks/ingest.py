"""Queue `ingest`: from the journal into the tables, and on to the phone."""

from collections.abc import Sequence

import structlog
from celery import Task

from backend.domain.clock import utc_now
from backend.domain.ids import CustomerId
from etl.pipeline import Ingested, ingest
from workers.app import app
from workers.failures import guard
from workers.runtime import runtime
from workers.tasks.push import push
from workers.tasks.suggest import renew

log = structlog.get_logger()


@app.task(name="ingest.customers", bind=True)
def ingest_customers(task: Task, customer_ids: Sequence[str]) -> None:
    """Bring the tables up to the journal for these customers, and push their suggestions."""
    guard(task, customer_ids, ingest_now)


@app.task(name="ingest.reread", bind=True)
def reread_customers(task: Task, customer_ids: Sequence[str]) -> None:
    """Read the notes of these customers again, and ask for their suggestions where that made a difference."""
    guard(task, customer_ids, _reread)


def ingest_now(customer_ids: Sequence[str]) -> None:
    """Bring the tables up to the journal, and ask for the suggestions of those for whom somebody posted."""
    parts = runtime()
    ids = [CustomerId(customer_id) for customer_id in customer_ids]
    compiled = parts.compiled()
    parts.run(
        ingest(
            parts.engine,
            compiled.reader,
            ids,
            clock=utc_now,
            announce=_see_through,
            memory=parts.memory,
            catalog_at=compiled.version,
        )
    )


def _reread(customer_ids: Sequence[str]) -> None:
    parts = runtime()
    ids = [CustomerId(customer_id) for customer_id in customer_ids]
    if changed := parts.reread(ids):
        app.send_task("suggest.customers", args=[list(changed), {}])


async def _see_through(ingested: Ingested) -> None:
    """Make and push what the news asks for, in this very run: a message for each step costs more than the steps.

    Imported history asks for nothing by itself. Where this fails, a task of its own tries again and takes the batch
    apart, so that one customer's trouble is no other's.
    """
    if not ingested.live:
        return
    parts = runtime()
    try:
        if changed := await renew(parts, ingested.live, ingested.traces):
            await push(parts, changed)
    except Exception:  # whatever it is: the task that follows meets it again, and tells it
        log.exception("not_suggested_at_once", n=len(ingested.live))
        app.send_task("suggest.customers", args=[list(ingested.live), ingested.traces])
