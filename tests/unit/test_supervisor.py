"""The supervisor with small parts of its own: how it waits, when it gives up, what it leaves."""

import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from cli.servers.process import Child, Command, ServerError
from cli.supervisor import FREE_RESTARTS, LONGEST_WAIT_SECONDS, Supervisor, bound_log, wait_before_restart
from tests.e2e.instances import wait_for


@dataclass
class Script:
    """A part that runs a line of Python and is ready when it has made its file."""

    name: str
    line: str
    folder: Path

    @property
    def mark(self) -> Path:
        return self.folder / f"{self.name}.ready"

    def prepare(self) -> None:
        self.mark.unlink(missing_ok=True)

    def command(self) -> Command:
        code = f"import pathlib, signal, sys, time; mark = pathlib.Path({str(self.mark)!r}); {self.line}"
        return Command((sys.executable, "-c", code), self.folder / f"{self.name}.log")

    def is_ready(self) -> bool:
        return self.mark.exists()


@dataclass
class Told:
    """What a supervisor reported."""

    lines: list[str] = field(default_factory=list)
    n_changes: int = 0

    def report(self, line: str) -> None:
        self.lines.append(line)

    def changed(self) -> None:
        self.n_changes += 1


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def supervisor(told: Told) -> Supervisor:
    return Supervisor(threading.Event(), told.report, told.changed)


STAYS = "mark.touch(); time.sleep(60)"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN); " + STAYS


def test_the_first_deaths_are_answered_at_once_and_then_ever_later() -> None:
    waits = [wait_before_restart(n) for n in range(FREE_RESTARTS + 10)]
    assert waits[: FREE_RESTARTS + 1] == [0.0] * (FREE_RESTARTS + 1)
    assert waits[FREE_RESTARTS + 1 : FREE_RESTARTS + 4] == [0.5, 1.0, 2.0]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT_SECONDS


def test_a_part_that_dies_is_another_process_soon(supervisor: Supervisor, told: Told, tmp_path: Path) -> None:
    supervisor.start([Script("one", STAYS, tmp_path), Script("two", STAYS, tmp_path)])
    before, n_changes = supervisor.pids, told.n_changes
    psutil.Process(before["one"]).kill()

    def replaced() -> bool:
        supervisor.tend()
        return supervisor.pids["one"] != before["one"]

    wait_for(replaced, seconds=2, what="another process")
    assert supervisor.pids["two"] == before["two"]
    assert told.n_changes == n_changes + 1
    supervisor.stop(list(before))
    assert supervisor.pids == {}


def test_what_cannot_be_written_now_is_written_later(supervisor: Supervisor, told: Told, tmp_path: Path) -> None:
    supervisor.start([Script("one", STAYS, tmp_path)])
    full = True
    written = []

    def write() -> None:
        if full:
            raise OSError(28, "No space left on device")
        written.append(supervisor.pids["one"])

    supervisor.changed = write
    psutil.Process(supervisor.pids["one"]).kill()

    def has_told_both() -> bool:
        supervisor.tend()
        return len(told.lines) == 2  # that it ended, and that this cannot be written

    wait_for(has_told_both, seconds=2, what="two reports")
    full = False
    supervisor.tend()
    assert written == [supervisor.pids["one"]]
    supervisor.stop(["one"])


@dataclass
class Mother(Script):
    """A part that names a child."""

    pid: int = 0

    def children(self) -> dict[str, Child]:
        return {"child": Child(self.pid, self.folder / "child.log")} if self.pid else {}


def test_children_are_among_the_pids_and_a_new_one_is_told(supervisor: Supervisor, told: Told, tmp_path: Path) -> None:
    mother = Mother("mother", STAYS, tmp_path)
    supervisor.start([mother])
    assert set(supervisor.pids) == {"mother"}
    n_changes = told.n_changes
    mother.pid = 4711
    supervisor.tend()
    assert supervisor.pids["child"] == 4711
    supervisor.tend()
    assert told.n_changes == n_changes + 1
    supervisor.stop(list(supervisor.pids))
    assert supervisor.pids == {}


def test_a_part_that_never_comes_up_is_given_up_with_the_end_of_its_log(supervisor: Supervisor, tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="no such store"):
        supervisor.start([Script("one", "sys.exit('no such store')", tmp_path)])
    supervisor.stop(["one"])


def test_a_part_that_will_not_stop_is_killed_with_its_children(supervisor: Supervisor, tmp_path: Path) -> None:
    line = f"import subprocess; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); {STUBBORN}"
    supervisor.start([Script("one", line, tmp_path)])
    parent = psutil.Process(supervisor.pids["one"])
    family = [parent, *parent.children()]
    assert len(family) == 2
    supervisor.stop(["one"], seconds=0.2)
    _, alive = psutil.wait_procs(family, timeout=5)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def test_a_log_is_cut_and_its_past_kept_beside_it(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    with log.open("ab") as writer:  # as a part writes: appending, never knowing
        writer.write(b"old\n" * 30)
        writer.flush()
        bound_log(log, most=100)
        writer.write(b"new\n")
    assert log.read_text() == "new\n"
    assert log.with_suffix(".log.1").read_text() == "old\n" * 30
    bound_log(log, most=100)
    assert log.read_text() == "new\n"
