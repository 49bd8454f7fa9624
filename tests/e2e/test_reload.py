"""The catalogue changes under way: notes go on being read, and with the new products soon after."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from backend.documents.client import open_documents
from backend.warehouse.engine import open_engine, transaction
from cli.bench.reload import import_products, memory_of_workers, reload_under_load
from cli.demo.loading import load_sample_store
from cli.fleet_crew import find_products
from cli.instance import instance_settings
from etl.load.catalog_changes import awaits_use, read_late
from tests.e2e.instances import ChildInstance, child_instance, open_folder, wait_for

pytestmark = pytest.mark.faults

PRODUCTS = 6_000
"""More than are compiled between two notes: a new generation of workers has to come."""


@pytest.fixture(scope="module")
def instance() -> Iterator[ChildInstance]:
    with open_folder() as folder, child_instance(folder / "data") as running:
        running.await_urls()
        yield running


@pytest.fixture
async def store(instance: ChildInstance) -> AsyncIterator[Path]:
    client = await open_documents(instance_settings(instance.data))
    yield instance.data
    await client.close()


def workers(instance: ChildInstance) -> dict[str, int]:
    return {name: pid for name, pid in instance.urls.pids.items() if name.startswith("worker-")}


async def test_a_new_catalogue_is_read_with_while_notes_come_in_and_none_is_lost_or_doubled(
    instance: ChildInstance, store: Path
) -> None:
    await load_sample_store(instance_settings(store), scale=0.02, report=lambda _: None)
    known = await find_products()
    took = await import_products(store, PRODUCTS)
    before = workers(instance)
    reload = await reload_under_load(store, known, PRODUCTS, seconds=took + 10)  # a new product is found, or it raises
    assert reload.report.is_sound, reload.report
    assert reload.report.acknowledged == reload.report.planned > 0
    assert not reload.report.verdict.unread
    assert set(before) == set(workers(instance))
    assert not set(before.values()) & set(workers(instance).values())
    await asyncio.to_thread(wait_for, lambda: _is_settled(store), seconds=60, what="notes read late, read again")


def _is_settled(data: Path) -> bool:
    engine = open_engine(instance_settings(data).warehouse_url)
    try:
        with transaction(engine) as connection:
            return not awaits_use(connection) and not read_late(connection, 1)
    finally:
        engine.dispose()


def test_old_workers_end_and_the_new_ones_share_their_memory(instance: ChildInstance) -> None:
    nursery = psutil.Process(instance.urls.pids["workers"])

    def generations() -> list[psutil.Process]:
        return [child for child in nursery.children() if child.status() != psutil.STATUS_ZOMBIE]

    generation = wait_for(lambda: one[0] if len(one := generations()) == 1 else None, seconds=15, what="one generation")
    assert {child.pid for child in generation.children()} == set(workers(instance).values())
    memory = memory_of_workers(instance.data)
    assert sum(memory.proportional) < 0.8 * sum(memory.resident)


def test_a_worker_that_is_killed_is_forked_again_and_its_parent_stays(instance: ChildInstance) -> None:
    before = instance.urls.pids
    os.kill(before["worker-2"], signal.SIGKILL)
    instance.await_new_pid("worker-2", before["worker-2"], seconds=2)
    after = instance.urls.pids
    assert {name: after[name] for name in after if name != "worker-2"} == {
        name: before[name] for name in before if name != "worker-2"
    }
    instance.await_calm()


def test_no_worker_outlives_the_nursery(instance: ChildInstance) -> None:
    before = workers(instance)
    descendants = psutil.Process(instance.urls.pids["workers"]).children(recursive=True)
    os.kill(instance.urls.pids["workers"], signal.SIGKILL)
    psutil.wait_procs(descendants, timeout=5)
    assert not [one for one in descendants if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]

    def reborn() -> bool:
        now = workers(instance)
        return set(now) == set(before) and not set(now.values()) & set(before.values())

    wait_for(reborn, seconds=20, what="new workers")
    instance.await_calm()
