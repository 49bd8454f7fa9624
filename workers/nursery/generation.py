"""A generation: one version of the catalogue, compiled once, and the workers that read with it."""

import gc
import os
import signal
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from backend.settings import Settings
from backend.warehouse.engine import open_engine
from workers.catalog import CompiledCatalog, compile_catalog
from workers.nursery.offspring import Ending, Line, Offspring, fork
from workers.nursery.worker import work, write_to
from workers.runtime import OUTAGES, inherit, warm_up

_QUICK_SECONDS, _REST_SECONDS = 2.0, 1.0
"""A worker that died younger than the one is forked again after the other; any other at once."""
_GRACE_SECONDS = 30.0
"""How long a worker that is asked to end has for the task in hand; what it leaves undone comes again."""
_NICENESS = 5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Nest:
    """What the workers are: their names, their queues, and where each writes its log and makes its mark."""

    names: tuple[str, ...]
    queues: str
    run: Path | None = None
    logs: Path | None = None

    def mark(self, name: str) -> None:
        """Say that this worker takes work."""
        if self.run is not None:
            (self.run / f"{name}.ready").touch()

    def unmark(self, name: str) -> None:
        """Say that it does not, or not yet."""
        if self.run is not None:
            (self.run / f"{name}.ready").unlink(missing_ok=True)


@dataclass(slots=True)
class Generation:
    """The parent of one generation's workers."""

    settings: Settings
    nest: Nest
    line: Line
    _ending: Ending = field(default_factory=Ending, init=False)
    _workers: dict[str, Offspring] = field(default_factory=dict, init=False)
    _born_at: dict[str, float] = field(default_factory=dict, init=False)
    _due_at: dict[str, float] = field(default_factory=dict, init=False)
    _ready: set[str] = field(default_factory=set, init=False)
    _told: bool = field(default=False, init=False)

    def live(self) -> None:
        """Compile, fork the workers, keep each alive until asked to end, and see them out."""
        compiled = self._compile()
        if compiled is None:
            return
        inherit(compiled)
        gc.collect()
        gc.freeze()  # what the workers share must not be touched by their collectors
        for name in self.nest.names:
            self._fork(name)
        while not self._ending.is_set:
            for worker in self._ending.wait(self._workers.values(), 1.0 if not self._due_at else 0.05):
                self._attend(worker, compiled)
            for name in [name for name, due_at in self._due_at.items() if due_at <= time.monotonic()]:
                del self._due_at[name]
                self._fork(name)
                self._tell(compiled)
        self._see_out()

    def _compile(self) -> CompiledCatalog | None:
        """Compile in a thread that stands back for whoever serves notes; None: asked to end meanwhile.

        A niceness that was raised can't be lowered again, and the workers would inherit it: so the thread has it alone,
        and is gone before the first fork.
        """
        with ThreadPoolExecutor(1, initializer=_stand_back) as pool:
            while not self._ending.is_set:
                compiling: Future[CompiledCatalog] = pool.submit(_compile, self.settings)
                while not wait([compiling], 0.05).done and not self._ending.is_set:
                    pass
                if self._ending.is_set:
                    return None
                try:
                    return compiling.result()
                except OUTAGES as error:
                    log.warning("catalog_not_read", error=str(error))
                    time.sleep(1.0)
        return None

    def _fork(self, name: str) -> None:
        self._born_at[name] = time.monotonic()
        self._workers[name] = fork(name, lambda line: self._be(name, line))

    def _be(self, name: str, line: Line) -> None:
        """Be a worker."""
        os.close(self.line.handle)  # it is our parent's to speak on
        if self.nest.logs is not None:
            write_to(self.nest.logs / f"{name}.log")
        warm_up()
        work(name, self.nest.queues, lambda: line.tell({"ready": name}))

    def _attend(self, worker: Offspring, compiled: CompiledCatalog) -> None:
        if worker.hear():
            self._ready.add(worker.name)
            self.nest.mark(worker.name)
        if not worker.is_alive:
            age = time.monotonic() - self._born_at[worker.name]
            self._ready.discard(worker.name)
            self.nest.unmark(worker.name)
            log.warning("worker_ended", worker=worker.name, pid=worker.pid)
            if age > _QUICK_SECONDS:
                self._fork(worker.name)
            else:
                self._due_at[worker.name] = time.monotonic() + _REST_SECONDS
        self._tell(compiled)

    def _tell(self, compiled: CompiledCatalog) -> None:
        """Tell the nursery which processes work, once all take work, and whenever that changes."""
        self._told = self._told or len(self._ready) == len(self.nest.names)
        if self._told:
            version = compiled.version.isoformat() if compiled.version else None
            pids = {name: worker.pid for name, worker in self._workers.items()}
            self.line.tell({"pids": pids, "version": version, "n_products": compiled.n_products})

    def _see_out(self) -> None:
        for worker in self._workers.values():
            worker.signal(signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_SECONDS
        while left := [worker for worker in self._workers.values() if worker.is_alive]:
            for worker in self._ending.wait(left, 0.5):
                worker.hear()
            if time.monotonic() > deadline:
                for worker in left:
                    worker.signal(signal.SIGKILL)


def _stand_back() -> None:
    if sys.platform == "linux":  # elsewhere niceness belongs to the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _compile(settings: Settings) -> CompiledCatalog:
    engine = open_engine(settings.warehouse_url)
    try:
        return compile_catalog(engine)
    finally:
        engine.dispose()  # no connection may be open when workers are forked
