"""Rows into files: CSV, JSON lines or Parquet, in constant memory, several files at a time."""

import csv
import json
from abc import ABC, abstractmethod
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import pyarrow as pa
import pyarrow.parquet as pq

Format = Literal["csv", "jsonl", "parquet"]
Row = dict[str, Any]
_CHUNK = 5000


class RowFile(ABC):
    """A file that takes rows one by one. The columns of CSV and Parquet are those of the first rows, all of them."""

    def __init__(self) -> None:
        self._waiting: list[Row] = []

    def put(self, row: Row) -> None:
        """Take one row."""
        self._waiting.append(row)
        if len(self._waiting) == _CHUNK:
            self._write(self._waiting)
            self._waiting = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None and self._waiting:
            self._write(self._waiting)
        self._close()

    @abstractmethod
    def _write(self, rows: list[Row]) -> None: ...

    @abstractmethod
    def _close(self) -> None: ...


def open_rows(path: Path, file_format: Format) -> RowFile:
    """Open a new file for rows."""
    match file_format:
        case "csv":
            return _CsvFile(path)
        case "jsonl":
            return _JsonLinesFile(path)
        case "parquet":
            return _ParquetFile(path)


class _JsonLinesFile(RowFile):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = _opened(path)

    def _write(self, rows: list[Row]) -> None:
        lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
        self._file.writelines(lines)

    def _close(self) -> None:
        self._file.close()


class _CsvFile(RowFile):
    """Lists are written as JSON, a missing value as nothing."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = _opened(path)
        self._writer: csv.DictWriter[str] | None = None

    def _write(self, rows: list[Row]) -> None:
        if self._writer is None:
            self._writer = csv.DictWriter(self._file, _columns(rows), lineterminator="\n")
            self._writer.writeheader()
        self._writer.writerows({name: _flat(value) for name, value in row.items()} for row in rows)

    def _close(self) -> None:
        self._file.close()


class _ParquetFile(RowFile):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._writer: Any = None
        self._schema: Any = None

    def _write(self, rows: list[Row]) -> None:
        if self._writer is None:
            self._schema = pa.schema([(name, _arrow_type(rows, name)) for name in _columns(rows)])
            self._writer = pq.ParquetWriter(self._path, self._schema)
        self._writer.write_table(pa.Table.from_pylist(rows, self._schema))

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def _opened(path: Path) -> TextIOWrapper:
    return path.open("w", encoding="utf-8", newline="")


def _columns(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _flat(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def _arrow_type(rows: list[Row], name: str) -> pa.DataType:
    found = next((row[name] for row in rows if row.get(name) is not None), "")
    return pa.list_(pa.string()) if isinstance(found, list) else pa.int64() if isinstance(found, int) else pa.string()
