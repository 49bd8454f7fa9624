"""The embedded servers: durable, at home in awkward places, and found or clearly missed."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pymongo
import pytest
import redis

from cli.instance import REPOSITORY
from cli.servers.binaries import from_path, from_wheel
from cli.servers.mongo import start_mongo
from cli.servers.ports import assign_ports, free_port, is_free
from cli.servers.postgres import start_postgres
from cli.servers.process import Running, ServerError
from cli.servers.redis import start_redis
from tests.e2e.instances import open_folder, wait_for


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder() as opened:
        yield opened


def test_mongod_keeps_what_it_acknowledged_when_killed_and_moved_to_another_port(folder: Path) -> None:
    with start_mongo(folder / "mongo", free_port()) as first:
        with pymongo.MongoClient[dict[str, object]](first.url) as client:
            client.shop.notes.insert_one({"_id": "n-1"})
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
    with (
        start_mongo(folder / "mongo", free_port()) as second,
        pymongo.MongoClient[dict[str, object]](second.url) as client,
    ):
        assert second.url != first.url
        assert client.shop.notes.find_one() == {"_id": "n-1"}


def test_redis_keeps_its_queue_over_a_restart(folder: Path) -> None:
    with start_redis(folder / "redis", free_port()) as first, redis.Redis.from_url(first.url) as client:
        client.rpush("ingest", "c-1")
    with start_redis(folder / "redis", free_port()) as second, redis.Redis.from_url(second.url) as client:
        assert client.lrange("ingest", 0, -1) == [b"c-1"]


def test_postgres_keeps_what_was_committed_when_killed(folder: Path) -> None:
    with start_postgres(folder / "warehouse", free_port()) as first:
        with psycopg.connect(first.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
    with start_postgres(folder / "warehouse", free_port()) as second, psycopg.connect(second.url) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (1,)


def test_postgres_lets_nobody_in_without_the_password(folder: Path) -> None:
    with start_postgres(folder / "warehouse", free_port(), durable=False) as server:
        password = (folder / "warehouse" / "password").read_text()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.url.replace(password, "guess"))


@pytest.mark.parametrize("start", [start_mongo, start_redis, start_postgres])
def test_servers_listen_on_loopback_only(folder: Path, start: Callable[[Path, int], Running]) -> None:
    port = free_port()
    with start(folder / "data", port):
        listening = subprocess.run(["ss", "-ltnH", f"sport = :{port}"], capture_output=True, text=True, check=True)
        assert [line.split()[3] for line in listening.stdout.splitlines()] == [f"127.0.0.1:{port}"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start it where other users may not look")
def test_root_can_start_postgres_where_other_users_may_not_look(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with start_postgres(closed / "warehouse", free_port(), durable=False) as server:
        elsewhere = (closed / "warehouse" / "elsewhere").resolve()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SHOW data_directory").fetchone() == (str(elsewhere / "cluster"),)
    shutil.rmtree(elsewhere)


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    taken = free_port()
    with start_redis(folder / "one", taken), pytest.raises(ServerError, match="in use"):
        start_mongo(folder / "two", taken)


def test_ports_are_remembered_while_they_are_free(tmp_path: Path) -> None:
    memory = tmp_path / "ports.json"
    first = assign_ports(memory, {"mongo": None, "redis": None})
    assert assign_ports(memory, {"mongo": None, "redis": None}) == first
    assert len(set(first.values())) == 2
    memory.write_text("half a fi")
    assert all(is_free(port) for port in assign_ports(memory, {"mongo": None}).values())


def test_a_program_dies_with_the_thread_that_started_it(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys; from cli.servers.process import Command, spawn;"
        f"print(spawn(Command(('sleep', '60'), pathlib.Path({str(tmp_path / 'log')!r}))).pid)"
    )
    told = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    pid = int(told.stdout)
    wait_for(lambda: not Path(f"/proc/{pid}/cmdline").exists(), seconds=2, what="end of the sleeper")


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="only root can hide a library")
def test_mongod_starts_on_a_system_without_libcurl(folder: Path) -> None:
    known = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    libraries = [line.split("=>")[1].strip() for line in known.splitlines() if "libcurl.so.4 " in line]
    hide = "".join(f"mount --bind /dev/null {os.path.realpath(path)} && " for path in libraries)
    script = (
        "import pathlib; from cli.servers.mongo import *; from cli.servers.ports import *; from cli.servers.libraries import *;"
        f"start_mongo(pathlib.Path({str(folder / 'mongo')!r}), free_port()).stop(); print(lacks_curl(find_mongod()))"
    )
    words = ["unshare", "--mount", "sh", "-c", f'{hide}exec "$0" -c "$1"', sys.executable, script]
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "True"), done.stderr


def test_what_is_not_installed_is_not_found() -> None:
    assert from_wheel(("no-such-distribution",), "/bin/mongod") is None
    assert from_path("no-such-program") is None
