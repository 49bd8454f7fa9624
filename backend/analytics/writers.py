"""Rows to bytes, batch by batch, so that memory stays the same whatever the number of rows."""

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import orjson

from backend.analytics.datasets import Column, Kind
from backend.analytics.shape import refuse

Batches = Iterable[Sequence[Sequence[Any]]]
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_CHUNK = 256 * 1024
_XLSX_ROWS = 1_048_576  # of a sheet, the header included
_XLSX_CHARACTERS = 32_767  # of a cell


class FileFormat(StrEnum):
    """The formats of the contract."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    JSONL = "jsonl"
    ARROW = "arrow"


MEDIA_TYPES = {
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.PARQUET: "application/vnd.apache.parquet",
    FileFormat.JSONL: "application/x-ndjson",
    FileFormat.ARROW: "application/vnd.apache.arrow.file",
}


def write(format_: FileFormat, columns: Sequence[Column], batches: Batches) -> Iterator[bytes]:
    """Answer the file as chunks of bytes."""
    return _WRITERS[format_](columns, batches)


def disarm(text: str) -> str:
    """Keep a spreadsheet from running the text as a formula."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def _csv(columns: Sequence[Column], batches: Batches) -> Iterator[bytes]:
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\r\n")
    writer.writerow([column.name for column in columns])
    kinds = [column.kind for column in columns]
    for batch in batches:
        writer.writerows([_cell(kind, value) for kind, value in zip(kinds, row, strict=True)] for row in batch)
        yield page.getvalue().encode()
        page.seek(0)
        page.truncate()
    yield page.getvalue().encode()


def _cell(kind: Kind, value: Any) -> Any:
    """Answer the cell for CSV and XLSX: text disarmed, times as RFC 3339, lists and objects as JSON."""
    if value is None:
        return None
    match kind:
        case Kind.TEXT:
            return disarm(str(value))
        case Kind.JSON | Kind.LIST:
            return disarm(json.dumps(value, ensure_ascii=False))
        case Kind.TIME:
            return _rfc3339(value)
        case Kind.BOOLEAN:
            return "true" if value else "false"
    return value


def _rfc3339(value: date) -> str:
    return value.isoformat().replace("+00:00", "Z")


def _jsonl(columns: Sequence[Column], batches: Batches) -> Iterator[bytes]:
    names = [column.name for column in columns]
    for batch in batches:
        yield b"".join(
            orjson.dumps(
                dict(zip(names, row, strict=True)), default=str, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z
            )
            for row in batch
        )


class _Drain(io.RawIOBase):
    """A sink for pyarrow that hands on what was written and forgets it."""

    def __init__(self) -> None:
        super().__init__()
        self._chunks: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        chunk = bytes(data)
        self._chunks.append(chunk)
        self._position += len(chunk)
        return len(chunk)

    def tell(self) -> int:
        return self._position

    def take(self) -> bytes:
        """Answer what was written since the last time."""
        chunks, self._chunks = self._chunks, []
        return b"".join(chunks)


def _columnar(open_writer: Callable[[Any, Any], Any]) -> Callable[[Sequence[Column], Batches], Iterator[bytes]]:
    def written(columns: Sequence[Column], batches: Batches) -> Iterator[bytes]:
        # Only an export needs it; it would double the start-up time of the API.
        import pyarrow as pa  # noqa: PLC0415

        types = {
            Kind.INTEGER: pa.int64(),
            Kind.MONEY: pa.decimal128(18, 2),
            Kind.NUMBER: pa.float64(),
            Kind.BOOLEAN: pa.bool_(),
            Kind.DATE: pa.date32(),
            Kind.TIME: pa.timestamp("us", tz="UTC"),
            Kind.LIST: pa.list_(pa.string()),
        }
        schema = pa.schema([(column.name, types.get(column.kind, pa.string())) for column in columns])
        drain = _Drain()
        writer = open_writer(drain, schema)
        for batch in batches:
            values = list(zip(*batch, strict=True)) or [()] * len(columns)
            cells = [
                [None if value is None else json.dumps(value) for value in column_values]
                if column.kind is Kind.JSON
                else column_values
                for column, column_values in zip(columns, values, strict=True)
            ]
            arrays = [pa.array(one, type=field.type) for one, field in zip(cells, schema, strict=True)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            yield drain.take()
        writer.close()
        yield drain.take()

    return written


def _parquet_writer(sink: Any, schema: Any) -> Any:
    from pyarrow import parquet  # noqa: PLC0415 - see _columnar

    return parquet.ParquetWriter(sink, schema, compression="zstd")


def _arrow_writer(sink: Any, schema: Any) -> Any:
    from pyarrow import ipc  # noqa: PLC0415 - see _columnar

    return ipc.new_file(sink, schema)


def _xlsx(columns: Sequence[Column], batches: Batches) -> Iterator[bytes]:
    """Write through a file, since a ZIP archive is only known at its end; a full sheet is followed by another."""
    from xlsxwriter import Workbook  # noqa: PLC0415 - only an XLSX export needs it

    options: dict[str, Any] = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    options |= {"default_date_format": "yyyy-mm-dd"}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as file:
        book = Workbook(file, options | {"tmpdir": folder})
        try:
            _write_book(book, columns, batches)
            book.close()
        finally:
            for sheet in book.worksheets():  # a book that was given up still holds its rows open
                if sheet.row_data_fh is not None:
                    sheet.row_data_fh.close()
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


def _write_book(book: Any, columns: Sequence[Column], batches: Batches) -> None:
    sheet, next_row, n_sheets = _sheet(book, 1, columns), 1, 1
    for batch in batches:
        for row in batch:
            if next_row == _XLSX_ROWS:
                n_sheets, next_row = n_sheets + 1, 1
                sheet = _sheet(book, n_sheets, columns)
            _xlsx_row(sheet, next_row, columns, row)
            next_row += 1


def _sheet(book: Any, number: int, columns: Sequence[Column]) -> Any:
    sheet = book.add_worksheet(f"rows {number}")
    for position, column in enumerate(columns):
        sheet.write_string(0, position, column.name)
    sheet.freeze_panes(1, 0)
    return sheet


def _xlsx_row(sheet: Any, row_number: int, columns: Sequence[Column], row: Sequence[Any]) -> None:
    for position, (column, value) in enumerate(zip(columns, row, strict=True)):
        cell = _cell(column.kind, value)
        if cell is None:
            continue
        if isinstance(cell, str):
            if len(cell) > _XLSX_CHARACTERS:
                detail = f"Row {row_number} has {len(cell)} characters in {column.name}; XLSX holds {_XLSX_CHARACTERS}"
                raise refuse("/format", f"{detail}. Take csv, jsonl, parquet or arrow: nothing is cut")
            sheet.write_string(row_number, position, cell)
        elif isinstance(cell, date) and not isinstance(cell, datetime):
            sheet.write_datetime(row_number, position, datetime(cell.year, cell.month, cell.day))  # noqa: DTZ001 - a day
        else:
            sheet.write_number(row_number, position, float(cell) if isinstance(cell, Decimal) else cell)


_WRITERS: dict[FileFormat, Callable[[Sequence[Column], Batches], Iterator[bytes]]] = {
    FileFormat.CSV: _csv,
    FileFormat.JSONL: _jsonl,
    FileFormat.PARQUET: _columnar(_parquet_writer),
    FileFormat.ARROW: _columnar(_arrow_writer),
    FileFormat.XLSX: _xlsx,
}
