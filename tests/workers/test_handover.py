"""Imported history is handed over when it is all there, and nothing of it is lost where the queue is away."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from kombu.exceptions import OperationalError

from backend.documents.entries import HISTORY_DUE
from backend.documents.journal import append_many, due_customers, history_waits, mark_read, pending
from backend.domain.ids import CustomerId
from cli.importing.handover import Handover
from tests.documents.drafts import FAMA, NOON

pytestmark = pytest.mark.usefixtures("documents")


@dataclass
class Queue:
    """Takes tasks as the broker would, or is away."""

    away: bool = False
    sent: list[list[str]] = field(default_factory=list)

    def send_task(self, task: str, /, *, args: list[Any]) -> None:
        if self.away:
            raise OperationalError("away")
        assert task == "history.customers"
        self.sent.append(args[0])


async def imported() -> None:
    await append_many([FAMA.document(city="paris"), FAMA.note("n1", "boots")], history=True)


async def test_each_customer_is_sent_once_in_batches_in_their_order() -> None:
    queue = Queue()
    handover = Handover(queue, lambda: NOON)
    ids = [CustomerId(f"c{number}") for number in range(450)]
    await handover.add(ids)
    await handover.add(ids)
    assert queue.sent == []
    await handover.send()
    assert [customer for batch in queue.sent for customer in batch] == ids
    assert max(map(len, queue.sent)) <= 200
    await handover.send()
    assert len([customer for batch in queue.sent for customer in batch]) == len(ids)


async def test_history_has_time_to_come_whole_before_the_sweep_looks_for_it() -> None:
    await imported()
    assert await due_customers(NOON + HISTORY_DUE - timedelta(seconds=1), 10) == []
    assert await due_customers(NOON + HISTORY_DUE, 10) == [FAMA.customer_id]


async def test_history_waits_until_it_is_read_or_old() -> None:
    assert not await history_waits(NOON)
    await imported()
    assert await history_waits(NOON + timedelta(minutes=1))
    assert not await history_waits(NOON + timedelta(minutes=11)), "what can't be read must not hold others up for good"
    await mark_read({FAMA.customer_id: 2})
    assert not await history_waits(NOON + timedelta(minutes=1))


async def test_without_the_queue_it_is_due_at_once() -> None:
    await imported()
    handover = Handover(Queue(away=True), lambda: NOON)
    await handover.add([FAMA.customer_id])
    await handover.send()
    assert await due_customers(NOON, 10) == [FAMA.customer_id]


async def test_an_import_that_was_cut_short_is_found_by_the_next_one() -> None:
    await imported()
    handover = Handover(Queue(), lambda: NOON)
    await handover.add([], has_repeats=True)  # all was there already
    await handover.send()
    assert await due_customers(NOON, 10) == [FAMA.customer_id]
    assert (await pending(NOON))[0] == 2
