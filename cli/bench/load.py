"""`floorbook bench load`: nested documents into rows and into tables, beside dlt and pandas on the same documents."""

import importlib
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import psutil

from backend.domain.events import JournalEntry, RevisionKind
from backend.domain.ids import CustomerId, Revision
from backend.warehouse.driver import driver
from backend.warehouse.engine import Engine, create_schema, open_engine
from cli.bench import dlt_peer
from cli.bench.results import BenchResult, Level
from cli.embedded import say
from cli.servers.ports import free_port
from cli.servers.postgres import start_postgres
from etl.load.write import write_states
from etl.normalize.fold import fold
from etl.normalize.state import CustomerState
from etl.reconcile import NoNames
from sample_store import generate
from workers.runtime import tame_collector

N_DOCUMENTS = 5_000
AIM = 6.0
_AT_ONCE = 500
_RUNS = 3
_DLT = "dlt[postgres]>=1.31,<2"
_PATIENCE_SECONDS = 900
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Took:
    """What one way to load took: processor seconds of its own process, without the database's."""

    cpu_seconds: float
    n_rows: int

    def per_second(self, n_documents: int) -> float:
        """Answer documents per second of processor."""
        return n_documents / self.cpu_seconds


def bench_load(n_documents: int) -> BenchResult:
    """Measure on an empty PostgreSQL: reading alone, reading and COPY, pandas, and dlt where it can be installed."""
    documents = nested_documents(n_documents)
    tame_collector()
    with _empty_warehouse() as (engine, url, folder):
        say("documents to rows")
        alone = min((_normalized(documents) for _ in range(_RUNS)), key=lambda took: took.cpu_seconds)
        say("documents to tables")
        loaded, server_seconds, seconds = _loaded(engine, documents)
        say("pandas.json_normalize")
        framed = min((_framed(documents, engine) for _ in range(_RUNS)), key=lambda took: took.cpu_seconds)
        say("dlt")
        peer = _by_dlt(documents, url, folder)
    levels = [
        Level("documents, rows in tables", f"{n_documents:,}, {loaded.n_rows:,}"),
        Level("normalised only", _rate(alone, n_documents)),
        Level("normalised and loaded (COPY, rollups)", _rate(loaded, n_documents)),
        Level("the same, by the clock", f"{n_documents / seconds:,.0f} documents/s, PostgreSQL {server_seconds:.1f} s"),
        Level("pandas.json_normalize and COPY: three tables, nothing understood", _rate(framed, n_documents)),
        _beside_dlt(loaded, peer, n_documents),
    ]
    return BenchResult("load", tuple(levels))


def nested_documents(n: int) -> list[Document]:
    """Answer customers' documents of the sample store with all their orders and lines within."""
    store = generate(seed=1, scale=n / 20_000, until=datetime(2026, 11, 22, tzinfo=UTC).date())
    return [{**life.customer.fields, "orders": life.orders} for life in store.lives()]


@contextmanager
def _empty_warehouse() -> Iterator[tuple[Engine, str, Path]]:
    with tempfile.TemporaryDirectory(prefix="floorbook-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # under root, PostgreSQL runs as another user, who must walk through
        with start_postgres(folder / "warehouse", free_port()) as server:
            engine = open_engine(server.url)
            create_schema(engine)
            yield engine, server.url, folder
            engine.dispose()


def _timed(work: Callable[[], int]) -> Took:
    began = time.process_time()
    n_rows = work()
    return Took(time.process_time() - began, n_rows)


def _states(documents: Sequence[Document]) -> list[CustomerState]:
    return [fold(CustomerState(entry.customer_id), [entry], NoNames()) for entry in map(_entry, documents)]


def _normalized(documents: Sequence[Document]) -> Took:
    return _timed(lambda: sum(_n_rows(state) for state in _states(documents)))


def _n_rows(state: CustomerState) -> int:
    return 1 + len(state.orders) + len(state.lines) + len(state.transactions) + len(state.warnings)


def _loaded(engine: Engine, documents: Sequence[Document]) -> tuple[Took, float, float]:
    """Answer also the seconds of processor that PostgreSQL took, and the seconds by the clock."""

    def load() -> int:
        n_rows = 0
        for start in range(0, len(documents), _AT_ONCE):
            after = _states(documents[start : start + _AT_ONCE])
            with engine.begin() as connection:
                write_states(connection, [CustomerState(state.customer_id) for state in after], after)
            n_rows += sum(map(_n_rows, after))
        return n_rows

    served, began = _server_seconds(), time.monotonic()
    took = _timed(load)
    return took, _server_seconds() - served, time.monotonic() - began


def _server_seconds() -> float:
    """Answer the processor seconds of the processes that this one has started."""
    total = 0.0
    for process in psutil.Process().children(recursive=True):
        times = process.cpu_times()
        total += times.user + times.system
    return total


def _entry(document: Document) -> JournalEntry:
    return JournalEntry(
        customer_id=CustomerId(document["customer_id"]),
        revision=Revision(1),
        kind=RevisionKind.DOCUMENT,
        payload=document,
        accepted_at=datetime(2026, 11, 22, tzinfo=UTC),
        associate_id=None,
        store_id=None,
    )


def _framed(documents: Sequence[Document], engine: Engine) -> Took:
    """Make customers, orders and lines by `json_normalize`, as text, and COPY them into tables without types."""
    pandas = importlib.import_module("pandas")

    def load() -> int:
        key, order = ["customer_id"], ["orders", "lines"]
        frames = (
            pandas.json_normalize(documents).drop(columns="orders"),
            pandas.json_normalize(documents, "orders", key, record_prefix="order.").drop(columns="order.lines"),
            pandas.json_normalize(documents, order, [*key, ["orders", "order_id"]], record_prefix="line."),
        )
        with engine.begin() as connection:
            raw = driver(connection)
            for frame in frames:
                columns = ", ".join(f'"{name}" text' for name in frame.columns)
                raw.execute(f"CREATE TEMPORARY TABLE framed ({columns}) ON COMMIT DROP".encode())
                page = io.StringIO()
                frame.to_csv(page, index=False, header=False)
                with raw.cursor() as cursor, cursor.copy("COPY framed FROM STDIN (FORMAT csv)") as copy:
                    copy.write(page.getvalue())
                raw.execute("DROP TABLE framed")
        return sum(map(len, frames))

    return _timed(load)


def _by_dlt(documents: Sequence[Document], url: str, folder: Path) -> Took | str:
    """Run dlt in an environment of its own; answer why not, where that can't be had."""
    python, lines = folder / "dlt" / "bin" / "python", folder / "documents.jsonl"
    lines.write_bytes(b"\n".join(map(orjson.dumps, documents)))
    try:
        _run(sys.executable, "-m", "venv", str(folder / "dlt"))
        _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", _DLT)
        told = _run(str(python), str(Path(dlt_peer.__file__)), str(lines), url, str(folder / "pipelines"))
    except (OSError, subprocess.SubprocessError) as error:
        return f"{type(error).__name__}: {(getattr(error, 'stderr', None) or str(error)).strip()[-300:]}"
    found: Mapping[str, Any] = json.loads(told.splitlines()[-1])
    return Took(found["cpu_seconds"], found["n_rows"])


def _run(*words: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own words
        words, capture_output=True, text=True, check=True, timeout=_PATIENCE_SECONDS
    )
    return done.stdout


def _rate(took: Took, n_documents: int) -> str:
    rows = took.n_rows / took.cpu_seconds
    return f"{took.per_second(n_documents):,.0f} documents, {rows:,.0f} rows per second of processor"


def _beside_dlt(ours: Took, peer: Took | str, n_documents: int) -> Level:
    what, aim = "dlt and COPY", f"a {AIM:.0f}th of ours"
    if isinstance(peer, str):
        return Level(what, f"skipped, it could not be installed or run here: {peer}", aim)
    ratio = peer.cpu_seconds / ours.cpu_seconds
    return Level(what, f"{_rate(peer, n_documents)}: ours is {ratio:.1f} times as fast", aim, ratio >= AIM)
