"""JSON lines: one object a line, as strictly read as the API reads a body."""

from collections.abc import Iterator
from pathlib import Path

import orjson

from backend.domain.errors import FloorbookError
from backend.domain.free_form import parse_object
from cli.importing.lines import Line
from cli.importing.rows import LONGEST_BYTES, Broken, Row


def read_objects(path: Path, lines: Iterator[Line], names: dict[str, str]) -> Iterator[Row | Broken]:
    """Yield a row per line; empty lines are passed over."""
    for line in lines:
        if not line.raw.strip():
            continue
        if not line.is_whole:
            yield Broken(path, line.number, line.raw, f"the line is longer than {LONGEST_BYTES:,} bytes")
            continue
        try:
            record = parse_object(line.raw)
        except FloorbookError as error:
            where = "".join(f" (at {fault.pointer})" for fault in error.faults[:1] if fault.pointer)
            yield Broken(path, line.number, line.raw, error.detail + where)
            continue
        if names:
            record = {names.get(name, name): value for name, value in record.items()}
        yield Row(path, line.number, line.raw, record, orjson.dumps(record) if names else line.raw)
