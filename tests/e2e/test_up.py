"""`floorbook up`: it starts, heals, refuses a second one, stops, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from backend.settings import Settings
from cli.embedded import Instance, Options
from cli.instance import REPOSITORY, Urls, urls_path
from cli.servers.ownership import open_to_others
from cli.servers.ports import is_free
from tests.e2e.instances import (
    ChildInstance,
    alive,
    child_instance,
    family,
    open_folder,
    python_for_everybody,
    up_arguments,
    wait_for,
)

pytestmark = pytest.mark.faults

PARTS = ["mongo", "redis", "warehouse", "api", "web", "relay", "workers", "worker-1", "worker-2", "background", "beat"]
CHILDREN = {"workers": ("worker-1", "worker-2"), "web": ("api",)}


def places(urls: Urls) -> tuple[str, ...]:
    return (urls.api, urls.mongo, urls.redis, urls.warehouse)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with open_folder() as opened:
        yield opened


@pytest.fixture(scope="module")
def instance(folder: Path) -> Iterator[ChildInstance]:
    with child_instance(folder / "data") as running:
        running.await_urls()
        yield running


def test_writes_where_everything_answers(instance: ChildInstance) -> None:
    urls = instance.urls
    assert set(urls.pids) == set(PARTS)
    assert alive([psutil.Process(pid) for pid in urls.pids.values()])
    assert httpx.get(f"{urls.api}/readyz").status_code == 200
    assert (urls.phone, urls.dashboard) == (f"{urls.api}/phone", f"{urls.api}/dashboard")


def test_its_secrets_are_for_the_owner_only(instance: ChildInstance) -> None:
    for path in (urls_path(instance.data), instance.data / "keys" / "issuer.pem"):
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_is_started_again_at_the_same_place(instance: ChildInstance, part: str) -> None:
    before = instance.urls
    os.kill(before.pids[part], signal.SIGKILL)
    pid = instance.await_new_pid(part, before.pids[part], seconds=2)
    after = instance.urls
    assert psutil.pid_exists(pid)
    for child in CHILDREN.get(part, ()):  # they went with it
        instance.await_new_pid(child, before.pids[child], seconds=20)
    assert places(after) == places(before)
    wait_for(lambda: _is_ready(after.api), seconds=10, what=f"readiness after the end of {part}")


def _is_ready(api: str) -> bool:
    try:
        return httpx.get(f"{api}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def test_the_api_is_back_after_less_than_two_seconds_of_work_and_refuses_no_connection(instance: ChildInstance) -> None:
    instance.await_calm()
    urls = instance.urls
    os.kill(urls.pids["api"], signal.SIGKILL)
    answer = httpx.get(f"{urls.api}/healthz", timeout=30)  # a refused connection would raise
    spent = psutil.Process(instance.await_new_pid("api", urls.pids["api"], seconds=2)).cpu_times()
    assert answer.status_code == 200
    assert spent.user + spent.system < 0.7  # of the processor: what else runs beside the tests does not count
    assert instance.urls.pids["web"] == urls.pids["web"]


def test_a_second_up_on_the_folder_says_where_the_first_one_is(instance: ChildInstance) -> None:
    second = subprocess.run(
        up_arguments(instance.data), cwd=REPOSITORY, capture_output=True, text=True, timeout=30, check=False
    )
    assert second.returncode == 1
    assert instance.urls.api in second.stderr
    assert httpx.get(f"{instance.urls.api}/readyz").status_code == 200


def test_doctor_finds_every_part_up(instance: ChildInstance) -> None:
    arguments = [*up_arguments(instance.data)[:3], "doctor", "--data", str(instance.data)]
    told = subprocess.run(arguments, cwd=REPOSITORY, capture_output=True, text=True, timeout=30, check=False)
    lines = told.stdout.splitlines()
    assert (told.returncode, [line.split()[:2] for line in lines]) == (0, [[part, "up"] for part in PARTS])


def test_a_stop_leaves_nothing_behind_and_the_next_start_finds_the_same_ports(folder: Path) -> None:
    data = folder / "stops"
    with child_instance(data, "--workers", "1") as instance:
        urls = instance.await_urls()
        processes = family([instance.process.pid])
        asked_at = time.monotonic()
        assert instance.end(signal.SIGTERM) == 0
        assert time.monotonic() - asked_at < 10
        assert alive(processes) == []
        assert not urls_path(data).exists()
    with child_instance(data, "--workers", "1") as instance:
        again = instance.await_urls()
        assert places(again) == places(urls)
        processes = family([instance.process.pid])
        assert instance.end(signal.SIGINT) == 0
        assert alive(processes) == []


def test_nothing_outlives_a_killed_supervisor_and_the_folder_can_be_used_again(folder: Path) -> None:
    data = folder / "killed"
    with child_instance(data, "--workers", "1") as instance:
        instance.await_urls()
        processes = family([instance.process.pid])
        instance.end(signal.SIGKILL)
        wait_for(lambda: not alive(processes), seconds=5, what="end of the parts")
        urls_path(data).unlink()  # a killed one cannot take it away
    with child_instance(data, "--workers", "1") as instance:
        assert httpx.get(f"{instance.await_urls().api}/readyz").status_code == 200


def test_a_taken_port_is_named_and_nothing_is_left(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, open_folder() as folder:
        port = taken.getsockname()[1]
        refused = subprocess.run(
            [*up_arguments(folder / "data"), "--port", str(port)],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (refused.returncode, str(port) in refused.stderr) == (1, True)


def test_urls_in_the_environment_replace_the_embedded_servers(settings: Settings, folder: Path) -> None:
    variables = {
        "FLOORBOOK_MONGO_URL": settings.mongo_url,
        "FLOORBOOK_MONGO_DATABASE": settings.mongo_database,
        "FLOORBOOK_REDIS_URL": settings.redis_url,
        "FLOORBOOK_WAREHOUSE_URL": settings.warehouse_url,
    }
    with child_instance(folder / "given", "--workers", "1", variables=variables) as instance:
        urls = instance.await_urls()
        given = (settings.mongo_url, settings.redis_url, settings.warehouse_url)
        assert (urls.mongo, urls.redis, urls.warehouse) == given
        assert set(urls.pids) == {"web", "api", "relay", "workers", "worker-1", "background", "beat"}


async def test_an_instance_can_be_had_in_process() -> None:
    with open_folder() as folder:
        async with Instance(Options(folder / "data", port=0, n_workers=1)) as instance:
            urls = instance.urls
            async with httpx.AsyncClient() as client:
                assert (await client.get(f"{urls.api}/readyz")).status_code == 200
            processes = [psutil.Process(pid) for pid in urls.pids.values()]
        assert alive(processes) == []
        assert is_free(int(urls.api.rpartition(":")[2]))


@pytest.mark.skipif(
    os.geteuid() != 0, reason="only root can become another user; as an ordinary user all tests here do"
)
def test_an_ordinary_user_can_run_it() -> None:
    setpriv, python = shutil.which("setpriv"), python_for_everybody()
    if setpriv is None or python is None or not open_to_others(REPOSITORY / "cli"):
        pytest.skip("needs setpriv, and a Python and a repository that other users may read")
    prefix = (setpriv, "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--no-new-privs")
    with open_folder() as folder:
        data = folder / "data"
        data.mkdir()
        shutil.chown(data, "nobody")
        with child_instance(data, "--workers", "1", prefix=prefix, python=python) as instance:
            urls = instance.await_urls()
            assert {psutil.Process(pid).username() for pid in urls.pids.values()} == {"nobody"}
            assert instance.end() == 0
