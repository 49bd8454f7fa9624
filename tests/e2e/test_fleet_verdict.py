"""The fleet's count can fail: an API that loses, doubles, forgets or contradicts is found out."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from mobile_mock.fleet import FleetAssociate, FleetPlan, FleetProduct, FleetReport, run_fleet


@dataclass
class Shop:
    """An API that keeps its promises, but for the fault it is given."""

    fault: str = ""
    entries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    receipts: dict[str, int] = field(default_factory=dict)
    n_posts: int = 0
    events: list[bytes] = field(default_factory=list)
    cursors: list[str | None] = field(default_factory=list)

    async def post(self, request: Request) -> Response:
        customer_id, kind = request.path_params["customer_id"], request.path_params["kind"]
        self.n_posts += 1
        if self.fault == "busy" and self.n_posts % 3 == 0:
            return JSONResponse({"title": "later"}, 503)
        if self.fault == "expired" and request.headers["authorization"] == "Bearer token-1":
            return JSONResponse({"title": "expired"}, 401)
        if self.fault == "refuses":
            return JSONResponse({"title": "no"}, 422)
        key, body = request.headers["idempotency-key"], orjson.loads(await request.body())
        entries = self.entries.setdefault(customer_id, [])
        if key not in self.receipts or self.fault == "doubles":
            revision = len(entries) + 1
            entries.append({**body, "kind": kind})
            self._suggest(body)
            if self.fault == "loses" and len(entries) == 2:
                entries[-1]["kind"] = "lost"
            if self.fault == "shows twice" and len(entries) == 2:
                entries.append(entries[-1])
            self.receipts[key] = revision
        elif self.fault == "contradicts":
            self.receipts[key] += 1
        return JSONResponse({"customer_id": customer_id, "revision": self.receipts[key]}, 202)

    def _suggest(self, body: Mapping[str, Any]) -> None:
        if "note_id" in body:
            data = {
                "because": [{"type": "note_span", "note_id": body["note_id"]}],
                "trace_ms": {"accepted": 0, "pushed": 5},
            }
            self.events.append(b"id: %d\nevent: suggestion\ndata: %s\n\n" % (len(self.events) + 1, orjson.dumps(data)))

    async def overview(self, request: Request) -> Response:
        entries = self.entries.get(request.path_params["customer_id"], [])
        by_kind = {kind: [entry for entry in entries if entry["kind"] == kind] for kind in ("notes", "orders")}
        return JSONResponse({"revision": len(entries), "read_revision": len(entries), **by_kind})

    async def stream(self, request: Request) -> Response:
        cursor = request.headers.get("last-event-id")
        self.cursors.append(cursor)
        return StreamingResponse(self._tell(int(cursor or 0)), media_type="text/event-stream")

    async def _tell(self, after: int) -> AsyncIterator[bytes]:
        yield b"retry: 2000\n\n"
        for _ in range(400):
            while after < len(self.events):
                yield self.events[after]
                after += 1
                if self.fault == "hangs up" and after % 3 == 0:
                    return
            await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(shop: Shop) -> AsyncIterator[str]:
    app = Starlette(
        routes=[
            Route("/v1/customers/{customer_id}/overview", shop.overview),
            Route("/v1/customers/{customer_id}/{kind}", shop.post, methods=["POST"]),
            Route("/v1/stream", shop.stream),
        ]
    )
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1))
        running = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


async def work(shop: Shop, **wanted: Any) -> FleetReport:
    tokens = iter(range(1, 100))
    async with serving(shop) as api:
        crew = [FleetAssociate("A1", lambda: f"token-{next(tokens)}", ("c1", "c2"))]
        plan = FleetPlan(
            api, crew, (FleetProduct("P1", "Ski Boots", "349.00"),), notes_per_associate=20, patience_seconds=5,
            settle_seconds=2, **wanted,
        )  # fmt: skip
        return await run_fleet(plan)


@pytest.mark.parametrize("fault", ["", "busy", "expired", "hangs up"])
async def test_a_shop_that_keeps_its_promises_passes_whatever_gets_in_the_way(fault: str) -> None:
    shop = Shop(fault)
    report = await work(shop, offline_share=0.3, lost_share=0.3)
    assert report.is_sound
    assert (report.planned, report.acknowledged) == (20, 20)
    assert sum(map(len, shop.entries.values())) == 20
    assert report.counts["suggestions"] == len(shop.events)
    assert report.latency is not None
    assert report.stages["pushed"].p50 == 5


async def test_a_stream_that_breaks_off_is_resumed_after_the_last_event_heard() -> None:
    shop = Shop("hangs up")
    report = await work(shop, offline_share=0, lost_share=0)
    assert report.counts["suggestions"] == len(shop.events)
    resumed = [int(cursor) for cursor in shop.cursors[1:] if cursor is not None]
    assert resumed == sorted(set(resumed))
    assert len(resumed) >= 3


async def test_a_write_that_was_acknowledged_and_is_not_there_is_missing() -> None:
    report = await work(Shop("loses"))
    assert len(report.verdict.missing) == 2  # one of each customer
    assert not report.is_sound


@pytest.mark.parametrize("fault", ["doubles", "shows twice"])
async def test_a_write_that_is_there_twice_is_found(fault: str) -> None:
    report = await work(Shop(fault), lost_share=1.0)
    assert report.verdict.doubled
    assert not report.is_sound


async def test_an_answer_that_names_another_revision_is_a_contradiction() -> None:
    report = await work(Shop("contradicts"), lost_share=1.0)
    assert report.contradicted
    assert not report.is_sound


async def test_what_is_refused_is_said_and_not_sent_again() -> None:
    shop = Shop("refuses")
    report = await work(shop, lost_share=0)
    assert (len(report.refused), shop.n_posts) == (20, 20)
    assert "422" in report.refused[0]
    assert not report.is_sound


async def test_an_api_that_is_not_there_is_reported() -> None:
    crew = [FleetAssociate("A1", lambda: "token", ("c1",))]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        api = f"http://127.0.0.1:{taken.getsockname()[1]}"
    plan = FleetPlan(
        api,
        crew,
        (FleetProduct("P1", "Ski Boots", "1.00"),),
        notes_per_associate=2,
        patience_seconds=0.3,
        settle_seconds=0.3,
    )
    report = await run_fleet(plan)
    assert (report.acknowledged, len(report.unanswered)) == (0, 2)
    assert not report.is_sound
