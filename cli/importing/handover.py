"""Imported history, handed over to the workers: each customer once, when all of them is there."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from backend.documents.journal import hasten
from backend.domain.clock import Clock
from backend.domain.ids import CustomerId

_AT_ONCE = 200
"""So many customers are one task: somebody's note, which goes before them, waits for one task at most."""
_MOST_HELD = 500_000

log = structlog.get_logger()


class TaskQueue(Protocol):
    """Takes tasks: the Celery app."""

    def send_task(self, task: str, /, *, args: list[Any]) -> object:
        """Take one task; raises OperationalError while the broker is away."""
        ...


@dataclass(slots=True)
class Handover:
    """The customers that were imported, in the order in which they came."""

    queue: TaskQueue
    clock: Clock
    _customers: dict[CustomerId, None] = field(default_factory=dict, init=False)
    _has_repeats: bool = field(default=False, init=False)

    async def add(self, customer_ids: Iterable[CustomerId], *, has_repeats: bool = False) -> None:
        """Put customers down; those of a very large shop are handed over in parts."""
        self._customers.update(dict.fromkeys(customer_ids))
        self._has_repeats |= has_repeats
        if len(self._customers) >= _MOST_HELD:
            await self.send()

    async def send(self) -> None:
        """Ask the workers to read them.

        Without the queue, and where all was there already, what is unread is due at once and found by the sweep: an
        import that was cut short has left it.
        """
        waiting, self._customers = list(self._customers), {}
        is_sent = self._enqueue(waiting)
        if not is_sent or (self._has_repeats and not waiting):
            await hasten(self.clock())

    def _enqueue(self, customer_ids: list[CustomerId]) -> bool:
        try:
            for start in range(0, len(customer_ids), _AT_ONCE):
                self.queue.send_task("history.customers", args=[customer_ids[start : start + _AT_ONCE]])
        except (OperationalError, RedisError) as error:
            log.warning("handover_failed", error=str(error))
            return False
        return True
