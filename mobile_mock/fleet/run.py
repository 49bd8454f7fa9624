"""The run: all associates at work at once, then a moment to settle, then the count."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx

from mobile_mock.fleet.ear import Ear
from mobile_mock.fleet.ledger import Ledger
from mobile_mock.fleet.phone import Phone
from mobile_mock.fleet.plan import FleetPlan
from mobile_mock.fleet.report import FleetReport, Verdict, latencies, stages
from mobile_mock.fleet.verify import one_asker_each, read_revisions, verify
from mobile_mock.fleet.visits import Visit, plan_visits, touched_customers

_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class _Worker:
    phone: Phone
    ear: Ear
    visits: Sequence[Visit]


async def run_fleet(plan: FleetPlan) -> FleetReport:
    """Play the plan and answer what came of it. Raises ValueError on a plan with nobody or nothing in it."""
    if not plan.associates or not plan.products or not all(one.customers for one in plan.associates):
        raise ValueError("a fleet needs associates with customers, and products to write about")
    ledger = Ledger()
    async with AsyncExitStack() as stack:
        # Two pools: the streams hold their connections, and a pool is searched through for every request.
        posts, streams = [await stack.enter_async_context(_client(plan)) for _ in range(2)]
        workers = [_worker(plan, index, ledger, posts, streams) for index in range(len(plan.associates))]
        askers = one_asker_each((worker.phone, touched_customers(worker.visits)) for worker in workers)
        before = await read_revisions(posts, askers, plan.patience_seconds) if plan.exclusive and plan.verify else {}
        try:
            await asyncio.gather(*(_connect(worker, plan.patience_seconds) for worker in workers))
            begun = time.monotonic()
            await asyncio.gather(*(_work(plan, worker, ledger, begun) for worker in workers))
            worked = time.monotonic() - begun
            await _settle(plan, ledger)
        finally:
            await asyncio.gather(*(worker.ear.disconnect() for worker in workers))
        verdict = await verify(posts, askers, ledger, before, plan.settle_seconds) if plan.verify else Verdict()
    return _report(plan, ledger, verdict, sum(len(worker.visits) for worker in workers), worked)


def _client(plan: FleetPlan) -> httpx.AsyncClient:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    return httpx.AsyncClient(base_url=plan.api, timeout=10.0, limits=limits)


def _worker(
    plan: FleetPlan, index: int, ledger: Ledger, posts: httpx.AsyncClient, streams: httpx.AsyncClient
) -> _Worker:
    associate = plan.associates[index]
    visits = plan_visits(plan, associate)
    phone = Phone(posts, associate, ledger, plan.patience_seconds, plan.seed * 100_003 + index)
    return _Worker(phone, Ear(streams, phone, ledger, touched_customers(visits)), visits)


async def _connect(worker: _Worker, patience: float) -> None:
    """Wait for the stream, so that the first suggestion is heard as it comes; one that stays shut opens later."""
    worker.ear.connect()
    try:
        await asyncio.wait_for(worker.ear.is_open.wait(), patience)
    except TimeoutError:
        return


async def _work(plan: FleetPlan, worker: _Worker, ledger: Ledger, begun: float) -> None:
    for visit in worker.visits:
        await asyncio.sleep(max(0.0, begun + visit.at - time.monotonic()) if plan.duration_seconds else 0.0)
        worker.phone.put(visit)
        if visit.is_offline:
            ledger.counts["written_offline"] += 1
            await worker.ear.disconnect()
            continue
        worker.ear.connect()
        plan.tell(await worker.phone.flush())
    worker.ear.connect()
    plan.tell(await worker.phone.flush())


async def _settle(plan: FleetPlan, ledger: Ledger) -> None:
    """Wait for the last suggestions: until all notes have theirs, or none has come for a while."""
    quiet = min(3.0, plan.settle_seconds)
    deadline = time.monotonic() + plan.settle_seconds
    last, heard_at = -1, time.monotonic()
    while ledger.awaits_suggestions() and time.monotonic() < deadline and time.monotonic() - heard_at < quiet:
        if ledger.counts["suggestions"] != last:
            last, heard_at = ledger.counts["suggestions"], time.monotonic()
        await asyncio.sleep(_POLL_SECONDS)


def _report(plan: FleetPlan, ledger: Ledger, verdict: Verdict, planned: int, seconds: float) -> FleetReport:
    names = ("retries", "lost_answers", "written_offline", "broken_connections", "streams_reopened", "resyncs")
    return FleetReport(
        run_id=plan.run_id,
        seed=plan.seed,
        associates=len(plan.associates),
        planned=planned,
        acknowledged=len(ledger.acknowledged),
        seconds=round(seconds, 3),
        counts={name: ledger.counts[name] for name in (*names, "suggestions")},
        latency=latencies(ledger),
        stages=stages(ledger),
        refused=tuple(ledger.refused),
        unanswered=tuple(write.id for write in ledger.unanswered),
        contradicted=tuple(ledger.contradicted),
        verdict=verdict,
    )
