"""Export a dataset whole, through a server-side cursor: one snapshot, constant memory, never cut."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from backend.analytics.datasets import Extract, extract_of
from backend.analytics.writers import FileFormat, write
from backend.domain.access import Caller
from backend.warehouse.engine import open_engine

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is asked for; `row_filter` as `extract_of` reads it."""

    dataset: str
    format: FileFormat
    row_filter: object = None


def stream_dataset(warehouse_url: str, request: ExportRequest, caller: Caller | None, now: datetime) -> Iterator[bytes]:
    """Answer the file in chunks. A request that can't be taken is refused here, before the first one."""
    extract = extract_of(request.dataset, caller, request.row_filter, now)
    return _streamed(warehouse_url, extract, request.format)


def _streamed(warehouse_url: str, extract: Extract, format_: FileFormat) -> Iterator[bytes]:
    engine = open_engine(warehouse_url, pool_size=1)
    try:
        yield from write_extract(engine, extract, format_)
    finally:
        engine.dispose()


def write_extract(
    engine: Engine, extract: Extract, format_: FileFormat, *, on_rows: Callable[[int], None] = lambda _n: None
) -> Iterator[bytes]:
    """Answer the file in chunks, telling `on_rows` the number of rows of each batch read."""
    with engine.connect() as connection:
        yield from write(format_, extract.columns, _batches(connection, extract, on_rows))


def _batches(
    connection: Connection, extract: Extract, on_rows: Callable[[int], None]
) -> Iterator[Sequence[Sequence[Any]]]:
    options = {"stream_results": True, "yield_per": _BATCH}
    for batch in connection.execute(extract.statement, execution_options=options).partitions():
        yield batch
        on_rows(len(batch))


def count_rows(engine: Engine, extract: Extract) -> int:
    """Answer how many rows the export will have, for its progress."""
    with engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(extract.statement.subquery())) or 0)
