"""Exports as jobs: asked for over HTTP, run by a worker that finds them in the table, fetched by a signed link."""

import hashlib
import hmac
import os
import secrets
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.analytics.datasets import extract_of
from backend.analytics.export import ExportRequest, count_rows, write_extract
from backend.analytics.writers import FileFormat
from backend.domain.access import Caller, Role
from backend.domain.clock import Clock
from backend.domain.errors import FloorbookError, ForbiddenError, NotFoundError
from backend.domain.ids import Region, StoreId
from backend.settings import Settings
from backend.warehouse.tables import export_jobs

LINK_LASTS = timedelta(minutes=15)
FILE_LASTS = timedelta(hours=24)
_LEFT_ALONE = timedelta(minutes=2)
"""A running job without a sign of life for so long belongs to a worker that died: it is run again from its start."""
_BEAT_SECONDS = 1.0
_J = export_jobs.c


class CanceledError(Exception):
    """The job was canceled while it ran."""


def exports_folder(settings: Settings) -> Path:
    """Answer the folder of the files, made readable for this user alone."""
    folder = settings.exports_dir or Path(tempfile.gettempdir()) / f"floorbook-exports-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


async def create_job(connection: AsyncConnection, request: ExportRequest, caller: Caller, now: datetime) -> str:
    """Write the job down; raises for a dataset or filter that can't be."""
    extract_of(request.dataset, caller, request.row_filter, now)
    job_id = secrets.token_hex(12)
    await connection.execute(
        insert(export_jobs).values(
            job_id=job_id,
            dataset=request.dataset,
            format=request.format.value,
            filter=request.row_filter,
            caller=asdict(caller),
            status="queued",
            n_rows=0,
            link_secret=secrets.token_hex(32),
            created_at=now,
        )
    )
    return job_id


async def read_job(connection: AsyncConnection, job_id: str, caller: Caller) -> Row[Any]:
    """Answer the caller's own job; raises NotFoundError for anybody else's."""
    row = (await connection.execute(select(export_jobs).where(_J.job_id == job_id))).one_or_none()
    if row is None or row.caller["subject"] != caller.subject:
        raise NotFoundError(f"No export {job_id[:80]}")
    return row


async def cancel_job(connection: AsyncConnection, job_id: str, caller: Caller, settings: Settings) -> None:
    """Cancel what waits or runs, and forget the file of what is done."""
    row = await read_job(connection, job_id, caller)
    await connection.execute(update(export_jobs).where(_J.job_id == job_id).values(status="canceled"))
    _file_of(row, settings).unlink(missing_ok=True)


def describe_job(row: Row[Any], now: datetime) -> dict[str, Any]:
    """Answer the job as the wire has it; once done, with its manifest and a link that expires."""
    described: dict[str, Any] = {
        "id": row.job_id,
        "dataset": row.dataset,
        "format": row.format,
        "status": row.status,
        "progress": {"rows": row.n_rows, "expected": row.n_expected},
        "created_at": row.created_at,
        "finished_at": row.finished_at,
        "error": row.error,
        "manifest": None,
        "url": None,
    }
    if row.status == "done":
        described["manifest"] = {
            "rows": row.n_rows,
            "bytes": row.n_bytes,
            "sha256": row.sha256,
            "as_of": row.as_of,
            "filter": row.filter,
            "scope": {name: row.caller[name] for name in ("role", "store_id", "region")},
        }
        expires = int((now + LINK_LASTS).timestamp())
        described["url"] = f"/v1/exports/{row.job_id}/file?expires={expires}&signature={_signature(row, expires)}"
        described["url_expires_at"] = now + LINK_LASTS
    return described


def _signature(row: Row[Any], expires: int) -> str:
    return hmac.new(bytes.fromhex(row.link_secret), f"{row.job_id}:{expires}".encode(), hashlib.sha256).hexdigest()


async def open_link(
    connection: AsyncConnection, job_id: str, expires: int, signature: str, *, settings: Settings, now: datetime
) -> tuple[Path, Row[Any]]:
    """Answer the file behind a signed link; raises ForbiddenError for one that is forged or expired."""
    row = (await connection.execute(select(export_jobs).where(_J.job_id == job_id))).one_or_none()
    if row is None or row.status != "done":
        raise NotFoundError(f"No export {job_id[:80]}")
    if not hmac.compare_digest(_signature(row, expires), signature) or now.timestamp() > expires:
        raise ForbiddenError("The link is forged or has expired; read the export again for a fresh one")
    path = _file_of(row, settings)
    if not path.exists():
        raise NotFoundError("The file was taken away after a day; ask for the export again")
    return path, row


def _file_of(row: Row[Any], settings: Settings) -> Path:
    return exports_folder(settings) / f"{row.job_id}.{row.format}"


def due_exports(engine: Engine, clock: Clock) -> list[str]:
    """Answer the jobs that wait for a worker, those of dead workers included, oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(select(_J.job_id).where(_waits(clock())).order_by(_J.created_at))
        return list(rows.scalars())


def _waits(now: datetime) -> Any:
    return or_(_J.status == "queued", and_(_J.status == "running", _J.heartbeat_at < now - _LEFT_ALONE))


def forget_old_files(engine: Engine, settings: Settings, clock: Clock) -> int:
    """Delete the files of exports that were done a day ago; answer how many."""
    old = select(export_jobs).where(_J.status == "done", _J.finished_at < clock() - FILE_LASTS)
    with engine.connect() as connection:
        paths = [_file_of(row, settings) for row in connection.execute(old)]
    present = [path for path in paths if path.exists()]
    for path in present:
        path.unlink(missing_ok=True)
    return len(present)


def run_export(engine: Engine, settings: Settings, job_id: str, clock: Clock) -> str:
    """Run one job to its end and answer its status; a job that is taken, done or canceled is left as it is."""
    started = clock()
    claim = update(export_jobs).where(_J.job_id == job_id, _waits(started))
    claimed = claim.values(status="running", started_at=started, heartbeat_at=started, as_of=started, n_rows=0)
    with engine.begin() as connection:
        row = connection.execute(claimed.returning(*export_jobs.c)).one_or_none()
    if row is None:
        return "skipped"
    path = _file_of(row, settings)
    part = path.with_suffix(".part")
    try:
        finished = _write_file(engine, row, part, clock)
        part.rename(path)
    except CanceledError:
        return "canceled"
    except FloorbookError as refusal:
        _set(engine, job_id, status="failed", error=refusal.detail, finished_at=clock())
        return "failed"
    except Exception as error:  # the door's one: the job must not stay "running", whatever went wrong
        _set(engine, job_id, status="failed", error=f"{type(error).__name__}: {error}"[:2000], finished_at=clock())
        raise
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    if not _set(engine, job_id, status="done", finished_at=clock(), **finished):
        path.unlink(missing_ok=True)  # canceled in the last moment
        return "canceled"
    return "done"


def _write_file(engine: Engine, row: Row[Any], part: Path, clock: Clock) -> Mapping[str, Any]:
    extract = extract_of(row.dataset, _caller_of(row), row.filter, row.as_of)
    _set(engine, row.job_id, n_expected=count_rows(engine, extract))
    digest, written = hashlib.sha256(), 0
    progress = _Progress(engine, row.job_id, clock)
    with part.open("wb") as file:
        for chunk in write_extract(engine, extract, FileFormat(row.format), on_rows=progress):
            digest.update(chunk)
            written += file.write(chunk)
    return {"sha256": digest.hexdigest(), "n_bytes": written, "n_rows": progress.n_rows}


def _caller_of(row: Row[Any]) -> Caller:
    store_id, region = row.caller["store_id"], row.caller["region"]
    return Caller(
        subject=row.caller["subject"],
        role=Role(row.caller["role"]),
        store_id=StoreId(store_id) if store_id else None,
        region=Region(region) if region else None,
    )


class _Progress:
    """Counts rows, gives a sign of life every second, and stops the work when the job was canceled."""

    def __init__(self, engine: Engine, job_id: str, clock: Clock) -> None:
        self.n_rows = 0
        self._engine, self._job_id, self._clock = engine, job_id, clock
        self._next_beat = 0.0

    def __call__(self, n: int) -> None:
        self.n_rows += n
        if time.monotonic() < self._next_beat:
            return
        self._next_beat = time.monotonic() + _BEAT_SECONDS
        if _set(self._engine, self._job_id, n_rows=self.n_rows, heartbeat_at=self._clock()) == 0:
            raise CanceledError


def _set(engine: Engine, job_id: str, **values: Any) -> int:
    """Write to the job while it runs; answer 0 where it no longer does."""
    running = update(export_jobs).where(_J.job_id == job_id, _J.status == "running")
    with engine.begin() as connection:
        return connection.execute(running.values(**values)).rowcount
