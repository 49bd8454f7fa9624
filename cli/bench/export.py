"""`floorbook bench export`: a million rows in every format, and the memory that takes beside a twentieth of them."""

import hashlib
import multiprocessing
import resource
import time
from multiprocessing.managers import ListProxy
from pathlib import Path
from typing import NamedTuple

from backend.analytics.export import ExportRequest, stream_dataset
from backend.analytics.writers import FileFormat
from backend.domain.clock import utc_now
from cli.bench.big_shop import BigShop
from cli.bench.dashboard import big_warehouse
from cli.bench.results import BenchResult, Level
from cli.embedded import say

N_ROWS = 1_000_000
_FEW = [{"member": "customer_id", "operator": "startsWith", "values": ["c00000"]}]
"""The first thousand customers: fifty thousand rows."""
_MOST_GROWTH = 1.5


class Exported(NamedTuple):
    """One export, in a process of its own. `peak_mib` is all of that process, the interpreter included."""

    n_bytes: int
    seconds: float
    cpu_seconds: float
    peak_mib: float


def bench_export(n_rows: int = N_ROWS) -> BenchResult:
    """Export the order lines of a fresh warehouse, all and a twentieth of them, each in a process of its own."""
    with big_warehouse(BigShop(n_rows)) as (url, _):
        found = {
            file_format: (_export(url, file_format, _FEW), _export(url, file_format, None))
            for file_format in FileFormat
        }
    levels = [_level(file_format, n_rows, *two) for file_format, two in found.items()]
    samples = {f"{file_format} peak MiB": [few.peak_mib, every.peak_mib] for file_format, (few, every) in found.items()}
    return BenchResult("export", tuple(levels), samples)


def _level(file_format: FileFormat, n_rows: int, few: Exported, every: Exported) -> Level:
    measured = (
        f"{every.seconds:.1f} s ({every.cpu_seconds:.1f} s of processor), {every.n_bytes / 2**20:.0f} MiB; "
        f"peak memory {every.peak_mib:.0f} MiB, of 50,000 rows {few.peak_mib:.0f} MiB"
    )
    is_constant = every.peak_mib < few.peak_mib * _MOST_GROWTH
    return Level(f"{n_rows:,} rows as {file_format}", measured, "constant memory", is_constant)


def _export(url: str, file_format: FileFormat, row_filter: object) -> Exported:
    say(f"{file_format}, {'all' if row_filter is None else 'few'} rows")
    spawn = multiprocessing.get_context("spawn")
    with spawn.Manager() as manager:
        sink = manager.list()
        child = spawn.Process(target=_run, args=(url, file_format, row_filter, sink))
        child.start()
        child.join()
        return Exported(*sink[0])


def _run(url: str, file_format: FileFormat, row_filter: object, sink: "ListProxy[Exported]") -> None:
    began, digest, n_bytes = time.monotonic(), hashlib.sha256(), 0
    for chunk in stream_dataset(url, ExportRequest("order_lines", file_format, row_filter), None, utc_now()):
        digest.update(chunk)
        n_bytes += len(chunk)
    sink.append(Exported(n_bytes, time.monotonic() - began, time.process_time(), _peak_mib()))


def _peak_mib() -> float:
    """Answer this program's own peak: what `getrusage` says includes the parent's, from before the exec."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
