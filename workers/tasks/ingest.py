"""Queue `ingest`: from the journal into the tables."""

from collections.abc import Sequence

from celery import Task

from backend.domain.clock import utc_now
from backend.domain.ids import CustomerId
from etl.pipeline import Ingested, ingest
from workers.app import app
from workers.failures import guard
from workers.runtime import runtime


@app.task(name="ingest.customers", bind=True)
def ingest_customers(task: Task, customer_ids: Sequence[str]) -> None:
    """Bring the tables up to the journal for these customers, and ask for their suggestions."""
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
            announce=_ask_for_suggestions,
            memory=parts.memory,
            catalog_at=compiled.version,
        )
    )


def _reread(customer_ids: Sequence[str]) -> None:
    parts = runtime()
    ids = [CustomerId(customer_id) for customer_id in customer_ids]
    if changed := parts.reread(ids):
        app.send_task("suggest.customers", args=[list(changed), {}])


def _ask_for_suggestions(ingested: Ingested) -> None:
    """Send on the customers for whom somebody posted; imported history asks for nothing by itself."""
    if ingested.live:
        app.send_task("suggest.customers", args=[list(ingested.live), ingested.traces])
