"""Sales from a CSV file, `sold_at,product_id,region,quantity`: broken lines are set aside with their numbers."""

import csv
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cli.errors import UnusableInputError
from cli.order_files import Reject

_REQUIRED = ("sold_at", "product_id")
_DELIMITERS = ",;\t|"
_YEARS = range(1970, 2200)
_MOST_PIECES = 1e9
_CACHED = 1 << 16

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sales:
    """One entry a sale; `series` is the place in `names` (product id and region, sorted). Times in whole seconds."""

    sold_at: Ints
    series: Ints
    quantity: Floats
    names: list[tuple[str, str]]


@dataclass
class _Columns:
    sold_at: "array[int]" = field(default_factory=lambda: array("q"))
    series: "array[int]" = field(default_factory=lambda: array("q"))
    quantity: "array[float]" = field(default_factory=lambda: array("d"))
    names: dict[tuple[str, str], int] = field(default_factory=dict)


def read_sales(path: Path) -> tuple[Sales, list[Reject]]:
    """Read a file of sales; answer also its broken lines, in order. Raises UnusableInputError (file, line, reason).

    `region` may be missing or empty (one region then), `quantity` too (1). What was brought back (a quantity of 0 or
    less) is no sale and left out in silence.
    """
    columns, rejects = _Columns(), []
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            header = file.readline().rstrip("\r\n")
            delimiter = max(_DELIMITERS, key=header.count)
            places = _places(path, next(csv.reader([header], delimiter=delimiter), []))
            for number, reason in _fill(columns, _rows(file, delimiter), places):
                rejects.append(Reject(number, reason))
    except OSError as error:
        raise UnusableInputError(f"{path}: {error.strerror}") from error
    if not columns.names:
        why = rejects[0] if rejects else Reject(1, "there is no sale after the header")
        raise UnusableInputError(f"{path}, line {why.line}: {why.reason}")
    return _sales(columns), rejects


def _places(path: Path, header: list[str]) -> list[int | None]:
    names = [name.strip() for name in header]
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise UnusableInputError(f"{path}, line 1: the header lacks {', '.join(missing)}")
    return [names.index(n) if n in names else None for n in ("sold_at", "product_id", "region", "quantity")]


def _rows(file: Iterator[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Answer each line by itself: an open quote swallows no more than its own line."""
    for number, line in enumerate(file, start=2):
        if line.strip():
            yield number, (next(csv.reader([line], delimiter=delimiter)) if '"' in line else _split(line, delimiter))


def _split(line: str, delimiter: str) -> list[str]:
    return line.rstrip("\r\n").split(delimiter)


def _fill(
    columns: _Columns, rows: Iterator[tuple[int, list[str]]], places: Sequence[int | None]
) -> Iterator[tuple[int, str]]:
    """Put each sound row into the columns; answer the line and the fault of each of the others."""
    last = max(place for place in places if place is not None)
    for number, cells in rows:
        if len(cells) <= last:
            yield number, f"{len(cells)} cells where the header names at least {last + 1}"
            continue
        sold_at, product_id, region, quantity = (cells[p].strip() if p is not None else "" for p in places)
        second, pieces = _second(sold_at), _pieces(quantity)
        if second is None or not product_id or pieces is None:
            yield number, _fault(second, product_id)
        elif pieces > 0:
            columns.sold_at.append(second)
            columns.series.append(columns.names.setdefault((product_id, region), len(columns.names)))
            columns.quantity.append(pieces)


def _fault(second: int | None, product_id: str) -> str:
    if second is None:
        return "sold_at is no time like 2026-11-24T09:30:00Z"
    return "quantity is no number" if product_id else "product_id is empty"


@lru_cache(_CACHED)
def _second(text: str) -> int | None:
    """Answer the whole second of a time; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.year not in _YEARS:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


@lru_cache(_CACHED)
def _pieces(text: str) -> float | None:
    try:
        pieces = float(text or 1)
    except ValueError:
        return None
    return pieces if abs(pieces) < _MOST_PIECES else None


def _sales(columns: _Columns) -> Sales:
    names = sorted(columns.names)
    rank = np.empty(len(names), dtype=np.int64)
    rank[[columns.names[name] for name in names]] = np.arange(len(names))
    return Sales(
        sold_at=np.array(columns.sold_at, dtype=np.int64),
        series=rank[np.array(columns.series, dtype=np.int64)],
        quantity=np.array(columns.quantity, dtype=np.float64),
        names=names,
    )
