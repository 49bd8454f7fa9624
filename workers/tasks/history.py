"""Queue `history`: imported customers into the tables, behind everything that somebody waits for."""

from collections.abc import Sequence

from celery import Task

from workers.app import app
from workers.failures import guard
from workers.tasks.ingest import ingest_now


@app.task(name="history.customers", bind=True)
def load_history(task: Task, customer_ids: Sequence[str]) -> None:
    """Bring the tables up to the journal for these customers; each comes once, when all of them was imported."""
    guard(task, customer_ids, ingest_now)
