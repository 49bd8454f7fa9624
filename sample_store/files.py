"""Rows into files: CSV, JSON lines or Parquet, in constant memory."""

import csv
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

Format = Literal["csv", "jsonl", "parquet"]
Row = dict[str, Any]
_CHUNK = 5000


def write_rows(path: Path, rows: Iterable[Row], file_format: Format) -> Path:
    """Write the rows and answer the path. Columns of CSV and Parquet are those of the first rows, all of them."""
    writers = {"csv": _write_csv, "jsonl": _write_jsonl, "parquet": _write_parquet}
    writers[file_format](path, iter(rows))
    return path


def _write_jsonl(path: Path, rows: Iterator[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def _write_csv(path: Path, rows: Iterator[Row]) -> None:
    """Write lists as JSON and a missing value as nothing."""
    first = list(islice(rows, _CHUNK))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _columns(first), lineterminator="\n")
        writer.writeheader()
        for row in _chained(first, rows):
            writer.writerow({name: _flat(value) for name, value in row.items()})


def _write_parquet(path: Path, rows: Iterator[Row]) -> None:
    chunk = list(islice(rows, _CHUNK))
    schema = pa.schema([(name, _arrow_type(chunk, name)) for name in _columns(chunk)])
    with pq.ParquetWriter(path, schema) as writer:
        while chunk:
            writer.write_table(pa.Table.from_pylist(chunk, schema))
            chunk = list(islice(rows, _CHUNK))


def _columns(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _chained(first: list[Row], rest: Iterator[Row]) -> Iterator[Row]:
    yield from first
    yield from rest


def _flat(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def _arrow_type(rows: list[Row], name: str) -> pa.DataType:
    found = next((row[name] for row in rows if row.get(name) is not None), "")
    return pa.list_(pa.string()) if isinstance(found, list) else pa.int64() if isinstance(found, int) else pa.string()
