"""Keep parts running: start them, notice at once when one dies, start it again, stop them all at the end.

A `Supervisor` belongs to the thread that starts it: the kernel ends the parts when that thread is gone.
"""

import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen

from cli.errors import CommandError
from cli.servers.process import (
    Child,
    Command,
    Parent,
    Part,
    ServerError,
    ask_to_stop,
    await_end,
    kill_group,
    spawn,
    tail,
)

QUICK_SECONDS = 10.0
"""A part that dies younger than this died quickly."""
FREE_RESTARTS = 3
"""So many quick deaths in a row are answered at once; each one more doubles the wait."""
LONGEST_WAIT_SECONDS = 30.0
UNHEALTHY_SECONDS = 60.0
"""A part that lives and does not answer for so long is ended and started again."""
PULSE_SECONDS = 5.0
START_SECONDS = 90.0
LOG_BYTES = 8 * 1024 * 1024


def wait_before_restart(n_quick_deaths: int) -> float:
    """Answer the seconds to wait before the next start."""
    if n_quick_deaths <= FREE_RESTARTS:
        return 0.0
    return float(min(0.5 * 2 ** (n_quick_deaths - FREE_RESTARTS - 1), LONGEST_WAIT_SECONDS))


@dataclass(slots=True)
class _Watched:
    """A part, its process, and what is known about it. Times are of the monotonic clock."""

    part: Part
    process: "Popen[bytes]"
    command: Command
    started_at: float
    healthy_at: float
    n_quick_deaths: int = 0
    due_at: float | None = None  # dead, and to be started again then
    children: Mapping[str, Child] = field(default_factory=dict)

    @property
    def logs(self) -> list[Path]:
        """Its own, and those of its children."""
        return [self.command.log, *(child.log for child in self.children.values())]


class StoppedError(CommandError):
    """Asked to stop before everything was up."""


@dataclass(slots=True)
class Supervisor:
    """The parts that run, until `stopping` is set. `changed` is called whenever a pid is new."""

    stopping: threading.Event
    report: Callable[[str], None]
    changed: Callable[[], None]
    _watched: dict[str, _Watched] = field(default_factory=dict)
    _told: bool = True  # what `changed` has to write is written

    @property
    def pids(self) -> dict[str, int]:
        """Which process each part is now, and each child of a part."""
        found: dict[str, int] = {}
        for name, watched in self._watched.items():
            found[name] = watched.process.pid
            found |= {child: at.pid for child, at in watched.children.items()}
        return found

    def start(self, parts: Sequence[Part]) -> None:
        """Start these parts together and return when all of them take work; raises ServerError where one does not."""
        for part in parts:
            part.prepare()
            command = part.command()
            now = time.monotonic()
            self._watched[part.name] = _Watched(part, spawn(command), command, now, now)
        self._tell()
        waiting = {part.name for part in parts}
        deadline = time.monotonic() + START_SECONDS
        while waiting:
            self.tend()
            waiting -= {name for name in waiting if self._watched[name].part.is_ready()}
            for name in waiting:
                self._give_up_on(self._watched[name], late=time.monotonic() > deadline)
            if self.stopping.wait(0.02):
                raise StoppedError("stopped before everything was up")

    def _give_up_on(self, watched: _Watched, *, late: bool) -> None:
        if late or watched.n_quick_deaths > FREE_RESTARTS:
            end = tail(watched.command.log)
            raise ServerError(f"{watched.part.name} does not come up; the end of {watched.command.log}:\n{end}")

    def tend(self) -> None:
        """Look at every part once: start again what has died, end what has not answered for too long."""
        now = time.monotonic()
        if not self._told:
            self._tell()
        for watched in self._watched.values():
            self._look_at_children(watched)
            if watched.due_at is not None:
                if now >= watched.due_at:
                    self._start_again(watched)
            elif watched.process.poll() is not None:
                self._plan_restart(watched, now)
            elif now - watched.healthy_at > UNHEALTHY_SECONDS:
                self.report(f"{watched.part.name} has not answered for {UNHEALTHY_SECONDS:.0f} s: ending it")
                watched.process.kill()

    def _look_at_children(self, watched: _Watched) -> None:
        """Publish children that are new; those of a dead part keep their names, as dead, until they have successors."""
        if not isinstance(watched.part, Parent):
            return
        children = watched.part.children()
        if children and children != watched.children:
            watched.children = children
            self._tell()

    def _plan_restart(self, watched: _Watched, now: float) -> None:
        kill_group(watched.process)
        quick = now - watched.started_at < QUICK_SECONDS
        watched.n_quick_deaths = watched.n_quick_deaths + 1 if quick else 0
        wait = wait_before_restart(watched.n_quick_deaths)
        when = f"in {wait:.1f} s" if wait else "now"
        self.report(f"{watched.part.name} ended ({watched.process.returncode}): starting it again {when}")
        watched.due_at = now + wait
        if not wait:
            self._start_again(watched)

    def _start_again(self, watched: _Watched) -> None:
        try:
            watched.part.prepare()
            watched.command = watched.part.command()
            watched.process = spawn(watched.command)
        except OSError as error:  # no disk, no memory, no process: it may pass, and the others go on
            self.report(f"{watched.part.name} cannot be started now ({error}): trying again")
            watched.due_at = time.monotonic() + 1.0
            return
        watched.started_at = watched.healthy_at = time.monotonic()
        watched.due_at = None
        self._tell()

    def _tell(self) -> None:
        try:
            self.changed()
            self._told = True
        except OSError as error:
            if self._told:
                self.report(f"the new pids cannot be written ({error}): trying again")
            self._told = False

    def watch(self) -> None:
        """Keep all parts running until asked to stop."""
        pulse = threading.Thread(target=self._pulse, name="pulse")
        pulse.start()
        while not self.stopping.wait(0.05):
            self.tend()
        pulse.join()

    def _pulse(self) -> None:
        """Ask each part how it is, away from the thread that restarts; keep the logs bounded."""
        while not self.stopping.wait(PULSE_SECONDS):
            for watched in list(self._watched.values()):
                with suppress(OSError):  # a full disk must not end the watch
                    for log in watched.logs:
                        bound_log(log)
                    if watched.part.is_ready():
                        watched.healthy_at = time.monotonic()

    def stop(self, names: Sequence[str], *, seconds: float = 5) -> None:
        """Stop these parts together; what does not end in time is killed."""
        going = [self._watched.pop(name) for name in names if name in self._watched]
        for watched in going:
            ask_to_stop(watched.process, watched.command)
        deadline = time.monotonic() + seconds
        for watched in going:
            await_end(watched.process, seconds=max(0.1, deadline - time.monotonic()))


def bound_log(log: Path, *, most: int = LOG_BYTES) -> None:
    """Keep one older file beside a log and cut the log, which its process appends to, where it has grown too long."""
    if log.exists() and log.stat().st_size > most:
        shutil.copyfile(log, log.with_suffix(".log.1"))
        with log.open("r+b") as file:
            file.truncate(0)
