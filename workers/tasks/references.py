"""Queue `references`: products and channels into the tables, and what was read by an old catalogue, read again.

In the slow lane: a hundred thousand products take seconds to load, and no note must wait for them.
"""

from collections.abc import Sequence

import structlog
from celery import Task

from backend.documents.references import count_pending_references
from backend.domain.clock import utc_now
from backend.domain.ids import CustomerId
from backend.warehouse.engine import transaction
from backend.warehouse.runs import recorded_run
from etl.load.catalog_changes import is_unsettled, read_late, settle
from etl.pipeline import load_references
from workers.app import app
from workers.failures import guard
from workers.runtime import runtime
from workers.tasks.suggest import suggest_now

AT_ONCE = 1
"""Customers read again in one transaction: their next notes wait for its end, and this lane stands back for others."""
MOST_IN_A_RUN = 2_000

log = structlog.get_logger()


@app.task(name="references.load", bind=True)
def load(task: Task, ids: Sequence[str]) -> None:
    """Bring products and channels up to what was imported, and ask for what depends on the catalogue."""
    guard(task, ids, lambda _: _load())


def _load() -> None:
    parts = runtime()
    if not parts.run(count_pending_references()):
        return  # an earlier message has done it
    with recorded_run(parts.engine, "references.load", utc_now) as run:
        run.n_rows = parts.run(load_references(parts.engine))
    app.send_task("marts.refresh_unmet_demand")  # a hint: the schedule comes by anyway


@app.task(name="references.reread_late", bind=True)
def reread_late(task: Task) -> None:
    """Read again, with the catalogue of now, what was read by an older one after a newer had been loaded."""
    guard(task, [], lambda _: _reread_late())


def _reread_late() -> None:
    parts = runtime()
    with transaction(parts.engine) as connection:
        late = read_late(connection, MOST_IN_A_RUN) if is_unsettled(connection) else []
        if not late:
            settle(connection, utc_now())
            return
    with recorded_run(parts.engine, "references.reread_late", utc_now) as run:
        run.n_rows = sum(_reread(late[first : first + AT_ONCE]) for first in range(0, len(late), AT_ONCE))


@app.task(name="references.reread", bind=True)
def reread(task: Task, customer_ids: Sequence[str]) -> None:
    """Read these customers' notes again: an operator has seen what changes, and wants it so."""
    guard(task, customer_ids, _reread_asked)


def _reread_asked(customer_ids: Sequence[str]) -> None:
    ids = [CustomerId(customer_id) for customer_id in customer_ids]
    with recorded_run(runtime().engine, "references.reread", utc_now) as run:
        run.n_rows = sum(_reread(ids[first : first + AT_ONCE]) for first in range(0, len(ids), AT_ONCE))


def _reread(customer_ids: Sequence[CustomerId]) -> int:
    changed = runtime().reread(customer_ids)
    if changed:
        suggest_now(changed, {})
        log.info("read_again", n=len(customer_ids), n_changed=len(changed))
    return len(changed)
