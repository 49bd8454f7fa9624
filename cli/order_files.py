"""Order lines from CSV files of any size: read in blocks, broken lines set aside with their numbers.

The columns are those of the contract: customer_id, order_id, ordered_at, product_id, and quantity and unit_price, which
may be missing or empty (quantity 1, price not known). A record is one line; other columns are ignored.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from backend.recommend.order_lines import Codes, Floats, Names, OrderLines, Times
from cli.errors import UnusableInputError

_BLOCK_BYTES = 8 << 20
_DELIMITERS = ",;\t|"
_IDS = ("customer_id", "order_id", "product_id")
_REQUIRED = (*_IDS, "ordered_at")
_OPTIONAL = ("quantity", "unit_price")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_SHOWN = 20
"""So many broken lines are named on stderr; then only their number."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that could not be read, by its number in the file (the header is line 1)."""

    line: int
    reason: str


@dataclass
class _Columns:
    """What the blocks gave so far, each column as chunks with dictionaries of their own."""

    chunks: dict[str, list[pa.Array]] = field(default_factory=dict)
    line: list[npt.NDArray[np.int64]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def add(self, name: str, column: pa.ChunkedArray) -> None:
        self.chunks.setdefault(name, []).extend(column.chunks)


def read_orders(path: Path) -> tuple[OrderLines, list[Reject]]:
    """Read a file of order lines; answer also the lines that are broken, in order.

    Raises UnusableInputError naming file, line and reason where columns are missing or no line can be read. The memory
    taken is about 60 bytes a line and the names of customers, orders, products and times.
    """
    try:
        columns = _read_columns(path)
    except OSError as error:
        raise UnusableInputError(f"{path}: {error.strerror}") from error
    lines = _order_lines(columns)
    columns.rejects.sort(key=lambda reject: reject.line)
    if not len(lines):
        why = columns.rejects[0] if columns.rejects else Reject(1, "there is no line after the header")
        raise UnusableInputError(f"{path}, line {why.line}: {why.reason}")
    return lines, columns.rejects


def report_rejects(path: Path, rejects: list[Reject]) -> None:
    """Name broken lines on stderr, the first of them one by one."""
    for reject in rejects[:_SHOWN]:
        sys.stderr.write(f"{path}, line {reject.line}: {reject.reason}; left out\n")
    if len(rejects) > _SHOWN:
        sys.stderr.write(f"{path}: {len(rejects):,} broken lines in all were left out\n")


def _read_columns(path: Path) -> _Columns:
    columns = _Columns()
    with path.open("rb") as file:
        header = file.readline()
        delimiter, names = _header(path, header)
        number = 2
        for block in _blocks(file):
            n_lines = block.count(b"\n")
            _read_block(block, number, delimiter, names, columns)
            number += n_lines
    return columns


def _header(path: Path, raw: bytes) -> tuple[str, list[str]]:
    try:
        text = raw.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise UnusableInputError(f"{path}, line 1: the header is not UTF-8") from error
    if "\r" in text:
        raise UnusableInputError(f"{path}, line 1: the lines end in CR alone: save the file with line feeds")
    delimiter = max(_DELIMITERS, key=text.count)
    names = [cell.strip().strip('"') for cell in text.split(delimiter)]
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise UnusableInputError(f"{path}, line 1: the header lacks {', '.join(missing)}")
    twice = [name for name in (*_REQUIRED, *_OPTIONAL) if names.count(name) > 1]
    if twice:
        raise UnusableInputError(f"{path}, line 1: the header names {', '.join(twice)} twice")
    return delimiter, names


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    """Answer whole lines, some megabytes at a time, each line ended by a line feed."""
    rest = b""
    while chunk := file.read(_BLOCK_BYTES):
        whole, line_feed, tail = (rest + chunk).rpartition(b"\n")
        rest = tail
        if line_feed:
            yield whole + line_feed
    if rest:
        yield rest + b"\n"


def _read_block(block: bytes, first_line: int, delimiter: str, names: list[str], columns: _Columns) -> None:
    broken: list[int] = []

    def set_aside(row: csv.InvalidRow) -> str:
        reason = f"{row.actual_columns} cells where the header names {row.expected_columns} columns"
        broken.append(row.number - 1)
        if row.text.strip():
            columns.rejects.append(Reject(first_line + row.number - 1, reason))
        return "skip"

    if b'"' in block:
        block = _without_open_quotes(block, first_line, columns.rejects)
    kept = [name for name in (*_REQUIRED, *_OPTIONAL) if name in names]
    table = csv.read_csv(
        pa.BufferReader(block),
        csv.ReadOptions(use_threads=False, block_size=len(block) + 1, column_names=_unique(names)),
        csv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False, invalid_row_handler=set_aside),
        csv.ConvertOptions(
            column_types={name: pa.dictionary(pa.int32(), pa.binary()) for name in kept},
            include_columns=kept,
            strings_can_be_null=False,
        ),
    )
    for name in kept:
        columns.add(name, table[name])
    rows = np.arange(first_line, first_line + len(table) + len(broken), dtype=np.int64)
    columns.line.append(np.delete(rows, broken))


def _unique(names: list[str]) -> list[str]:
    """Answer the names with those that are read kept, and the others told apart."""
    known = {*_REQUIRED, *_OPTIONAL}
    return [name if name in known else f"{place}:{name}" for place, name in enumerate(names)]


def _without_open_quotes(block: bytes, first_line: int, rejects: list[Reject]) -> bytes:
    """Blank the lines on which a quote is opened and not closed: it would swallow the lines after it."""
    lines = block.split(b"\n")
    for place, line in enumerate(lines):
        if line.count(b'"') % 2:
            lines[place] = b""
            rejects.append(Reject(first_line + place, "a quote is opened and not closed"))
    return b"\n".join(lines)


def _order_lines(columns: _Columns) -> OrderLines:
    numbers = np.concatenate(columns.line) if columns.line else np.empty(0, dtype=np.int64)
    codes, names, faults = {}, {}, {}
    for name in _IDS:
        codes[name], names[name], faults[name] = _ids(*_unified(columns, name))
    ordered_at, faults["ordered_at"] = _times(*_unified(columns, "ordered_at"))
    quantity, faults["quantity"] = _numbers(*_unified(columns, "quantity"), 1.0, len(numbers))
    unit_price, faults["unit_price"] = _numbers(*_unified(columns, "unit_price"), np.nan, len(numbers))
    good = _sound(faults, numbers, columns.rejects)
    customer, customers = _compact(codes["customer_id"][good], names["customer_id"])
    product, products = _compact(codes["product_id"][good], names["product_id"])
    order, n_orders = _orders(customer, codes["order_id"][good])
    return OrderLines(
        customer=customer,
        order=order,
        product=product,
        ordered_at=_earliest(ordered_at[good], order, n_orders),
        quantity=quantity[good],
        unit_price=unit_price[good],
        customers=customers,
        products=products,
        n_orders=n_orders,
    )


def _unified(columns: _Columns, name: str) -> tuple[Codes, list[bytes]]:
    """Answer the column as places in one list of its values."""
    chunks = columns.chunks.pop(name, [])
    if not chunks:
        return np.empty(0, dtype=np.int32), []
    whole = pa.chunked_array(chunks).unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0)
    return whole.indices.to_numpy(zero_copy_only=False), whole.dictionary.to_pylist()


def _ids(codes: Codes, values: list[bytes]) -> tuple[Codes, Names, Mask]:
    """Answer codes by the sorted ids, the ids, and which lines have none that can be used."""
    texts = [_text(value) for value in values]
    fault = np.array([not text or "\0" in text for text in texts], dtype=bool)
    names, ranks = np.unique(np.array(texts, dtype=object), return_inverse=True)
    return ranks.astype(np.int32)[codes], names, fault[codes]


def _text(value: bytes) -> str:
    """Answer the cell as text, stripped; nothing where it is not UTF-8."""
    try:
        return value.decode().strip()
    except UnicodeDecodeError:
        return ""


def _times(codes: Codes, values: list[bytes]) -> tuple[Times, Mask]:
    texts = pd.Series([_text(value) for value in values], dtype=object)
    parsed = pd.to_datetime(texts, errors="coerce", format="ISO8601", utc=True)
    plausible = parsed.dt.year.between(_FIRST_YEAR, _LAST_YEAR).to_numpy(dtype=bool)
    times = parsed.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return times[codes], ~plausible[codes]


def _numbers(codes: Codes, values: list[bytes], absent: float, n_lines: int) -> tuple[Floats, Mask]:
    """Answer the column as numbers, `absent` where the cell is empty or there is no such column."""
    if not len(codes):
        return np.full(n_lines, absent), np.zeros(n_lines, dtype=bool)
    texts = pd.Series([_text(value) for value in values], dtype=object)
    parsed = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=np.float64)
    empty = np.array([not value.strip() for value in values], dtype=bool)
    return np.where(empty, absent, parsed)[codes], (~empty & ~np.isfinite(parsed))[codes]


_REASONS = {
    "customer_id": "customer_id is empty or no text",
    "order_id": "order_id is empty or no text",
    "product_id": "product_id is empty or no text",
    "ordered_at": "ordered_at is no time like 2026-11-24T09:30:00Z",
    "quantity": "quantity is no number",
    "unit_price": "unit_price is no number",
}


def _sound(faults: dict[str, Mask], numbers: npt.NDArray[np.int64], rejects: list[Reject]) -> Mask:
    """Answer which lines are whole; each of the others is a reject with its first fault, a blank line none."""
    good = np.ones(len(numbers), dtype=bool)
    blank = faults["customer_id"] & faults["order_id"] & faults["product_id"] & faults["ordered_at"]
    for name, fault in faults.items():
        rejects += [Reject(int(line), _REASONS[name]) for line in numbers[fault & good & ~blank]]
        good &= ~fault
    return good


def _compact(codes: Codes, names: Names) -> tuple[Codes, Names]:
    """Leave out the names that no line uses."""
    used = np.zeros(len(names), dtype=bool)
    used[codes] = True
    return (np.cumsum(used, dtype=np.int32) - 1)[codes].astype(np.int32), names[used]


def _orders(customer: Codes, order: Codes) -> tuple[Codes, int]:
    """Answer a number for each order, told by customer and id, and how many there are."""
    if not len(order):
        return order, 0
    found, codes = np.unique(customer.astype(np.int64) * (int(order.max()) + 1) + order, return_inverse=True)
    return codes.astype(np.int32), len(found)


def _earliest(ordered_at: Times, order: Codes, n_orders: int) -> Times:
    first = np.full(n_orders, np.iinfo(np.int64).max)
    np.minimum.at(first, order, ordered_at.astype(np.int64))
    return first[order].astype("datetime64[us]")
