"""Any plug may be pulled at any time: what was acknowledged is there, once, and all is read soon after."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from backend.documents.client import open_documents
from backend.documents.journal import pending
from backend.domain.clock import utc_now
from cli.demo.loading import load_sample_store
from cli.fleet_crew import find_crew, find_products
from cli.instance import instance_settings, issuer_key, read_urls
from mobile_mock.fleet import FleetPlan, FleetReport, run_fleet
from tests.e2e.instances import ChildInstance, child_instance, open_folder

pytestmark = pytest.mark.faults

KILLED_IN_TURN = ("worker-1", "api", "redis", "mongo", "relay", "warehouse")
ASSOCIATES = 10
SECONDS_BETWEEN = 5.0
DRAINED_WITHIN_SECONDS = 10.0


@dataclass
class Drain:
    """What was killed, and for how many seconds after the recovery something was left to read."""

    seconds: float = 0.0
    killed: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def instance() -> Iterator[ChildInstance]:
    with open_folder() as folder, child_instance(folder / "data") as running:
        running.await_urls()
        yield running


async def test_nothing_acknowledged_is_lost_or_doubled_whatever_is_killed(instance: ChildInstance) -> None:
    settings = instance_settings(instance.data)
    client = await open_documents(settings)
    try:
        await load_sample_store(settings, scale=0.02, report=lambda _: None)
        report, drain = await asyncio.gather(_fleet(instance.data), _kill_in_turn(instance))
    finally:
        await client.close()
    assert drain.killed == list(KILLED_IN_TURN)
    assert report.is_sound, report
    assert report.acknowledged == report.planned
    assert not report.verdict.unread
    assert drain.seconds < DRAINED_WITHIN_SECONDS


async def _fleet(data: Path) -> FleetReport:
    crew, products = await find_crew(issuer_key(data), ASSOCIATES, 4), await find_products()
    plan = FleetPlan(
        api=read_urls(data).api,
        associates=crew,
        products=products,
        notes_per_associate=60,
        duration_seconds=SECONDS_BETWEEN * len(KILLED_IN_TURN),
        seed=7,
        lost_share=0.05,
    )
    return await run_fleet(plan)


async def _kill_in_turn(instance: ChildInstance) -> Drain:
    drain = Drain()
    for part in KILLED_IN_TURN:
        await asyncio.sleep(SECONDS_BETWEEN * 0.6)
        old = instance.urls.pids[part]
        os.kill(old, signal.SIGKILL)
        await asyncio.to_thread(instance.await_new_pid, part, old, seconds=20)
        drain.killed.append(part)
        await asyncio.sleep(SECONDS_BETWEEN * 0.4)
    await asyncio.to_thread(instance.await_calm)
    recovered_at = time.monotonic()
    while (await pending(utc_now()))[0]:
        assert time.monotonic() - recovered_at < 60, "it does not drain"
        await asyncio.sleep(0.05)
    drain.seconds = time.monotonic() - recovered_at
    return drain
