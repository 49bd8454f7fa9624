"""Queue `exports`: files that somebody asked for."""

from collections.abc import Sequence

from celery import Task

from backend.analytics.export_runs import due_exports, forget_old_files, run_export
from backend.domain.clock import utc_now
from workers.app import app
from workers.failures import guard
from workers.runtime import runtime


@app.task(name="exports.find")
def find_exports() -> None:
    """Start what was asked for, and forget the files of yesterday. The API can't enqueue: it writes the job down."""
    parts = runtime()
    for job_id in due_exports(parts.engine, utc_now):
        app.send_task("exports.run", args=[[job_id]])
    forget_old_files(parts.engine, parts.settings, utc_now)


@app.task(name="exports.run", bind=True)
def run_exports(task: Task, job_ids: Sequence[str]) -> None:
    """Write these files; a job that another worker took is left to it."""
    guard(task, job_ids, _run)


def _run(job_ids: Sequence[str]) -> None:
    parts = runtime()
    for job_id in job_ids:
        run_export(parts.engine, parts.settings, job_id, utc_now)
