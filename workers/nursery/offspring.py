"""Fork a process that tells its parent what it has to say over a line, and that ends with its parent."""

import ctypes
import json
import os
import select
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

_PR_SET_PDEATHSIG = 1
_ENDING = (signal.SIGTERM, signal.SIGINT)
_READ_BYTES = 65_536

log = structlog.get_logger()

Message = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """The child's end. A message is one write, which a pipe keeps whole up to 4 KiB."""

    handle: int

    def tell(self, message: Message) -> None:
        """Send a message; a parent that is gone hears nothing."""
        os.write(self.handle, json.dumps(message).encode() + b"\n")


@dataclass(slots=True)
class Offspring:
    """The parent's end."""

    name: str
    pid: int
    handle: int
    is_alive: bool = True
    _heard: bytes = field(default=b"", init=False)

    def hear(self) -> list[Message]:
        """Answer what it has said since; take note of its end, which closes the line."""
        said = os.read(self.handle, _READ_BYTES)
        if not said:
            os.close(self.handle)
            os.waitpid(self.pid, 0)
            self.is_alive = False
        *lines, self._heard = (self._heard + said).split(b"\n")
        return [json.loads(line) for line in lines]

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal. Its pid is ours until `hear` has told its end."""
        if self.is_alive:
            os.kill(self.pid, number)


def fork(name: str, life: Callable[[Line], None]) -> Offspring:
    """Start a child that runs `life` and ends with it. This process must have no other thread."""
    parent = os.getpid()
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)  # what comes before the child has its own handlers must wait
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _live(parent, Line(writing), life)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    os.close(writing)
    return Offspring(name, pid, reading)


def name_children(path: Path, pids: Mapping[str, int]) -> None:
    """Write which process each child is, in one step; a full disk must not end the children."""
    part = path.with_suffix(".part")
    with suppress(OSError):
        part.write_text(json.dumps(pids))
        part.replace(path)


def _live(parent: int, line: Line, life: Callable[[Line], None]) -> None:
    """Be the child; never return to what the parent was doing."""
    code = 1
    try:
        _end_with(parent)
        signal.set_wakeup_fd(-1)
        for number in _ENDING:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        life(line)
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:  # the door of a process: what gets here is told, and ends it
        log.exception("process_failed")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _end_with(parent: int) -> None:
    """Have the kernel end this process when its parent is gone, kill -9 included (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before we could ask
        os._exit(1)


class Ending:
    """Set by SIGTERM or SIGINT; `wait` wakes at once."""

    def __init__(self) -> None:
        self.is_set = False
        self._woken, waking = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(waking, False)
        signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
        for number in _ENDING:
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: object) -> None:
        self.is_set = True

    def wait(self, offspring: Iterable[Offspring], seconds: float) -> list[Offspring]:
        """Answer those of the offspring that have something to say, or have ended; none when the time is up."""
        lines = {child.handle: child for child in offspring if child.is_alive}
        speaking, _, _ = select.select([self._woken, *lines], [], [], seconds)
        if self._woken in speaking:
            os.read(self._woken, _READ_BYTES)
        return [lines[handle] for handle in speaking if handle in lines]
