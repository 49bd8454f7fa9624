"""What becomes of a task that failed: an outage is waited out, a batch is taken apart, poison is buried and named."""

import traceback
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from celery import Task
from redis.exceptions import ConnectionError as RedisConnectionError

from backend.documents import dead_letters
from backend.documents.outages import OUTAGES as DOCUMENT_OUTAGES
from backend.domain.clock import utc_now
from backend.domain.errors import UnavailableError
from backend.domain.ids import CustomerId
from backend.warehouse.outages import OUTAGES as WAREHOUSE_OUTAGES
from workers.runtime import runtime

OUTAGES: tuple[type[Exception], ...] = (
    UnavailableError,
    RedisConnectionError,
    *DOCUMENT_OUTAGES,
    *WAREHOUSE_OUTAGES,
)
MOST_RETRIES = 4
LONGEST_WAIT_SECONDS = 30

log = structlog.get_logger()


def guard(task: Task, ids: Sequence[str], work: Callable[[Sequence[str]], object]) -> None:
    """Do `work` for these ids; every failure ends in a retry or in a dead letter, never in silence.

    An outage of a store is retried each second until it is over. Anything else is the fault of one id: the batch is
    sent again one by one, and the one that fails alone is retried with exponential back-off, then buried.
    """
    try:
        work(ids)
    except OUTAGES as error:
        log.warning("outage", task=task.name, n=len(ids), error=str(error))
        raise task.retry(exc=error, countdown=1, max_retries=None) from error
    except Exception as error:
        log.exception("task_failed", task=task.name, n=len(ids), retries=task.request.retries)
        if len(ids) > 1:
            for one in ids:
                task.apply_async(args=[[one]])
            return
        if task.request.retries < MOST_RETRIES:
            wait = min(LONGEST_WAIT_SECONDS, 2**task.request.retries)
            raise task.retry(exc=error, countdown=wait, max_retries=MOST_RETRIES) from error
        _bury(task, ids, error, utc_now())
        raise


def _bury(task: Task, ids: Sequence[str], error: Exception, now: datetime) -> None:
    arguments: dict[str, Any] = {"ids": list(ids)}
    runtime().run(
        dead_letters.bury(
            queue=task.name.partition(".")[0],
            task=task.name,
            customer_id=CustomerId(ids[0]) if ids and task.name == "ingest.customers" else None,
            arguments=arguments,
            error=f"{type(error).__name__}: {error}",
            traceback="".join(traceback.format_exception(error)),
            attempts=task.request.retries + 1,
            now=now,
        )
    )
