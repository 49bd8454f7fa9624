"""What becomes of a task that failed: an outage is waited out, a batch is taken apart, poison is buried and named."""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from celery import Task

from backend.documents import dead_letters
from backend.domain.clock import utc_now
from backend.domain.ids import CustomerId
from workers.runtime import OUTAGES, runtime

MOST_RETRIES = 4
LONGEST_WAIT_SECONDS = 30

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DeadLetterDraft:
    """A task that is given up, and why."""

    task: str
    ids: tuple[str, ...]
    error: Exception
    attempts: int


def _bury(draft: DeadLetterDraft) -> None:
    of_customers = draft.ids and draft.task.endswith(".customers")
    runtime().run(
        dead_letters.bury(
            queue=draft.task.partition(".")[0],
            task=draft.task,
            customer_id=CustomerId(draft.ids[0]) if of_customers else None,
            arguments={"ids": list(draft.ids)},
            error=f"{type(draft.error).__name__}: {draft.error}",
            traceback="".join(traceback.format_exception(draft.error)),
            attempts=draft.attempts,
            now=utc_now(),
        )
    )


def guard(
    task: Task,
    ids: Sequence[str],
    work: Callable[[Sequence[str]], object],
    *,
    bury: Callable[[DeadLetterDraft], None] = _bury,
) -> None:
    """Do `work` for these ids; every failure ends in another try or in a dead letter, never in silence.

    While a store is away the task comes again each second, however long that is. Anything else is the fault of one
    id: the batch is sent again one by one, and the one that fails alone is retried with exponential back-off, then
    buried. Of the task's arguments the first is the ids; the others go along.
    """
    others = list(task.request.args[1:])
    try:
        work(ids)
    except OUTAGES as error:
        log.warning("outage", task=task.name, n=len(ids), error=str(error))
        task.apply_async(args=[list(ids), *others], countdown=1, retries=task.request.retries)
    except Exception as error:
        log.exception("task_failed", task=task.name, n=len(ids), retries=task.request.retries)
        if len(ids) > 1:
            for one in ids:
                task.apply_async(args=[[one], *others])
            return
        if task.request.retries < MOST_RETRIES:
            wait = min(LONGEST_WAIT_SECONDS, 2**task.request.retries)
            raise task.retry(exc=error, countdown=wait, max_retries=MOST_RETRIES) from error
        bury(DeadLetterDraft(task.name, tuple(ids), error, task.request.retries + 1))
        raise
