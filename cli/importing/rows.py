"""What a file gives: rows, and lines that can't be one."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import orjson

from backend.domain.errors import FloorbookError
from backend.domain.free_form import parse_object
from cli.errors import UnusableInputError

LONGEST_BYTES = 2 * 1024 * 1024
"""A longer line is rejected: it is the limit of the API, too."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record, and the line (or row) of the file where it begins; `raw` is that line as it stands there.

    `stored` is the JSON to keep as sent: the line itself where it is JSON, else what was made of it.
    """

    path: Path
    line: int
    raw: bytes
    record: dict[str, Any]
    stored: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that can't be taken, and why."""

    path: Path
    line: int
    raw: bytes
    reason: str


class RowSource(Protocol):
    """Where rows come from, as often as they are asked for."""

    @property
    def path(self) -> Path:
        """The name under which its rows are told of."""
        ...

    def rows(self, advance: Callable[[int], None] = ...) -> Iterable[Row | Broken]:
        """Answer the rows; `advance` is told how much was read."""
        ...


def row_of(path: Path, number: int, cells: Mapping[str, Any]) -> Row | Broken:
    """Make a row of typed cells by their columns; an empty one is a missing value."""
    filled = {name: value for name, cell in cells.items() if (value := plain(cell)) is not None and value != ""}
    try:
        raw = orjson.dumps(nested(filled))
        return Row(path, number, raw, parse_object(raw), raw)
    except (orjson.JSONEncodeError, FloorbookError) as error:
        reason = error.detail if isinstance(error, FloorbookError) else str(error)
        return Broken(path, number, repr(filled).encode("utf-8", "backslashreplace"), reason)


def nested(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Answer the cells as an object: a column `address.city` becomes a field within `address`."""
    record: dict[str, Any] = {}
    for name, value in columns.items():
        *parents, leaf = name.split(".")
        at = record
        for parent in parents:
            at = at.setdefault(parent, {})
        at[leaf] = value
    return record


def check_columns(where: str, columns: list[str]) -> None:
    """Refuse column names that no document store can keep; raises UnusableInputError."""
    seen: set[str] = set()
    for number, name in enumerate(columns, start=1):
        steps = name.split(".")
        if not name or "" in steps:
            raise UnusableInputError(f"{where}: column {number} has no proper name ({name!r}): name it")
        if any(step.startswith("$") or "\0" in step for step in steps):
            raise UnusableInputError(f"{where}: column {name!r} starts with $ or holds NUL: rename it (--mapping)")
        if name in seen:
            raise UnusableInputError(f"{where}: column {name!r} comes twice: rename one of them")
        seen.add(name)
    for name in columns:
        parents = name.split(".")[:-1]
        if any(".".join(parents[: depth + 1]) in seen for depth in range(len(parents))):
            raise UnusableInputError(f"{where}: column {name!r} would lie within another column: rename it (--mapping)")


def plain(value: Any) -> Any:
    """Answer a typed cell as JSON has it: times in RFC 3339, decimals as text; NaN is a missing value."""
    match value:
        case float() | Decimal() if not math.isfinite(value):
            answer: Any = None
        case None | str() | bool() | int() | float():
            answer = value
        case datetime():
            answer = (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
        case date() | time():
            answer = value.isoformat()
        case dict():
            answer = {str(name): plain(within) for name, within in value.items()}
        case list() | tuple():
            answer = [plain(element) for element in value]
        case bytes():
            answer = value.decode("utf-8", "backslashreplace")
        case _:
            answer = str(value)
    return answer
