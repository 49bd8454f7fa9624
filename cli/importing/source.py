"""A file to import: which format it has, and its rows in it."""

import codecs
import json
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cli.errors import UnusableInputError
from cli.importing.csv_file import CsvReader
from cli.importing.jsonl_file import read_objects
from cli.importing.lines import read_lines
from cli.importing.parquet_file import ParquetReader
from cli.importing.rows import Broken, Row

_FORMATS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Source:
    """A readable file. `names` renames its columns."""

    path: Path
    file_format: str
    encoding: str
    names: dict[str, str]

    @property
    def n_bytes(self) -> int:
        """How long the file is."""
        return self.path.stat().st_size

    def rows(self, advance: Callable[[int], None] = lambda _: None) -> Iterable[Row | Broken]:
        """Answer the rows; raises UnusableInputError where there is not even a header."""
        if self.file_format == "parquet":
            return ParquetReader(self.path, self.names, advance)
        lines = read_lines(self.path, advance)
        if self.file_format == "jsonl":
            return read_objects(self.path, lines, self.names)
        return CsvReader(self.path, lines, self.encoding, self.names)


def open_source(path: Path, encoding: str, names: dict[str, str]) -> Source:
    """Look at a file before anything is read from it; raises UnusableInputError naming file and reason."""
    file_format = _FORMATS.get(path.suffix.lower())
    if file_format is None:
        raise UnusableInputError(f"{path}: unknown format {path.suffix!r}: use .csv, .jsonl or .parquet")
    _check_encoding(encoding)
    if path.exists() and not path.is_file():
        raise UnusableInputError(f"{path}: not a regular file")
    try:
        with path.open("rb") as file:
            beginning = file.read(2)
    except OSError as error:
        raise UnusableInputError(f"{path}: {error.strerror}") from error
    if not beginning:
        raise UnusableInputError(f"{path}:1: the file is empty")
    if beginning in _UTF_16 and file_format != "parquet":
        raise UnusableInputError(f"{path}:1: the file is UTF-16: save it as UTF-8")
    return Source(path, file_format, encoding, names)


def _check_encoding(encoding: str) -> None:
    """Take encodings that hold ASCII as it is: lines are told apart before they are decoded."""
    try:
        is_wide = '\n",;'.encode(encoding) != b'\n",;'
    except (LookupError, UnicodeError):
        raise UnusableInputError(f"--encoding: there is no encoding {encoding!r} of text") from None
    if is_wide:
        raise UnusableInputError(f"--encoding: {encoding} can't be read line by line: save the file as UTF-8")


def read_mapping(path: Path | None) -> dict[str, str]:
    """Read which column stands for which: `{"column in the file": "column here"}`, JSON or TOML."""
    if path is None:
        return {}
    try:
        text = path.read_text(encoding="utf-8")
        mapping = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except OSError as error:
        raise UnusableInputError(f"{path}: {error.strerror}") from error
    except (json.JSONDecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnusableInputError(f"{path}: neither JSON nor TOML: {error}") from error
    if not isinstance(mapping, dict) or not all(isinstance(name, str) for name in mapping.values()):
        raise UnusableInputError(f'{path}: a mapping says {{"column in the file": "column here", …}}')
    return mapping
