"""The outbox: whatever was accepted is announced, and stays due until somebody says that it was read."""

import asyncio
from datetime import timedelta

import pytest

from backend.documents.entries import FIRST_DUE
from backend.documents.journal import append, append_many, due_customers, hasten, mark_read, pending, watch_customers
from backend.domain.ids import CustomerId
from tests.documents.drafts import FAMA, NOON, DraftFor

pytestmark = pytest.mark.usefixtures("documents")

IMPORTED = CustomerId("imported")
LATER = NOON + FIRST_DUE + timedelta(seconds=1)


async def test_an_entry_becomes_due_and_is_put_off_twice_as_long_each_time() -> None:
    await append(FAMA.note("n1", "boots"))
    assert await due_customers(NOON, 10) == []
    assert await due_customers(LATER, 10) == [FAMA.customer_id]
    assert await due_customers(LATER + 2 * FIRST_DUE - timedelta(seconds=1), 10) == []
    second = LATER + 2 * FIRST_DUE
    assert await due_customers(second, 10) == [FAMA.customer_id]
    assert await due_customers(second + 4 * FIRST_DUE - timedelta(seconds=1), 10) == []
    assert await due_customers(second + 4 * FIRST_DUE, 10) == [FAMA.customer_id]


async def test_the_wait_is_never_longer_than_five_minutes() -> None:
    await append(FAMA.note("n1", "boots"))
    now = LATER
    for _ in range(12):
        assert await due_customers(now, 10) == [FAMA.customer_id]
        now += timedelta(minutes=5)


async def test_what_was_read_is_due_no_more() -> None:
    other = DraftFor(CustomerId("other"))
    for draft in (FAMA.note("n1", "a"), FAMA.note("n2", "b"), FAMA.note("n3", "c"), other.note("n1", "a")):
        await append(draft)
    await mark_read({FAMA.customer_id: 2})
    assert (await pending(LATER))[0] == 2
    await mark_read({FAMA.customer_id: 3, other.customer_id: 1}, since={FAMA.customer_id: 2, other.customer_id: 0})
    assert await pending(LATER) == (0, 0.0)
    assert await due_customers(LATER, 10) == []


async def test_many_entries_of_one_customer_are_one_customer() -> None:
    for n in range(5):
        await append(FAMA.note(f"n{n}", "boots"))
    assert await due_customers(LATER, 10) == [FAMA.customer_id]


async def test_after_an_outage_all_that_is_unread_is_due_at_once() -> None:
    await append(FAMA.note("n1", "boots"))
    await due_customers(LATER, 10)
    assert await hasten(LATER) == 1
    assert await due_customers(LATER, 10) == [FAMA.customer_id]


async def test_the_watch_announces_fresh_entries() -> None:
    seen: set[CustomerId] = set()
    wanted = {CustomerId(f"c{n}") for n in range(30)}

    async def watch() -> None:
        async for batch in watch_customers():
            seen.update(batch)
            if wanted <= seen:
                return

    watching = asyncio.create_task(watch())
    await append(FAMA.note("before", "the stream may be open or not: the sweep finds this one"))
    await asyncio.sleep(0.5)
    await append_many([DraftFor(IMPORTED).note("n1", "history")], history=True)
    await asyncio.gather(*(append(DraftFor(name).note("n1", "boots")) for name in wanted))
    await asyncio.wait_for(watching, 10)
    assert IMPORTED not in seen, "whoever imports hands it over"
