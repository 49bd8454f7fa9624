"""Export jobs, run to their end: one worker at a time, given up when canceled, taken up again when the worker died."""

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Engine, Row, and_, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from backend.analytics.datasets import extract_of
from backend.analytics.export import count_rows, write_extract
from backend.analytics.export_jobs import exports_folder, file_of
from backend.analytics.writers import FileFormat
from backend.domain.access import Caller, Role
from backend.domain.clock import Clock
from backend.domain.errors import FloorbookError
from backend.domain.ids import Region, StoreId
from backend.settings import Settings
from backend.warehouse.tables import export_jobs

FILE_LASTS = timedelta(hours=24)
LEFT_ALONE = timedelta(seconds=15)
"""A running job without a sign of life for so long belongs to a worker that died: it is run again from its start."""
_J = export_jobs.c


class CanceledError(Exception):
    """The job was canceled, or taken up by another worker, while it ran."""


def due_exports(engine: Engine, clock: Clock) -> list[str]:
    """Answer the jobs that wait for a worker, those of dead workers included, oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(select(_J.job_id).where(_waits(clock())).order_by(_J.created_at))
        return list(rows.scalars())


def _waits(now: datetime) -> ColumnElement[bool]:
    return or_(_J.status == "queued", and_(_J.status == "running", _J.heartbeat_at < now - LEFT_ALONE))


def forget_old_files(engine: Engine, settings: Settings, clock: Clock) -> int:
    """Delete the files of exports that were done a day ago, and what dead workers left; answer how many."""
    old = select(export_jobs).where(_J.status == "done", _J.finished_at < clock() - FILE_LASTS)
    with engine.connect() as connection:
        files = [file_of(row, settings) for row in connection.execute(old)]
        running = list(connection.execute(select(_J.job_id).where(_J.status == "running")).scalars())
    parts = exports_folder(settings).glob("*.part")
    present = [path for path in files if path.exists()]
    present += [part for part in parts if part.name.partition(".")[0] not in running]
    for path in present:
        path.unlink(missing_ok=True)
    return len(present)


def run_export(engine: Engine, settings: Settings, job_id: str, clock: Clock) -> str:
    """Run one job to its end and answer its status; a job that is taken, done or canceled is left as it is."""
    row = _claim(engine, job_id, clock())
    if row is None:
        return "skipped"
    path = file_of(row, settings)
    part = path.with_name(f"{row.job_id}.{row.n_attempts}.part")
    claim = Claim(engine, row.job_id, row.n_attempts, clock)
    try:
        with claim.signs_of_life():
            finished = _write_file(engine, row, part, claim)
        part.rename(path)
    except CanceledError:
        return "canceled"
    except FloorbookError as refusal:
        claim.put(status="failed", error=refusal.detail, finished_at=clock())
        return "failed"
    except Exception as error:  # the door's one: the job must not stay "running", whatever went wrong
        claim.put(status="failed", error=f"{type(error).__name__}: {error}"[:2000], finished_at=clock())
        raise
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    if not claim.put(status="done", finished_at=clock(), **finished):
        path.unlink(missing_ok=True)  # canceled in the last moment
        return "canceled"
    return "done"


def _claim(engine: Engine, job_id: str, now: datetime) -> Row[Any] | None:
    claim = update(export_jobs).where(_J.job_id == job_id, _waits(now))
    claimed = claim.values(
        status="running", started_at=now, heartbeat_at=now, as_of=now, n_rows=0, n_attempts=_J.n_attempts + 1
    )
    with engine.begin() as connection:
        return connection.execute(claimed.returning(*_J)).one_or_none()


def _write_file(engine: Engine, row: Row[Any], part: Path, claim: "Claim") -> Mapping[str, Any]:
    extract = extract_of(row.dataset, _caller_of(row), row.filter, row.as_of)
    claim.put(n_expected=count_rows(engine, extract))
    digest, written = hashlib.sha256(), 0
    with part.open("wb") as file:
        for chunk in write_extract(engine, extract, FileFormat(row.format), on_rows=claim.count):
            digest.update(chunk)
            written += file.write(chunk)
    return {"sha256": digest.hexdigest(), "n_bytes": written, "n_rows": claim.n_rows}


def _caller_of(row: Row[Any]) -> Caller:
    store_id, region = row.caller["store_id"], row.caller["region"]
    return Caller(
        subject=row.caller["subject"],
        role=Role(row.caller["role"]),
        store_id=StoreId(store_id) if store_id else None,
        region=Region(region) if region else None,
    )


@dataclass
class Claim:
    """One worker's hold on a job: it says every second how far it is, until the job is no longer its own."""

    engine: Engine
    job_id: str
    attempt: int
    clock: Clock
    n_rows: int = 0
    beat_seconds: float = 1.0
    _ended: threading.Event = field(default_factory=threading.Event)
    _lost: threading.Event = field(default_factory=threading.Event)

    def count(self, n: int) -> None:
        """Count rows; raises CanceledError where the job is no longer this worker's."""
        self.n_rows += n
        if self._lost.is_set():
            raise CanceledError

    def put(self, **values: Any) -> int:
        """Write to the job; answer 0 where it was canceled or taken over."""
        mine = update(export_jobs).where(
            _J.job_id == self.job_id, _J.status == "running", _J.n_attempts == self.attempt
        )
        with self.engine.begin() as connection:
            return connection.execute(mine.values(**values)).rowcount

    @contextmanager
    def signs_of_life(self) -> Iterator[None]:
        """Beat in a thread of its own: counting, and closing a large workbook, tell nothing for a while."""
        beating = threading.Thread(target=self._beat, name=f"export {self.job_id}", daemon=True)
        beating.start()
        try:
            yield
        finally:
            self._ended.set()
            beating.join()

    def _beat(self) -> None:
        while not self._ended.wait(self.beat_seconds):
            with suppress(SQLAlchemyError):  # the warehouse is away: the writing notices it, too
                if self.put(n_rows=self.n_rows, heartbeat_at=self.clock()) == 0:
                    self._lost.set()
                    return
