"""Exports as jobs: asked for over HTTP, run by a worker that finds them in the table, fetched by a signed link."""

import hashlib
import hmac
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.analytics.datasets import extract_of
from backend.analytics.export import ExportRequest
from backend.domain.access import Caller, scoped_key
from backend.domain.errors import ForbiddenError, KeyReusedError, NotFoundError
from backend.settings import Settings
from backend.warehouse.tables import export_jobs

LINK_LASTS = timedelta(minutes=15)
_J = export_jobs.c


@dataclass(frozen=True, slots=True)
class Created:
    """A job that was asked for; `repeated`: by the same key before."""

    row: Row[Any]
    repeated: bool


def exports_folder(settings: Settings) -> Path:
    """Answer the folder of the files, made readable for this user alone."""
    folder = settings.exports_dir or Path(tempfile.gettempdir()) / f"floorbook-exports-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


async def create_job(
    connection: AsyncConnection, request: ExportRequest, caller: Caller, now: datetime, *, key: str | None = None
) -> Created:
    """Write the job down, or answer the one that this key of the caller's made before.

    Raises for a dataset or filter that can't be, and KeyReusedError where the key came with another request.
    """
    extract_of(request.dataset, caller, request.row_filter, now)
    asked = insert(export_jobs).values(
        job_id=secrets.token_hex(12),
        dataset=request.dataset,
        format=request.format.value,
        filter=request.row_filter,
        caller=asdict(caller),
        status="queued",
        n_rows=0,
        link_secret=secrets.token_hex(32),
        key=None if key is None else scoped_key(caller, key),
        request_digest=_digest(request),
        created_at=now,
    )
    made = await connection.execute(asked.on_conflict_do_nothing(index_elements=["key"]).returning(*_J))
    if (row := made.one_or_none()) is not None:
        return Created(row, repeated=False)
    row = (await connection.execute(select(export_jobs).where(_J.key == scoped_key(caller, key or "")))).one()
    if row.request_digest != _digest(request):
        raise KeyReusedError("This Idempotency-Key came with another export.")
    return Created(row, repeated=True)


def _digest(request: ExportRequest) -> str:
    asked = orjson.dumps([request.dataset, request.format.value, request.row_filter], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(asked).hexdigest()


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
    file_of(row, settings).unlink(missing_ok=True)


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
    path = file_of(row, settings)
    if not path.exists():
        raise NotFoundError("The file was taken away after a day; ask for the export again")
    return path, row


def file_of(row: Row[Any], settings: Settings) -> Path:
    """Answer where the job's file is once it is done."""
    return exports_folder(settings) / f"{row.job_id}.{row.format}"
