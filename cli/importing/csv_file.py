"""CSV as it comes: quoted line breaks, other delimiters, and lines that are broken without breaking the next."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from cli.errors import UnusableInputError
from cli.importing.lines import Line
from cli.importing.rows import LONGEST_BYTES, Broken, Row, check_columns, nested

_DELIMITERS = ",;\t|"
_MOST_LINES = 1000
"""A quote that is still open after so many lines was never meant to be one."""


class CsvReader:
    """Reads records of one file. A record that does not fit its header costs its first line, never the ones after."""

    def __init__(self, path: Path, lines: Iterator[Line], encoding: str, names: dict[str, str]) -> None:
        self._path = path
        self._encoding = encoding
        self._lines = lines
        self._held: deque[Line] = deque()
        header = next(lines, None)
        if header is None or not header.raw.strip():
            raise UnusableInputError(f"{path}:1: the file is empty: its first line must name the columns")
        if b"\r" in header.raw:
            raise UnusableInputError(f"{path}:1: the lines end in CR alone: save the file with line feeds")
        text = self._decoded(header)
        if text is None or not header.is_whole:
            raise UnusableInputError(
                f"{path}:1: the header is not {encoding}: save the file as UTF-8, or say --encoding"
            )
        self._delimiter = max(_DELIMITERS, key=text.count)
        cells = self._cells(text)
        if cells is None:
            raise UnusableInputError(f"{path}:1: the header can't be read: close its quotes")
        self.columns = [names.get(cell.strip(), cell.strip()) for cell in cells]
        check_columns(f"{path}:1", self.columns)
        self._is_flat = not any("." in column for column in self.columns)

    def __iter__(self) -> Iterator[Row | Broken]:
        while (line := self._next()) is not None:
            if line.raw.strip():
                yield self._record(line)

    def _next(self) -> Line | None:
        return self._held.popleft() if self._held else next(self._lines, None)

    def _record(self, first: Line) -> Row | Broken:
        """Answer the record that begins on the line, which may go on over several; or say why there is none."""
        if not first.is_whole:
            return Broken(self._path, first.number, first.raw, f"the line is longer than {LONGEST_BYTES:,} bytes")
        text = self._decoded(first)
        if text is None:
            return Broken(
                self._path, first.number, first.raw, f"not {self._encoding}: save the file as UTF-8, or say --encoding"
            )
        if "\0" in text:
            return Broken(self._path, first.number, first.raw, "the line holds NUL: take it out")
        cells = self._cells(text)
        if cells is None and text.count('"') % 2:
            return self._long_record(first, text)
        if cells is None:
            return Broken(
                self._path, first.number, first.raw, "the quotes don't match: double those within a quoted cell"
            )
        return self._row(first, first.raw, cells)

    def _long_record(self, first: Line, text: str) -> Row | Broken:
        """Take lines in until the quote is closed; if that gives no record, they are read again by themselves."""
        taken: list[Line] = []
        texts = [text]
        is_open, n_bytes = True, len(first.raw)
        while len(taken) < _MOST_LINES and n_bytes <= LONGEST_BYTES and (line := self._next()) is not None:
            taken.append(line)
            more = self._decoded(line)
            if more is None or not line.is_whole or "\0" in more:
                break
            texts.append(more)
            n_bytes += len(line.raw)
            is_open ^= more.count('"') % 2 == 1
            if not is_open and (cells := self._cells("\n".join(texts))) is not None:
                if len(cells) == len(self.columns):
                    return self._row(first, b"\n".join([first.raw, *(line.raw for line in taken)]), cells)
                break
        self._held.extendleft(reversed(taken))
        return Broken(
            self._path, first.number, first.raw, "a quote is opened and not closed: double it within a quoted cell"
        )

    def _row(self, first: Line, raw: bytes, cells: list[str]) -> Row | Broken:
        if len(cells) != len(self.columns):
            return Broken(
                self._path, first.number, raw, f"{len(cells)} cells where the header names {len(self.columns)} columns"
            )
        filled = {name: cell for name, cell in zip(self.columns, cells, strict=True) if cell != ""}
        record = filled if self._is_flat else nested(filled)
        return Row(self._path, first.number, raw, record, orjson.dumps(record))

    def _decoded(self, line: Line) -> str | None:
        try:
            return line.raw.decode(self._encoding)
        except UnicodeDecodeError:
            return None

    def _cells(self, text: str) -> list[str] | None:
        if '"' not in text:
            return text.split(self._delimiter)
        return next(_parsed([text], self._delimiter), None)


def _parsed(texts: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Parse strictly; an unclosed or misplaced quote gives nothing."""
    csv.field_size_limit(2 * LONGEST_BYTES)
    try:
        yield from csv.reader(texts, delimiter=delimiter, strict=True)
    except csv.Error:
        return
