"""`floorbook bench peers`: store a document and read it again, here and with what one would write instead.

All on the same document store, in turns, the best of several; what counts is the processor's time a request. Peers are
installed into a folder that is gone afterwards; what cannot be installed is skipped with a word.
"""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psutil

from backend.actions.tokens import load_signing_key, sign
from backend.domain.access import Caller, Role
from backend.domain.clock import utc_now
from backend.domain.ids import AssociateId, StoreId
from cli.bench import peer_sources
from cli.bench.fresh import fresh_instance
from cli.bench.hammer import hammer, request
from cli.bench.results import BenchResult, Level
from cli.embedded import say
from cli.instance import issuer_key, read_urls
from cli.servers.ports import free_port, is_listening

N_REQUESTS, ROUNDS = 600, 4
INSTALL_SECONDS, START_SECONDS = 180, 30
MOST_TIMES_BARE = 1.3
BARE = "FastAPI + pydantic + pymongo"
DOCUMENT = {
    "firstname": "Fama",
    "lastname": "Ndiaye",
    "address": {"street": "12 Elm Street", "city": "Albany", "state": "NY", "zip": "12203"},
    "products": ["Ski Boots", "Helmet", "Wool Socks"],
    "orders": [
        {
            "order_id": 15122,
            "status": "closed",
            "filed_on": "2026-10-02",
            "comments": "asked about women's small ski mask",
        },
        {"order_id": 15190, "status": "open", "filed_on": "2026-11-12", "comments": "call when the poles are in"},
    ],
    "notes": [{"note_id": "n1", "text": "Prefers to be called in the evening, looks for skis for her son (8)."}],
}
"""A customer's document of the usual size."""


@dataclass(slots=True)
class Contender:
    """A server: how it is written to and read from, and what it used at its best."""

    name: str
    port: int
    pid: int
    write: Callable[[str], bytes]
    read: Callable[[str], bytes]
    best: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    """By kind of request: µs of its own, µs of the document store, requests a second."""


def bench_peers() -> BenchResult:
    """Measure ours, the bare route and the peers that can be installed."""
    with fresh_instance() as data, ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="floorbook-peers-")))
        urls = read_urls(data)
        contenders, skipped = [_ours(data)], []
        for name, start in _PEERS.items():
            try:
                contenders.append(stack.enter_context(start(name, folder, urls.mongo)))
            except (OSError, subprocess.SubprocessError) as error:
                skipped.append(Level(name, f"skipped: {str(error).splitlines()[0][:120]}"))
        with _held(urls.pids["relay"]):  # our workers would read meanwhile, at the same store's cost
            asyncio.run(_in_turns(contenders, urls.pids["mongo"]))
    return BenchResult("peers", (*_table(contenders), *skipped), _samples(contenders))


async def _in_turns(contenders: Sequence[Contender], mongo: int) -> None:
    for number in range(ROUNDS + 1):
        for one in contenders:
            ids = [f"peer-{uuid4().hex}" for _ in range(N_REQUESTS)]
            for kind, make in (("write", one.write), ("read", one.read)):
                before = _cpu_us(one.pid), _cpu_us(mongo)
                seconds = await hammer(one.port, [make(id_) for id_ in ids])
                own, store = _cpu_us(one.pid) - before[0], _cpu_us(mongo) - before[1]
                found = (own / N_REQUESTS, store / N_REQUESTS, N_REQUESTS / seconds)
                if number:  # the first is to warm up
                    held = one.best.get(kind, found)
                    one.best[kind] = (min(held[0], found[0]), min(held[1], found[1]), max(held[2], found[2]))


def _cpu_us(pid: int) -> float:
    process = psutil.Process(pid)
    return 1e6 * sum(sum(one.cpu_times()[:2]) for one in (process, *process.children(recursive=True)))


def _table(contenders: Sequence[Contender]) -> Iterator[Level]:
    bare = next((one for one in contenders if one.name == BARE), None)
    for kind in ("write", "read"):
        for one in contenders:
            own, store, rate = one.best[kind]
            what = f"{kind}: {own:.0f} µs CPU, document store {store:.0f} µs, {rate:,.0f} a second"
            if one.name != _OURS or bare is None or kind != "write":
                yield Level(f"{one.name}, {kind}", what)
                continue
            times = own / bare.best[kind][0]
            yield Level(
                f"{one.name}, {kind}",
                f"{what}; {times:.2f} × bare",
                f"≤ {MOST_TIMES_BARE} × bare",
                times <= MOST_TIMES_BARE,
            )


def _samples(contenders: Sequence[Contender]) -> dict[str, Sequence[float]]:
    return {
        f"{one.name}, {kind}: own_us, store_us, per_s": figures
        for one in contenders
        for kind, figures in one.best.items()
    }


_OURS = "Floorbook, with sign-in, idempotency, outbox, raw bytes, revisions"


def _ours(data: Path) -> Contender:
    urls = read_urls(data)
    caller = Caller("bench", Role.ASSOCIATE, store_id=StoreId("S1"), associate_id=AssociateId("bench"))
    bearer = f"Authorization: Bearer {sign(load_signing_key(issuer_key(data)), caller, utc_now())}"
    body = json.dumps(DOCUMENT).encode()

    def write(id_: str) -> bytes:
        return request("PUT", f"/v1/customers/{id_}", (bearer, f"Idempotency-Key: {id_}"), body)

    port = int(urls.api.rpartition(":")[2])
    return Contender(
        _OURS, port, urls.pids["api"], write, lambda id_: request("GET", f"/v1/customers/{id_}", (bearer,))
    )


@contextmanager
def _running(name: str, arguments: Sequence[str], folder: Path, mongo: str) -> Iterator[Contender]:
    """Run a peer until the end of the block; raises OSError where it does not answer."""
    port = free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*arguments, str(port), mongo], cwd=folder, stdout=log, stderr=log)  # noqa: S603 - ours
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_listening(port) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        if not is_listening(port):
            raise OSError((folder / "log").read_text(errors="replace")[-300:] or "it does not answer")
        yield Contender(name, port, process.pid, _plain_write, lambda id_: request("GET", f"/customers/{id_}"))
    finally:
        process.kill()
        process.wait()


def _plain_write(id_: str) -> bytes:
    return request("POST", f"/customers/{id_}", body=json.dumps(DOCUMENT).encode())


@contextmanager
def _bare(name: str, folder: Path, mongo: str) -> Iterator[Contender]:
    script = _written(folder, "bare.py", peer_sources.BARE)
    with _running(name, (sys.executable, str(script)), script.parent, mongo) as contender:
        yield contender


@contextmanager
def _express(name: str, folder: Path, mongo: str) -> Iterator[Contender]:
    script = _written(folder, "express.js", peer_sources.EXPRESS)
    with _running(name, (_npm_install(script.parent, "express", "mongodb"), str(script)), script.parent, mongo) as one:
        yield one


@contextmanager
def _eve(name: str, folder: Path, mongo: str) -> Iterator[Contender]:
    script = _written(folder, "eve_app.py", peer_sources.EVE)
    venv.create(script.parent / "venv", with_pip=True)
    python = script.parent / "venv" / "bin" / "python"
    _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "eve", "waitress")
    with _running(name, (str(python), str(script)), script.parent, mongo) as one:
        one.write = lambda id_: request("POST", "/customers", body=json.dumps({"_id": id_, **DOCUMENT}).encode())
        yield one


@contextmanager
def _parse(name: str, folder: Path, mongo: str) -> Iterator[Contender]:
    script = _written(folder, "parse.js", peer_sources.PARSE)
    with _running(
        name, (_npm_install(script.parent, "express", "parse-server"), str(script)), script.parent, mongo
    ) as one:
        who = ("X-Parse-Application-Id: peer", "X-Parse-Master-Key: peer-master")
        place = "/parse/classes/customers"
        one.write = lambda id_: request("POST", place, who, json.dumps({"objectId": id_, **DOCUMENT}).encode())
        one.read = lambda id_: request("GET", f"{place}/{id_}", who)
        yield one


_PEERS = {BARE: _bare, "Express + mongodb driver": _express, "Eve": _eve, "Parse Server": _parse}


def _written(folder: Path, name: str, source: str) -> Path:
    home = folder / name.partition(".")[0]
    home.mkdir()
    script = home / name
    script.write_text(source, encoding="utf-8")
    return script


def _npm_install(folder: Path, *packages: str) -> str:
    """Install packages into the folder; answer the path of node."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        raise OSError("there is no node and npm on PATH")
    say(f"installing {', '.join(packages)}")
    _run(npm, "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", "--silent", *packages)
    return node


def _run(*arguments: str) -> None:
    subprocess.run(arguments, check=True, capture_output=True, timeout=INSTALL_SECONDS)  # noqa: S603 - ours


@contextmanager
def _held(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
