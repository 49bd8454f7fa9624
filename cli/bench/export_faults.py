"""Export jobs that are canceled, and that lose their worker, halfway: what is left, and what the next worker makes."""

import asyncio
import hashlib
import multiprocessing
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from backend.analytics.export import ExportRequest
from backend.analytics.export_jobs import cancel_job, create_job, exports_folder, file_of, read_job
from backend.analytics.export_runs import LEFT_ALONE, forget_old_files, run_export
from backend.analytics.writers import FileFormat
from backend.domain.access import Caller, Role
from backend.domain.clock import utc_now
from backend.settings import Settings
from backend.warehouse.engine import AsyncEngine, open_async_engine, open_engine
from cli.bench.results import Level
from cli.embedded import say

_WHO = Caller("bench", Role.ANALYST)
_PATIENCE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class _Job:
    engine: AsyncEngine
    settings: Settings
    job_id: str

    async def row(self) -> Any:
        async with self.engine.connect() as connection:
            return await read_job(connection, self.job_id, _WHO)

    def start(self) -> SpawnProcess:
        """Run it in a process of its own, as a worker does."""
        worker = multiprocessing.get_context("spawn").Process(target=_work, args=(self.settings, self.job_id))
        worker.start()
        return worker

    async def halfway(self) -> int:
        """Wait until half of its rows are written; answer how many are."""

        async def is_there() -> bool:
            row = await self.row()
            return row.n_expected is not None and row.n_rows >= row.n_expected // 2

        await _eventually(is_there)
        return int((await self.row()).n_rows)


def fault_levels(url: str, folder: Path) -> list[Level]:
    """Measure both on a warehouse that has order lines."""
    settings = Settings(
        mongo_url="", mongo_database="", redis_url="", warehouse_url=url, exports_dir=folder / "exports"
    )
    return asyncio.run(_measure(settings))


async def _measure(settings: Settings) -> list[Level]:
    engine = open_async_engine(settings.warehouse_url)
    try:
        return [await _canceled(await _new_job(engine, settings)), await _taken_up(await _new_job(engine, settings))]
    finally:
        await engine.dispose()


async def _new_job(engine: AsyncEngine, settings: Settings) -> _Job:
    async with engine.begin() as connection:
        request = ExportRequest("order_lines", FileFormat.CSV, None)
        return _Job(engine, settings, (await create_job(connection, request, _WHO, utc_now())).row.job_id)


async def _canceled(job: _Job) -> Level:
    say("a job that is canceled halfway")
    worker = job.start()
    written = await job.halfway()
    async with job.engine.begin() as connection:
        await cancel_job(connection, job.job_id, _WHO, job.settings)
    await asyncio.to_thread(worker.join)
    left = [path.name for path in exports_folder(job.settings).iterdir()]
    status = (await job.row()).status
    return Level(
        f"canceled after {written:,} rows",
        f"{status}, files left: {', '.join(left) or 'none'}",
        "no trace",
        status == "canceled" and not left,
    )


async def _taken_up(job: _Job) -> Level:
    say("a job whose worker is killed halfway")
    worker = job.start()
    written = await job.halfway()
    worker.kill()
    worker.join()
    await asyncio.sleep(LEFT_ALONE.total_seconds() + 1)
    await asyncio.to_thread(job.start().join)
    row = await job.row()
    digest, n_lines = _read_back(file_of(row, job.settings))
    is_whole = (row.status, row.n_rows, row.sha256) == ("done", row.n_expected, digest) and n_lines - 1 == row.n_rows
    left = len(list(exports_folder(job.settings).iterdir()))
    return Level(
        f"worker killed after {written:,} rows, taken up by the next",
        f"{row.status} at attempt {row.n_attempts}: {n_lines - 1:,} rows in the file, {row.n_expected:,} in the table, "
        f"digest {'as' if row.sha256 == digest else 'NOT as'} in the manifest, {left} file",
        "whole, once",
        is_whole and left == 1,
    )


def _work(settings: Settings, job_id: str) -> None:
    engine = open_engine(settings.warehouse_url)
    run_export(engine, settings, job_id, utc_now)
    forget_old_files(engine, settings, utc_now)  # as the schedule does: what the dead worker left
    engine.dispose()


def _read_back(path: Path) -> tuple[str, int]:
    digest, n_lines = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            n_lines += chunk.count(b"\n")
    return digest.hexdigest(), n_lines


async def _eventually(is_so: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not await is_so():
        if time.monotonic() > deadline:
            raise TimeoutError("the export does not come along")
        await asyncio.sleep(0.05)
