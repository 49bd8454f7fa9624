"""The live stream: everything once and in order, over gaps, outages and slow readers; and nothing of others."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI

from backend.actions.follow_inbox import follow_inbox
from backend.documents import inbox
from backend.documents.inbox import InboxEvent, append_events
from backend.domain.audience import Audience
from backend.domain.clock import utc_now
from backend.domain.ids import AssociateId, Region, StoreId
from backend.push import Hub, open_redis, publish_news
from tests.api.people import Sign
from tests.api.served import opened, served

A1 = {"associate_id": AssociateId("A1"), "store_id": StoreId("S1"), "region": Region("North")}


def event(
    key: str, *, associate: str | None = "A1", store: str | None = "S1", region: str | None = "North"
) -> InboxEvent:
    return InboxEvent(
        key=key,
        event="suggestion",
        data={"id": key},
        associate_id=AssociateId(associate) if associate else None,
        store_id=StoreId(store) if store else None,
        region=Region(region) if region else None,
    )


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[str]:
    async with served(app) as where:
        yield where


async def _tell(app: FastAPI, *events: InboxEvent) -> None:
    await publish_news(app.state.parts.redis, await append_events(events))


async def test_what_comes_is_heard_with_its_number(app: FastAPI, address: str, sign: Sign) -> None:
    async with opened(address, sign("ann")) as stream:
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        await asyncio.sleep(0.2)
        await _tell(app, event("a"), event("b"))
        heard = await stream.take(2)
    assert [(one.event, one.id, one.data["id"]) for one in heard] == [
        ("suggestion", "1", "a"),
        ("suggestion", "2", "b"),
    ]


async def test_nothing_is_lost_over_a_gap(app: FastAPI, address: str, sign: Sign) -> None:
    async with opened(address, sign("ann"), last_event_id=0) as stream:
        await _tell(app, event("a"), event("b"))
        last = (await stream.take(2))[-1].id
    await _tell(app, event("c"), event("d"))
    assert last is not None
    async with opened(address, sign("ann") | {"Last-Event-ID": last}) as stream:
        await _tell(app, event("e"))
        assert [one.data["id"] for one in await stream.take(3)] == ["c", "d", "e"]


async def test_what_is_pushed_twice_is_heard_once(app: FastAPI, address: str, sign: Sign) -> None:
    async with opened(address, sign("ann"), last_event_id=0) as stream:
        await asyncio.gather(*(_tell(app, event("a"), event("b")) for _ in range(5)))
        await _tell(app, event("b"), event("c"))
        assert [one.data["id"] for one in await stream.take(3)] == ["a", "b", "c"]


async def test_everybody_hears_what_is_theirs_and_nothing_else(app: FastAPI, address: str, sign: Sign) -> None:
    wanted = {
        "ann": ["mine", "store", "end"],
        "bob": ["bob's", "store", "end"],
        "far": ["far", "end"],
        "store-manager": ["mine", "bob's", "store", "end"],
        "north": ["mine", "bob's", "store", "region", "end"],
        "south": ["far", "end"],
        "chief": ["mine", "bob's", "store", "far", "region", "end"],
    }
    told = [
        event("mine"),
        event("bob's", associate="A2"),
        event("store", associate=None),
        event("far", associate="A9", store="S2", region="South"),
        event("region", associate="A7", store="S7"),
    ]
    ends = [
        event("end1", associate="A1"),
        event("end2", associate="A2"),
        event("end9", associate="A9", store="S2", region="South"),
    ]
    async with contextlib.AsyncExitStack() as stack:
        streams = {
            name: await stack.enter_async_context(opened(address, sign(name), last_event_id=0)) for name in wanted
        }
        await asyncio.sleep(0.2)
        await _tell(app, *told, *ends)
        for name, keys in wanted.items():
            heard = [(await streams[name].next()).data["id"] for _ in keys]
            assert heard[:-1] == keys[:-1], name
            assert heard[-1].startswith("end"), name


@pytest.mark.parametrize("after", [0, None])
async def test_live_and_replay_agree_whatever_the_audience(
    app: FastAPI, address: str, sign: Sign, after: int | None
) -> None:
    events = [
        event(f"{a}{s}{r}", associate=a, store=s, region=r)
        for a in ("A1", "A9", None)
        for s in ("S1", "S2", None)
        for r in ("North", None)
    ]
    audience = Audience(AssociateId("A1"), StoreId("S1"))
    async with opened(address, sign("ann"), **({} if after is None else {"last_event_id": after})) as stream:
        await asyncio.sleep(0.2)
        await _tell(app, *events)
        replayed = [line.key for line in await inbox.read_after(audience, 0, 100)]
        assert [one.data["id"] for one in await stream.take(len(replayed))] == replayed
        with pytest.raises(TimeoutError):
            await stream.next(0.3)


async def test_an_id_that_was_never_given_out_asks_for_a_new_beginning(app: FastAPI, address: str, sign: Sign) -> None:
    await _tell(app, event("a"))
    async with opened(address, sign("ann"), last_event_id=99) as stream:
        first = await stream.next()
        await _tell(app, event("b"))
        assert (first.event, first.id) == ("resync", "1")
        assert (await stream.next()).data["id"] == "b"


async def test_an_id_before_the_oldest_kept_asks_for_a_new_beginning(app: FastAPI, address: str, sign: Sign) -> None:
    await _tell(app, event("a"), event("b"), event("c"))
    assert await inbox.prune(datetime.now(UTC) + timedelta(days=1)) == 2
    async with opened(address, sign("ann"), last_event_id=1) as stream:
        assert (await stream.next()).event == "resync"
    async with opened(address, sign("ann"), last_event_id=2) as stream:
        assert (await stream.next()).data["id"] == "c"


async def test_a_stream_needs_no_redis(app: FastAPI, address: str, sign: Sign) -> None:
    async with opened(address, sign("ann"), last_event_id=0) as stream:
        await append_events([event("a")])  # nobody says that there is news
        assert (await stream.next(3)).data["id"] == "a"


async def test_a_page_hears_by_its_cookie(app: FastAPI, address: str, sign: Sign) -> None:
    token = sign("ann")["Authorization"].removeprefix("Bearer ")
    await _tell(app, event("a"))
    async with opened(address, {"Cookie": f"floorbook_session={token}"}, last_event_id=0) as stream:
        assert (await stream.next()).data["id"] == "a"


async def test_a_stream_ends_a_minute_after_its_token(app: FastAPI, address: str, sign: Sign) -> None:
    headers = sign("ann", timedelta(seconds=60))
    until = utc_now() + timedelta(seconds=0.3)
    lines = [
        text
        async for text in follow_inbox(
            app.state.parts.hub, Audience(), after=None, until=until, clock=utc_now, heartbeat_seconds=0.1
        )
    ]
    assert lines[0] == b"id: 0\nretry: 2000\n\n"
    assert lines[1:]
    assert set(lines[1:]) == {b": still here\n\n"}
    async with opened(address, headers) as stream:
        assert stream.answer.status_code == 200


async def test_a_reader_that_is_too_slow_is_cut_and_loses_nothing(app: FastAPI) -> None:
    hub: Hub = app.state.parts.hub
    until = utc_now() + timedelta(seconds=20)
    slow = follow_inbox(hub, Audience(), after=0, until=until, clock=utc_now)
    await anext(slow)
    await _tell(app, event("first"))
    assert b"first" in await anext(slow)
    for start in range(0, 400, 100):
        await _tell(app, *(event(f"e{n}") for n in range(start, start + 100)))
    await asyncio.sleep(0.5)
    texts = [text async for text in slow]
    assert texts[-1].startswith(b"event: resync")
    last = int(texts[-2].split(b"\n")[0].removeprefix(b"id: "))
    rest = follow_inbox(hub, Audience(), after=last, until=until, clock=utc_now)
    await anext(rest)
    told = texts[:-1] + [await anext(rest) for _ in range(401 - last)]
    await rest.aclose()
    assert [int(text.split(b"\n")[0].removeprefix(b"id: ")) for text in told] == list(range(2, 402))


async def test_streams_leave_nothing_behind(app: FastAPI, address: str, sign: Sign) -> None:
    hub: Hub = app.state.parts.hub
    async with opened(address, sign("ann"), last_event_id=0) as stream:
        await _tell(app, event("a"))
        await stream.next()
        assert hub.n_streams == 1
    for _ in range(50):
        if hub.n_streams == 0:
            break
        await asyncio.sleep(0.05)
    assert hub.n_streams == 0


async def test_the_hub_goes_on_while_redis_is_away(documents: object) -> None:
    """The poll alone feeds the streams, and the hints' absence stops nothing."""
    redis = open_redis("redis://127.0.0.1:1/0")
    hub = Hub(redis, inbox.read_all_after, inbox.newest_id, poll_seconds=0.05)
    work = [asyncio.create_task(hub.listen()), asyncio.create_task(hub.hand_out(()))]
    try:
        with hub.subscribe(Audience()) as subscription:
            await asyncio.sleep(0.2)
            await publish_news(redis, await append_events([event("a")]))
            told = await asyncio.wait_for(subscription.queue.get(), 3)
            assert told.id == 1
    finally:
        for task in work:
            task.cancel()
        await asyncio.wait(work)
        await redis.aclose()
