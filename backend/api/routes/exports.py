"""Exports: a dataset streamed at once, or as a job with progress, manifest and a signed link."""

import re
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel

from backend.analytics.datasets import DATASETS
from backend.analytics.export import ExportRequest, stream_dataset
from backend.analytics.export_jobs import cancel_job, create_job, describe_job, open_link, read_job
from backend.analytics.writers import MEDIA_TYPES, FileFormat
from backend.api.auth import READERS, allow
from backend.api.bodies import IdempotencyKey, JsonObject, shaped
from backend.api.openapi import refuses, takes
from backend.api.parts import PartsDep
from backend.documents.audit import note_act
from backend.domain.access import Caller
from backend.domain.errors import NotFoundError

router = APIRouter(prefix="/v1", tags=["exports"])
Reader = Annotated[Caller, Depends(allow(*READERS))]
JobId = Annotated[str, Path(max_length=64)]
_FILE_NAME = re.compile(r"([a-z_]{1,64})\.([a-z]{1,10})")


class ExportIn(BaseModel):
    """What to export; `filter` is {"column": value or [values]} or a list of filters as analytics queries take them."""

    dataset: str
    format: FileFormat
    filter: Any = None


@router.get("/datasets")
async def list_datasets(_caller: Reader) -> dict[str, Any]:
    """List what can be exported, column by column."""
    items = [
        {"name": name, "columns": [{"name": column.name, "kind": column.kind} for column in dataset.columns]}
        for name, dataset in sorted(DATASETS.items())
    ]
    return {"items": items, "formats": list(FileFormat), "next_cursor": None}


@router.get("/datasets/{name}", response_class=StreamingResponse)
async def get_dataset(
    name: Annotated[str, Path(description="Dataset and format: customers.csv, orders_enriched.parquet")],
    parts: PartsDep,
    caller: Reader,
    filter: Annotated[str | None, Query(max_length=50_000)] = None,  # noqa: A002 - the contract's name
) -> StreamingResponse:
    """Stream a dataset whole; a connection that breaks off leaves an incomplete chunked body, never a short file."""
    parsed = _FILE_NAME.fullmatch(name)
    if parsed is None or parsed[2] not in set(FileFormat):
        raise NotFoundError(f"No file {name[:80]}; name a dataset and one of {', '.join(FileFormat)}: customers.csv")
    file_format, now = FileFormat(parsed[2]), parts.clock()
    request = ExportRequest(parsed[1], file_format, filter)
    chunks = _started(stream_dataset(parts.settings.warehouse_url, request, caller, now))
    await note_act(caller.subject, "dataset_read", now, dataset=request.dataset, format=file_format.value)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Floorbook-As-Of": now.isoformat().replace("+00:00", "Z"),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(chunks, media_type=MEDIA_TYPES[file_format], headers=headers)


def _started(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Hand the chunks on, the empty ones left out: an empty chunk would end nothing but waste a write."""
    return (chunk for chunk in chunks if chunk)


_EXPORT = {"dataset": "orders", "format": "csv"}


@router.post("/exports", status_code=202, openapi_extra=takes(ExportIn, example=_EXPORT), responses=refuses(404))
async def post_export(
    body: JsonObject, parts: PartsDep, caller: Reader, key: IdempotencyKey, response: Response
) -> dict[str, Any]:
    """Ask for an export; a worker picks it up within seconds. The same key and body answer the same job."""
    asked = shaped(ExportIn, body)
    request = ExportRequest(asked.dataset, asked.format, asked.filter)
    now = parts.clock()
    async with parts.engine.begin() as connection:
        created = await create_job(connection, request, caller, now, key=key)
    response.headers["Location"] = f"/v1/exports/{created.row.job_id}"
    if created.repeated:
        response.headers["Idempotency-Replayed"] = "true"
    else:
        await note_act(caller.subject, "export_asked_for", now, dataset=asked.dataset, job_id=created.row.job_id)
    return describe_job(created.row, now)


@router.get("/exports/{job_id}")
async def get_export(job_id: JobId, parts: PartsDep, caller: Reader) -> dict[str, Any]:
    """Say how far the export is; once it is done, with its manifest and a link."""
    async with parts.engine.connect() as connection:
        return describe_job(await read_job(connection, job_id, caller), parts.clock())


@router.delete("/exports/{job_id}", status_code=204)
async def delete_export(job_id: JobId, parts: PartsDep, caller: Reader) -> None:
    """Cancel the export, and delete its file where it has one."""
    async with parts.engine.begin() as connection:
        await cancel_job(connection, job_id, caller, parts.settings)


@router.get("/exports/{job_id}/file", response_class=FileResponse)
async def get_export_file(
    job_id: JobId, parts: PartsDep, expires: int, signature: Annotated[str, Query(max_length=128)]
) -> FileResponse:
    """Answer the file behind a signed link: the link is the permission, for a quarter of an hour."""
    async with parts.engine.connect() as connection:
        path, row = await open_link(connection, job_id, expires, signature, settings=parts.settings, now=parts.clock())
    return _file(path, row.dataset, FileFormat(row.format), row.sha256)


def _file(path: FilePath, dataset: str, file_format: FileFormat, sha256: str) -> FileResponse:
    headers = {"Cache-Control": "no-store", "X-Floorbook-SHA256": sha256}
    name = f"{dataset}.{file_format}"
    return FileResponse(path, media_type=MEDIA_TYPES[file_format], filename=name, headers=headers)
