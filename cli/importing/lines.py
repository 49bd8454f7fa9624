"""The lines of a file, none of them too long for memory, each with its number."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from cli.importing.rows import LONGEST_BYTES

_BOM = b"\xef\xbb\xbf"
_KEPT_BYTES = 4096
_SKIP_BYTES = 1 << 16


class Line(NamedTuple):
    """One physical line without its end. `is_whole` is false where it was too long: then only its beginning is here."""

    number: int
    raw: bytes
    is_whole: bool


def read_lines(path: Path, advance: Callable[[int], None]) -> Iterator[Line]:
    """Yield the lines of the file; `advance` is told how many bytes were read."""
    with path.open("rb") as file:
        number = 0
        while raw := file.readline(LONGEST_BYTES + 1):
            number += 1
            advance(len(raw))
            is_whole = len(raw) <= LONGEST_BYTES or raw.endswith(b"\n")
            if not is_whole:
                _skip_line(file, advance)
                raw = raw[:_KEPT_BYTES]
            if number == 1:
                raw = raw.removeprefix(_BOM)
            yield Line(number, raw.rstrip(b"\r\n"), is_whole)


def _skip_line(file: BinaryIO, advance: Callable[[int], None]) -> None:
    while chunk := file.readline(_SKIP_BYTES):
        advance(len(chunk))
        if chunk.endswith(b"\n"):
            return
