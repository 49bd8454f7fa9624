"""Queue `corrections`: old notes, read again for what associates have taught or undone."""

from collections.abc import Sequence

from celery import Task

from backend.documents.corrections import mark_corrections_read, pending_corrections
from backend.domain.clock import utc_now
from backend.warehouse.runs import recorded_run
from etl.corrections import load_corrections, reread_pending
from workers.app import app
from workers.failures import guard
from workers.runtime import runtime
from workers.tasks.suggest import suggest_now

BATCH = 50


@app.task(name="corrections.reread", bind=True)
def reread_corrections(task: Task, ids: Sequence[str]) -> None:
    """Read again every note that the waiting corrections may concern, and suggest anew where it made a difference."""
    guard(task, ids, lambda _: _reread())


def _reread() -> None:
    parts = runtime()
    if not parts.run(pending_corrections()):
        return  # an earlier message has done it
    with recorded_run(parts.engine, "corrections.reread", utc_now) as run:
        version = parts.run(load_corrections(parts.engine, parts.memory))
        changed = parts.run(reread_pending(parts.engine, parts.reader(), parts.memory, clock=utc_now))
        for first in range(0, len(changed), BATCH):
            suggest_now(changed[first : first + BATCH], {})
        parts.run(mark_corrections_read(version))
        run.n_rows = len(changed)
