"""The inbox: dense ids, each event once, however many write."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from backend.documents.inbox import EVERYONE, InboxEvent, append_events, bounds, prune, read_after
from backend.domain.audience import Audience
from backend.domain.ids import AssociateId, StoreId

pytestmark = pytest.mark.usefixtures("documents")


def event(key: str, **names: str) -> InboxEvent:
    return InboxEvent(key, "suggestion", {"id": key}, **names)  # type: ignore[arg-type]


async def test_an_empty_log_has_nothing_to_catch_up_with() -> None:
    assert await bounds() == (1, 0)
    assert await append_events([]) == 0


async def test_ids_are_dense_and_repeats_are_skipped() -> None:
    assert await append_events([event("a"), event("b"), event("a")]) == 2
    assert await append_events([event("b"), event("c")]) == 3
    assert [(line.id, line.key) for line in await read_after(EVERYONE, 0, 10)] == [(1, "a"), (2, "b"), (3, "c")]
    assert [line.id for line in await read_after(EVERYONE, 1, 1)] == [2]


async def test_forty_writers_at_once_leave_no_gap_and_no_double() -> None:
    await asyncio.gather(*(append_events([event(f"k{n % 30}"), event(f"m{n % 30}")]) for n in range(40)))
    lines = await read_after(EVERYONE, 0, 1_000)
    assert [line.id for line in lines] == list(range(1, 61))
    assert {line.key for line in lines} == {f"{letter}{n}" for letter in "km" for n in range(30)}


async def test_an_associate_reads_their_own_and_their_stores() -> None:
    await append_events(
        [
            event("mine", associate_id="A1", store_id="S1"),
            event("other's", associate_id="A2", store_id="S1"),
            event("store's", store_id="S1"),
            event("elsewhere", store_id="S2"),
        ]
    )
    mine = await read_after(Audience(AssociateId("A1"), StoreId("S1")), 0, 10)
    assert [line.key for line in mine] == ["mine", "store's"]


async def test_pruning_keeps_the_newest_so_that_ids_go_on() -> None:
    await append_events([event("a"), event("b")])
    assert await prune(datetime.now(UTC) + timedelta(days=1)) == 1
    assert await bounds() == (2, 2)
    assert await append_events([event("c")]) == 3
