"""The lines that could not be taken: where they stood, why, and what they say."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import orjson

from cli.errors import UnusableInputError

_KEPT_BYTES = 64 * 1024


class Rejects:
    """Writes one JSON object a line (file, line, reason, raw): all into one file, or beside each file that has any.

    A file appears with the first line that goes into it; that of an earlier run is replaced, or goes when all is well.
    """

    def __init__(self, together: Path | None) -> None:
        self._together = together
        self._open: dict[Path, IO[bytes]] = {}
        self._closing = ExitStack()
        self.counts: dict[Path, int] = {}
        self.first: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closing.close()

    def path_for(self, source: Path) -> Path:
        """Answer where the rejects of a file go."""
        return self._together or source.with_name(f"{source.name}.rejects.jsonl")

    def forget_earlier(self, source: Path) -> None:
        """Remove what an earlier run wrote beside the file."""
        if self._together is None:
            self.path_for(source).unlink(missing_ok=True)

    def put(self, source: Path, line: int, reason: str, raw: bytes) -> None:
        """Write one line down."""
        row = {
            "file": str(source),
            "line": line,
            "reason": reason,
            "raw": raw[:_KEPT_BYTES].decode("utf-8", "backslashreplace"),
        }
        if len(raw) > _KEPT_BYTES:
            row["raw_bytes"] = len(raw)
        self._file(self.path_for(source)).write(orjson.dumps(row) + b"\n")
        self.counts[source] = self.counts.get(source, 0) + 1
        self.first = self.first or f"{source}:{line}: {reason}"

    def _file(self, path: Path) -> IO[bytes]:
        if path not in self._open:
            try:
                self._open[path] = self._closing.enter_context(path.open("wb"))
            except OSError as error:
                raise UnusableInputError(f"{path}: {error.strerror}: say with --rejects where lines may go") from error
        return self._open[path]
