"""The fleet on a whole instance: every acknowledged write is there once, and the suggestions come."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.instance import REPOSITORY
from sample_store import generate
from tests.e2e.instances import ChildInstance, child_instance, open_folder

KINDS = ("products", "channels", "customers", "orders", "notes")


@dataclass
class Shop:
    """An instance with a small sample store in it."""

    instance: ChildInstance

    def command(self, *arguments: str) -> "subprocess.Popen[bytes]":
        words = [sys.executable, "-m", "cli.main", *arguments, "--data", str(self.instance.data)]
        return subprocess.Popen(words, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        process = self.command(*arguments)
        out, err = process.communicate(timeout=200)
        return process.returncode, out.decode(), err.decode()


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with open_folder() as folder, child_instance(folder / "data") as instance:
        instance.await_urls()
        found = Shop(instance)
        paths = generate(seed=1, scale=0.01).write(folder / "files", "csv", KINDS)
        for kind in KINDS:
            code, _, err = found.run("import", kind, str(paths[kind]), "--wait")
            assert code == 0, err
        yield found


def test_all_that_is_acknowledged_is_there_once_and_suggestions_follow(shop: Shop) -> None:
    code, out, err = shop.run(
        "fleet", "--associates", "10", "--notes-per-associate", "10", "--minutes", "0.1", "--json",
        "--offline-share", "0.3", "--lost-share", "0.3",
    )  # fmt: skip
    report: dict[str, Any] = json.loads(out)
    assert code == 0, err
    assert (report["planned"], report["acknowledged"], report["is_sound"]) == (100, 100, True)
    assert report["counts"]["retries"] >= report["counts"]["lost_answers"] > 10
    assert report["counts"]["written_offline"] > 10
    assert report["verdict"] == {"missing": [], "doubled": [], "unread": []}
    assert report["latency"]["n"] > 20
    assert {"extracted", "loaded", "ranked", "pushed"} <= report["stages"].keys()


@pytest.mark.faults
async def test_nothing_is_lost_or_doubled_while_the_parts_are_killed(shop: Shop) -> None:
    shop.instance.await_calm()
    fleet = shop.command(
        "fleet", "--associates", "10", "--notes-per-associate", "40", "--minutes", "0.4", "--json", "--seed", "2"
    )
    await asyncio.sleep(6)
    for part in ("api", "worker-1", "redis", "mongo"):
        pid = shop.instance.urls.pids[part]
        os.kill(pid, signal.SIGKILL)
        await asyncio.to_thread(shop.instance.await_new_pid, part, pid, seconds=20)
        await asyncio.sleep(2)
    out, err = await asyncio.to_thread(fleet.communicate, timeout=200)
    report = json.loads(out)
    assert fleet.returncode == 0, err.decode()
    assert (report["acknowledged"], report["is_sound"]) == (400, True)
    assert report["verdict"] == {"missing": [], "doubled": [], "unread": []}
    assert report["counts"]["streams_reopened"] > 0


def test_more_associates_than_there_are_is_said(shop: Shop) -> None:
    code, _, err = shop.run("fleet", "--associates", "400")
    assert code == 1
    assert "400 are wanted" in err
    assert "Traceback" not in err


def test_without_an_instance_it_says_what_to_start(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "cli.main", "fleet", "--data", str(tmp_path)]
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"floorbook up" in done.stderr
