"""`floorbook bench export`: a million rows in every format, and the memory that takes beside a twentieth of them."""

import hashlib
import multiprocessing
import resource
import time
import zipfile
from multiprocessing.managers import ListProxy
from pathlib import Path
from typing import IO, Any, NamedTuple

import pyarrow as pa
from pyarrow import ipc, parquet

from backend.analytics.export import ExportRequest, stream_dataset
from backend.analytics.writers import FileFormat
from backend.domain.clock import utc_now
from cli.bench.big_shop import BigShop
from cli.bench.dashboard import big_warehouse
from cli.bench.export_faults import fault_levels
from cli.bench.results import BenchResult, Level
from cli.embedded import say

N_ROWS = 1_000_000
_FEW = [{"member": "customer_id", "operator": "startsWith", "values": ["c00000"]}]
"""The first thousand customers: fifty thousand rows."""
_MOST_GROWTH = 1.5


class Exported(NamedTuple):
    """One export, in a process of its own. `peak_mib` is all of that process, the interpreter included."""

    n_bytes: int
    n_rows: int
    seconds: float
    cpu_seconds: float
    peak_mib: float


def bench_export(n_rows: int = N_ROWS) -> BenchResult:
    """Export the order lines of a fresh warehouse, all and a twentieth of them, each in a process of its own.

    Then as a job that is canceled, and as one whose worker is killed, halfway.
    """
    with big_warehouse(BigShop(n_rows)) as (url, folder):
        found = {
            file_format: tuple(_export(url, folder / "out", file_format, rows) for rows in (_FEW, None))
            for file_format in FileFormat
        }
        faults = fault_levels(url, folder)
    levels = [*(_level(file_format, n_rows, *two) for file_format, two in found.items()), *faults]
    samples = {f"{file_format} peak MiB": [few.peak_mib, every.peak_mib] for file_format, (few, every) in found.items()}
    return BenchResult("export", tuple(levels), samples)


def _level(file_format: FileFormat, n_rows: int, few: Exported, every: Exported) -> Level:
    measured = (
        f"{every.seconds:.1f} s ({every.cpu_seconds:.1f} s of processor), {every.n_bytes / 2**20:.0f} MiB; "
        f"peak memory {every.peak_mib:.0f} MiB, of 50,000 rows {few.peak_mib:.0f} MiB"
    )
    is_constant = every.peak_mib < few.peak_mib * _MOST_GROWTH
    what = f"{every.n_rows:,} of {n_rows:,} rows as {file_format}"
    return Level(what, measured, "every row, constant memory", is_constant and every.n_rows == n_rows)


def _export(url: str, path: Path, file_format: FileFormat, row_filter: object) -> Exported:
    say(f"{file_format}, {'all' if row_filter is None else 'few'} rows")
    spawn = multiprocessing.get_context("spawn")
    with spawn.Manager() as manager:
        sink = manager.list()
        child = spawn.Process(target=_run, args=(url, path, file_format, row_filter, sink))
        child.start()
        child.join()
        return Exported(path.stat().st_size, rows_in(path, file_format), *sink[0])


def _run(url: str, path: Path, file_format: FileFormat, row_filter: object, sink: "ListProxy[Any]") -> None:
    began, digest = time.monotonic(), hashlib.sha256()
    with path.open("wb") as file:
        for chunk in stream_dataset(url, ExportRequest("order_lines", file_format, row_filter), None, utc_now()):
            digest.update(chunk)
            file.write(chunk)
    sink.append((time.monotonic() - began, time.process_time(), _peak_mib()))


def rows_in(path: Path, file_format: FileFormat) -> int:
    """Count the rows of a file, its header left out, by another library than wrote it where there is one."""
    match file_format:
        case FileFormat.PARQUET:
            return int(parquet.read_metadata(path).num_rows)
        case FileFormat.ARROW:
            with pa.memory_map(str(path)) as file:
                batches = ipc.open_file(file)
                return sum(batches.get_batch(n).num_rows for n in range(batches.num_record_batches))
        case FileFormat.XLSX:
            with zipfile.ZipFile(path) as book, book.open("xl/worksheets/sheet1.xml") as sheet:
                return _occurrences(sheet, b"</row>") - 1
        case _:
            with path.open("rb") as file:
                return _occurrences(file, b"\n") - (file_format is FileFormat.CSV)


def _occurrences(file: IO[bytes], mark: bytes) -> int:
    found, rest = 0, b""
    while page := file.read(1 << 20):
        rest += page
        found += rest.count(mark)
        rest = rest[len(rest) - len(mark) + 1 :] if len(mark) > 1 else b""
    return found


def _peak_mib() -> float:
    """Answer this program's own peak: what `getrusage` says includes the parent's, from before the exec."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
