"""The nursery itself: it watches the catalogue and sees to it that one generation works, of the newest version."""

import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from backend.domain.clock import utc_now
from backend.settings import Settings
from backend.warehouse.engine import Engine, create_schema, open_engine
from etl.load.catalog import catalog_version
from etl.load.catalog_changes import mark_in_use
from workers.nursery.generation import Generation, Nest
from workers.nursery.offspring import Ending, Line, Offspring, fork, name_children
from workers.runtime import OUTAGES

LOOK_SECONDS = 0.5
_REST_SHARE = 2.0
"""After a generation was raised, the next waits so many times as long as that took: a long import has many versions."""
_LONGEST_WAIT_SECONDS = 30.0

log = structlog.get_logger()


@dataclass(slots=True)
class _Raised:
    """A generation: its process, when it was begun, and the version it reads with, once it takes work."""

    process: Offspring
    begun_at: float
    version: datetime | None = None


@dataclass(slots=True)
class Nursery:
    """Keeps the workers of `nest`. `ready` is made when they take work; `children` says which processes they are."""

    settings: Settings
    nest: Nest
    ready: Path | None = None
    children: Path | None = None
    _ending: Ending = field(default_factory=Ending, init=False)
    _engine: Engine = field(init=False)
    _at_work: _Raised | None = field(default=None, init=False)
    _coming: _Raised | None = field(default=None, init=False)
    _going: list[_Raised] = field(default_factory=list, init=False)
    _next_at: float = field(default=0.0, init=False)
    _n_failed: int = field(default=0, init=False)
    _is_marked: bool = field(default=True, init=False)
    _is_away: bool = field(default=False, init=False)
    _has_schema: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._engine = open_engine(self.settings.warehouse_url, pool_size=1)

    def run(self) -> None:
        """Keep workers at work until SIGTERM or SIGINT; then let them end what they are doing."""
        looked_at = 0.0
        while not self._ending.is_set:
            if self._at_work is None and self._coming is None and time.monotonic() >= self._next_at:
                self._raise()
            if time.monotonic() - looked_at >= LOOK_SECONDS:
                self._look()
                looked_at = time.monotonic()
            self._listen(LOOK_SECONDS / 2)
        self._end()

    def _processes(self) -> list[Offspring]:
        raised = (self._at_work, self._coming, *self._going)
        return [one.process for one in raised if one is not None and one.process.is_alive]

    def _listen(self, seconds: float) -> None:
        for process in self._ending.wait(self._processes(), seconds):
            said = process.hear()
            for raised in (self._coming, self._at_work):
                if raised is not None and raised.process is process and said:
                    self._heed(raised, said[-1])
            if not process.is_alive:
                self._miss(process)

    def _look(self) -> None:
        """Raise a generation where the catalogue has changed; write down that a version is in use."""
        try:
            with self._engine.begin() as connection:
                version = catalog_version(connection)
            self._mark()
        except OUTAGES as error:
            if not self._is_away:
                log.warning("catalog_not_watched", error=str(error))
            self._is_away = True
            return
        self._is_away = False
        outdated = self._at_work is not None and self._at_work.version != version
        if outdated and self._coming is None and time.monotonic() >= self._next_at:
            self._raise()

    def _mark(self) -> None:
        if self._at_work is None or self._is_marked:
            return
        if (version := self._at_work.version) is not None:
            with self._engine.begin() as connection:
                imported_at = mark_in_use(connection, version, now := utc_now())
            if imported_at is not None:
                seconds = (now - imported_at).total_seconds()
                log.info("catalog_in_use", version=version.isoformat(), import_to_use_seconds=seconds)
        self._is_marked = True

    def _raise(self) -> None:
        if not self._has_schema:
            try:
                create_schema(self._engine)
                self._has_schema = True
            except OUTAGES as error:
                log.warning("warehouse_away", error=str(error))
                self._next_at = time.monotonic() + 1.0
                return
        self._engine.dispose()  # a connection that is open in two processes belongs to neither
        self._coming = _Raised(fork("generation", self._be_a_generation), time.monotonic())

    def _be_a_generation(self, line: Line) -> None:
        Generation(self.settings, self.nest, line).live()

    def _heed(self, raised: _Raised, said: Mapping[str, Any]) -> None:
        if raised is self._coming:
            raised.version = datetime.fromisoformat(said["version"]) if said["version"] else None
            log.info("generation_at_work", version=said["version"], n_products=said["n_products"])
            self._change_over(raised)
        if self.children is not None:
            name_children(self.children, said["pids"])
        if self.ready is not None:
            self.ready.touch()

    def _change_over(self, raised: _Raised) -> None:
        """Have the new generation work alone."""
        if self._at_work is not None:
            self._at_work.process.signal(signal.SIGTERM)
            self._going.append(self._at_work)
        self._at_work, self._coming, self._is_marked, self._n_failed = raised, None, False, 0
        self._next_at = time.monotonic() + _REST_SHARE * (time.monotonic() - raised.begun_at)

    def _miss(self, process: Offspring) -> None:
        """Take note of the end of a generation: expected of one that was asked, else another is raised."""
        self._going = [one for one in self._going if one.process is not process]
        if self._at_work is not None and self._at_work.process is process:
            self._at_work = None
            log.error("generation_ended", pid=process.pid)
            self._next_at = 0.0
        elif self._coming is not None and self._coming.process is process:
            self._coming = None
            self._n_failed += 1
            wait = min(_LONGEST_WAIT_SECONDS, 0.5 * 2**self._n_failed)
            self._next_at = time.monotonic() + wait
            log.error("generation_failed", pid=process.pid, again_in_seconds=wait)

    def _end(self) -> None:
        self._engine.dispose()
        for process in self._processes():
            process.signal(signal.SIGTERM)
        while processes := self._processes():
            for process in self._ending.wait(processes, 1.0):
                process.hear()
        for path in (self.children, self.ready):
            if path is not None:
                path.unlink(missing_ok=True)
