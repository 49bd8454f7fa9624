"""A task that fails is waited for, taken apart or buried; nothing ends in silence."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from backend.documents.dead_letters import bury, count_dead_letters, mark_replayed, read_dead_letters
from workers.failures import MOST_RETRIES, DeadLetterDraft, guard

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


class Retry(Exception):  # noqa: N818 - as Celery calls it
    pass


@dataclass
class RecordingTask:
    """Stands for a bound Celery task: what it sends is kept."""

    args: list[Any]
    retries: int = 0
    name: str = "ingest.customers"
    sent: list[dict[str, Any]] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)

    @property
    def request(self) -> SimpleNamespace:
        return SimpleNamespace(args=self.args, retries=self.retries)

    def apply_async(self, **message: Any) -> None:
        self.sent.append(message)

    def retry(self, *, exc: Exception, countdown: int, max_retries: int) -> Retry:
        self.waits.append(countdown)
        return Retry(str(exc))


def poison(_: Sequence[str]) -> None:
    raise ValueError("poison")


def test_an_outage_is_waited_for_and_counts_as_no_failure() -> None:
    def away(_: Sequence[str]) -> None:
        raise AutoReconnect("away")

    task = RecordingTask([["a", "b"], {"a": {}}], retries=2)
    guard(task, ["a", "b"], away)
    assert task.sent == [{"args": [["a", "b"], {"a": {}}], "countdown": 1, "retries": 2}]


def test_a_batch_with_poison_is_sent_again_one_by_one() -> None:
    task = RecordingTask([["a", "b"], {"a": {}}])
    guard(task, ["a", "b"], poison)
    assert task.sent == [{"args": [["a"], {"a": {}}]}, {"args": [["b"], {"a": {}}]}]


def test_poison_alone_is_retried_ever_later_and_then_buried() -> None:
    task, buried = RecordingTask([["a"]]), list[DeadLetterDraft]()
    for retries in range(MOST_RETRIES):
        task.retries = retries
        with pytest.raises(Retry):
            guard(task, ["a"], poison, bury=buried.append)
    assert task.waits == [1, 2, 4, 8]
    assert buried == []
    task.retries = MOST_RETRIES
    with pytest.raises(ValueError, match="poison"):
        guard(task, ["a"], poison, bury=buried.append)
    (letter,) = buried
    assert (letter.task, letter.ids, letter.attempts) == ("ingest.customers", ("a",), MOST_RETRIES + 1)


@pytest.mark.usefixtures("documents")
async def test_the_same_poison_is_one_letter_and_waits_again_when_it_fails_again() -> None:
    async def give_up() -> str:
        letter = await bury(
            queue="ingest",
            task="ingest.customers",
            arguments={"ids": ["a"]},
            error="ValueError: poison",
            traceback="…",
            attempts=5,
            now=NOW,
        )
        return letter.id

    assert await give_up() == await give_up()
    (letter,) = await read_dead_letters()
    await mark_replayed(letter.id, NOW)
    assert await count_dead_letters() == 0
    await give_up()
    assert await count_dead_letters() == 1
