"""`floorbook up` as a child process, as a user runs it, for tests that kill."""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import psutil

from cli.instance import REPOSITORY, Urls, read_urls, urls_path
from cli.servers.ownership import open_to_others

T = TypeVar("T")
START_SECONDS = 60.0


def wait_for(answer: Callable[[], T | None], *, seconds: float, what: str) -> T:
    """Ask until the answer is something; fail, saying what was waited for, after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := answer():
            return found
        time.sleep(0.01)
    raise AssertionError(f"after {seconds} s: no {what}")


@dataclass
class ChildInstance:
    """An instance in a process of its own."""

    data: Path
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def urls(self) -> Urls:
        return read_urls(self.data)

    def await_urls(self) -> Urls:
        def once_written() -> Urls | None:
            assert self.process.poll() is None, f"up ended with {self.process.returncode}:\n{self.log.read_text()}"
            return self.urls if urls_path(self.data).exists() else None

        return wait_for(once_written, seconds=START_SECONDS, what=f"urls.json:\n{self.log.read_text()}")

    def await_new_pid(self, part: str, old: int, *, seconds: float) -> int:
        def new() -> int | None:
            pid = self.urls.pids[part]
            return pid if pid != old else None

        return wait_for(new, seconds=seconds, what=f"new {part}")

    def await_calm(self) -> None:
        """Wait until every part that was killed before works again: two cores are few."""
        names = [part for part in self.urls.pids if part not in {"mongo", "redis", "warehouse", "api", "web"}]
        ready = [self.data / "run" / f"{name}.ready" for name in names]
        wait_for(lambda: all(path.exists() for path in ready), seconds=30, what="calm")

    def end(self, number: signal.Signals = signal.SIGTERM, *, seconds: float = 15) -> int:
        """Signal the supervisor and answer its exit code."""
        self.process.send_signal(number)
        return self.process.wait(seconds)


def up_arguments(data: Path, *more: str, python: str = sys.executable) -> list[str]:
    return [python, "-m", "cli.main", "up", "--data", str(data), "--port", "0", *more]


@contextmanager
def child_instance(
    data: Path,
    *more: str,
    prefix: Sequence[str] = (),
    python: str = sys.executable,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[ChildInstance]:
    """Run `floorbook up` on the folder; whatever the test did, nothing of it is left afterwards."""
    data.mkdir(parents=True, exist_ok=True)
    log = data.parent / f"{data.name}.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FLOORBOOK_")}
    environment |= variables
    if python != sys.executable:
        environment["PYTHONPATH"] = sysconfig.get_path("purelib")
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*prefix, *up_arguments(data, *more, python=python)],
            stdout=output,
            stderr=output,
            cwd=REPOSITORY,
            env=environment,
        )
    instance = ChildInstance(data, process, log)
    try:
        yield instance
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(20)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder with a space in its name that any user may walk through (pytest's own is closed to others)."""
    folder = Path(tempfile.mkdtemp(prefix="floorbook up "))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def python_for_everybody() -> str | None:
    """A Python that any user may run with our packages: ours, or the system's where it can import them."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    candidates = [sys.executable, shutil.which(version, path="/usr/local/bin:/usr/bin:/bin")]
    return next((python for python in candidates if python and _can_import_ours(python)), None)


def _can_import_ours(python: str) -> bool:
    if not open_to_others(Path(python).resolve()):
        return False
    environment = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}
    words = [python, "-c", "import cli.embedded, workers.app"]
    return subprocess.run(words, env=environment, cwd=REPOSITORY, capture_output=True, check=False).returncode == 0


def family(pids: Sequence[int]) -> list[psutil.Process]:
    """These processes and all that they started."""
    parents = [psutil.Process(pid) for pid in pids]
    return [*parents, *(child for parent in parents for child in parent.children(recursive=True))]


def alive(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Those that still run; a zombie waits for its parent and runs no more."""
    return [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
