"""One instance per data folder: a lock that goes with its holder, and the end of what a killed one left."""

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from cli.errors import CommandError
from cli.instance import read_urls


class FolderInUseError(CommandError):
    """Another instance runs on this folder."""


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Hold the folder; raises FolderInUseError, with where the other one answers, when it is held already."""
    run = data / "run"
    run.mkdir(parents=True, exist_ok=True)
    with (run / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUseError(_in_use(data)) from None
        _end_leftovers(run / "pids.json")
        yield


def _in_use(data: Path) -> str:
    text = f"another `floorbook up` runs on {data}"
    try:
        urls = read_urls(data)
    except CommandError:
        return f"{text} and is not ready yet"
    return f"{text}:\n  API        {urls.api}\n  phone      {urls.phone}\n  dashboard  {urls.dashboard}"


def remember_pids(data: Path, pids: Mapping[str, int]) -> None:
    """Write down which processes are ours, with their birth, so that a pid used again is not mistaken for one."""
    born = {}
    for pid in pids.values():
        with suppress(psutil.NoSuchProcess):
            born[str(pid)] = psutil.Process(pid).create_time()
    (data / "run" / "pids.json").write_text(json.dumps(born))


def _end_leftovers(pids: Path) -> None:
    """End what a killed instance has left; on Linux the kernel has done so already."""
    with suppress(OSError, ValueError):
        for pid, born in json.loads(pids.read_text()).items():
            with suppress(psutil.NoSuchProcess):
                process = psutil.Process(int(pid))
                if process.create_time() == born:
                    process.kill()
                    process.wait(10)
    pids.unlink(missing_ok=True)
