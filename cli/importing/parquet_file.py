"""Parquet: typed columns, read in batches."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cli.errors import UnusableInputError
from cli.importing.rows import Broken, Row, check_columns, row_of

_BATCH_ROWS = 2000


class ParquetReader:
    """Reads the rows of one file; `columns` are its columns, renamed."""

    def __init__(self, path: Path, names: dict[str, str], advance: Callable[[int], None]) -> None:
        try:
            self._file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as error:
            raise UnusableInputError(f"{path}: no Parquet file: {error}") from error
        self._path, self._advance = path, advance
        self.columns = [names.get(name, name) for name in self._file.schema_arrow.names]
        check_columns(str(path), self.columns)
        self._n_bytes = path.stat().st_size

    def __iter__(self) -> Iterator[Row | Broken]:
        number, n_rows = 0, max(1, self._file.metadata.num_rows)
        try:
            for batch in self._file.iter_batches(_BATCH_ROWS):
                for cells in batch.rename_columns(self.columns).to_pylist():
                    number += 1
                    yield row_of(self._path, number, cells)
                self._advance(self._n_bytes * batch.num_rows // n_rows)
        except (pa.ArrowException, OSError) as error:
            raise UnusableInputError(f"{self._path}:{number + 1}: damaged from this row on: {error}") from error
