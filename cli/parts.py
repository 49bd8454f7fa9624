"""The processes of our own that `floorbook up` runs: each is `python -m cli.main serve PART`."""

import http.client
import json
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.instance import REPOSITORY
from cli.servers.process import Child, Command

FAST_QUEUES = "push,suggest,ingest,history"
SLOW_QUEUES = "corrections,references,marts,exports,erasures,quality"
_SLOW_LANE = {"background": 10, "beat": 10}
"""By so much these stand back for whoever a person waits for."""


def answers_ok(host: str, port: int, path: str) -> bool:
    """Answer whether a GET of this path is answered with 200."""
    connection = http.client.HTTPConnection(host, port, timeout=3)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _said_children(said: Path, log_of: Callable[[str], Path]) -> dict[str, Child]:
    """Answer the children that a parent has named in its file; none before it has."""
    try:
        pids = json.loads(said.read_bytes())
    except FileNotFoundError:
        return {}
    return {name: Child(pid, log_of(name)) for name, pid in pids.items()}


@dataclass(slots=True)
class WebPart:
    """The parent of the API, which it forks. The socket is ours and outlives both: callers wait meanwhile."""

    listening: socket.socket
    environment: Mapping[str, str]
    log: Path
    children_file: Path
    name: str = "web"

    @property
    def address(self) -> tuple[str, int]:
        """Where this machine reaches it."""
        host, port = self.listening.getsockname()[:2]
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port  # noqa: S104  # compared, not bound

    def prepare(self) -> None:
        """Take away what the process before has said."""
        self.children_file.parent.mkdir(parents=True, exist_ok=True)
        self.children_file.unlink(missing_ok=True)

    def command(self) -> Command:
        """Say how it is started: on the inherited socket."""
        handle = self.listening.fileno()
        where = ("--socket", str(handle), "--children", str(self.children_file))
        arguments = (sys.executable, "-m", "cli.main", "serve", "api", *where)
        return Command(arguments, self.log, self.environment, cwd=REPOSITORY, inherited=(handle,))

    def is_ready(self) -> bool:
        """Answer whether it is alive; whether all behind it is well is another question (`/readyz`)."""
        return answers_ok(*self.address, "/healthz")

    def children(self) -> dict[str, Child]:
        """Answer the API."""
        return _said_children(self.children_file, lambda _: self.log)


@dataclass(slots=True)
class QuietPart:
    """A process without a port: it makes a file when it takes work."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    ready_file: Path
    niceness: int = 0

    def prepare(self) -> None:
        """Take away the mark of the process before."""
        self.ready_file.parent.mkdir(parents=True, exist_ok=True)
        self.ready_file.unlink(missing_ok=True)

    def command(self) -> Command:
        """Say how it is started."""
        serve = (sys.executable, "-m", "cli.main", "serve", *self.arguments, "--ready-file", str(self.ready_file))
        return Command(serve, self.log, self.environment, cwd=REPOSITORY, niceness=self.niceness)

    def is_ready(self) -> bool:
        """Answer whether it has said so."""
        return self.ready_file.exists()


@dataclass(slots=True)
class Nursery(QuietPart):
    """The parent of the workers of the fast queues, which say in a file who they are."""

    @property
    def children_file(self) -> Path:
        """Where it says which process each worker is."""
        return self.ready_file.with_suffix(".json")

    def prepare(self) -> None:
        """Take away what the process before has said."""
        QuietPart.prepare(self)
        self.children_file.unlink(missing_ok=True)

    def children(self) -> dict[str, Child]:
        """Answer the workers; none before the first of them take work."""
        return _said_children(self.children_file, lambda name: self.log.with_name(f"{name}.log"))


def _nursery(data: Path, environment: Mapping[str, str], n_workers: int) -> Nursery:
    logs, run = data / "logs", data / "run"
    names = [word for number in range(1, n_workers + 1) for word in ("--name", f"worker-{number}")]
    where = ("--children", str(run / "workers.json"), "--run", str(run), "--logs", str(logs))
    words = ("worker", "--queues", FAST_QUEUES, *names, *where)
    return Nursery("workers", words, environment, logs / "workers.log", run / "workers.ready")


def quiet_parts(data: Path, environment: Mapping[str, str], *, n_workers: int) -> list[QuietPart]:
    """Answer the relay, the workers of the fast queues, the one of the slow queues, and the beat."""
    commands: dict[str, tuple[str, ...]] = {
        "relay": ("relay",),
        "background": ("worker", "--queues", SLOW_QUEUES, "--name", "background"),
        "beat": ("beat", "--schedule", str(data / "run" / "beat")),
    }
    logs, run = data / "logs", data / "run"
    relay, *others = [
        QuietPart(name, words, environment, logs / f"{name}.log", run / f"{name}.ready", _SLOW_LANE.get(name, 0))
        for name, words in commands.items()
    ]
    return [relay, _nursery(data, environment, n_workers), *others]
