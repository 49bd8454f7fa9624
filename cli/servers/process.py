"""Start a program so that it never outlives its parent, and stop it with all that it started."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from cli.errors import CommandError

_LAUNCH = Path(__file__).with_name("launch.py")
_POLL_SECONDS = 0.02
_ERROR = re.compile(r'"s":"[EF]"|\bFATAL\b|# Fatal')


class ServerError(CommandError):
    """A server cannot be found or does not come up; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Command:
    """How a program is started and stopped."""

    arguments: tuple[str, ...]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)  # on top of ours
    user: str = ""  # to run as, where we are root; empty: our own
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL  # sent by the kernel when we are gone
    cwd: Path | None = None
    niceness: int = 0  # how far it stands back for others
    inherited: tuple[int, ...] = ()  # file descriptors that it gets, a listening socket for one


class Part(Protocol):
    """What is started and watched: an embedded server, or a process of our own."""

    name: str

    def prepare(self) -> None:
        """Make what must be on disk before a start; safe to repeat."""
        ...

    def command(self) -> Command:
        """How it is started."""
        ...

    def is_ready(self) -> bool:
        """Answer whether it takes work now; may also finish its set-up."""
        ...


@dataclass(frozen=True, slots=True)
class Child:
    """A process that a part started and looks after itself."""

    pid: int
    log: Path


@runtime_checkable
class Parent(Protocol):
    """A part whose children have names of their own."""

    def children(self) -> Mapping[str, Child]:
        """Answer them as they are now."""
        ...


class Server(Part, Protocol):
    """A part that listens."""

    port: int

    @property
    def url(self) -> str:
        """Where clients find it."""
        ...


def spawn(command: Command) -> subprocess.Popen[bytes]:
    """Start the program in a session of its own, its output appended to its log.

    The kernel ties a child's death to the thread that made it: call this from a thread that stays.
    """
    command.log.parent.mkdir(parents=True, exist_ok=True)
    launcher = [sys.executable, "-I", "-S", str(_LAUNCH), str(int(command.death_signal)), str(os.getpid())]
    launcher += [str(command.niceness), command.user]
    with command.log.open("ab") as log:
        return subprocess.Popen(  # noqa: S603  # our own programs
            [*launcher, *command.arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **command.environment},
            cwd=command.cwd,
            pass_fds=command.inherited,
            start_new_session=True,
        )


def ask_to_stop(process: subprocess.Popen[bytes], command: Command) -> None:
    """Send the program its signal to end."""
    if process.poll() is None:
        process.send_signal(command.stop_signal)


def await_end(process: subprocess.Popen[bytes], *, seconds: float) -> None:
    """Wait for the program to end, `seconds` at most; then end it and whatever is left of its group the hard way."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    kill_group(process)


def stop(process: subprocess.Popen[bytes], command: Command, *, seconds: float = 10) -> None:
    """Stop the program cleanly."""
    ask_to_stop(process, command)
    await_end(process, seconds=seconds)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End whatever the program may have left in its session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # nobody left, which is the usual case
        return


def wait_until_ready(part: Part, process: subprocess.Popen[bytes], *, seconds: float = 60) -> None:
    """Return when the server takes work; raises ServerError with the end of its log when it dies or takes too long."""
    deadline = time.monotonic() + seconds
    while not part.is_ready():
        if process.poll() is not None:
            raise ServerError(f"{part.name} ended with exit code {process.returncode}:\n{tail(part.command().log)}")
        if time.monotonic() > deadline:
            raise ServerError(f"{part.name} does not answer after {seconds:.0f} s:\n{tail(part.command().log)}")
        time.sleep(_POLL_SECONDS)


def tail(log: Path, *, lines: int = 15) -> str:
    """Answer what a log says of an end: the errors among its last lines, as servers mark them, else the last lines."""
    if not log.exists():
        return "(no log)"
    told = log.read_text(errors="replace").splitlines()[-200:]
    errors = [line for line in told if _ERROR.search(line)]
    return "\n".join((errors or told)[-lines:])


@dataclass(frozen=True, slots=True)
class Running:
    """A started server; as a context manager it is stopped at the end."""

    server: Server
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return self.server.url

    def stop(self) -> None:
        """Stop it cleanly."""
        stop(self.process, self.server.command())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def start(server: Server) -> Running:
    """Prepare, start, and wait until the server takes work."""
    server.prepare()
    process = spawn(server.command())
    try:
        wait_until_ready(server, process)
    except BaseException:
        stop(process, server.command())
        raise
    return Running(server, process)
