"""Who asks while a command is on its way is served by the next one, together, and has an answer of their own."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from backend.documents.together import MOST_AT_ONCE, Together


@dataclass
class Store:
    """Doubles numbers; refuses odd ones by themselves, and is away for all where 13 is among them."""

    batches: list[list[int]] = field(default_factory=list)

    async def double(self, numbers: Sequence[int]) -> Sequence[int | Exception]:
        self.batches.append(list(numbers))
        await asyncio.sleep(0)
        if 13 in numbers:
            raise ConnectionError("away")
        return [ValueError(number) if number % 2 else 2 * number for number in numbers]


async def test_who_asks_alone_is_served_at_once_and_the_others_together() -> None:
    store = Store()
    doubling: Together[int, int] = Together(store.double)
    assert await doubling.ask(2) == 4
    first = asyncio.create_task(doubling.ask(4))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = await asyncio.gather(*(doubling.ask(number) for number in (6, 8, 10)))
    assert (await first, others) == (8, [12, 16, 20])
    assert store.batches == [[2], [4], [6, 8, 10]]


async def test_one_fault_is_nobody_elses_and_an_outage_is_everybodys() -> None:
    doubling: Together[int, int] = Together(Store().double)
    found = await asyncio.gather(*(doubling.ask(number) for number in (2, 3, 4)), return_exceptions=True)
    assert [repr(one) for one in found] == ["4", "ValueError(3)", "8"]
    away = await asyncio.gather(*(doubling.ask(number) for number in (2, 13)), return_exceptions=True)
    assert [type(one) for one in away] == [ConnectionError, ConnectionError]
    assert await doubling.ask(6) == 12


async def test_batches_are_bounded_and_who_gives_up_hinders_nobody() -> None:
    store = Store()
    doubling: Together[int, int] = Together(store.double)
    asking = [asyncio.create_task(doubling.ask(2 * number)) for number in range(3 * MOST_AT_ONCE)]
    await asyncio.sleep(0)
    asking[5].cancel()
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert max(map(len, store.batches)) <= MOST_AT_ONCE
    assert [one for number, one in enumerate(found) if number != 5] == [
        4 * number for number in range(3 * MOST_AT_ONCE) if number != 5
    ]
    with pytest.raises(asyncio.CancelledError):
        asking[5].result()
