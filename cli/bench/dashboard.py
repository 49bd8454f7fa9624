"""`floorbook bench dashboard`: the nine dashboard queries over millions of order lines, quiet and under a writer."""

import asyncio
import gc
import importlib
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from pyarrow import parquet
from sqlalchemy import Engine, text

from backend.analytics.run import load, split_comparison
from backend.analytics.shape import parse_query
from backend.analytics.trends import read_trends
from backend.domain.access import Caller, Role
from backend.domain.ids import Region, StoreId
from backend.warehouse.engine import AsyncEngine, create_schema, open_async_engine, open_engine
from cli.bench.big_shop import NOW, BigShop, load_big_shop
from cli.bench.dashboard_queries import QUERIES, DashboardQuery
from cli.bench.order_writer import write_orders
from cli.bench.results import BenchResult, Level
from cli.embedded import say
from cli.servers.ports import free_port
from cli.servers.postgres import start_postgres

AIM_MS = 50.0
RUNS, PLAIN_RUNS = 40, 3
DOCUMENTS_PER_SECOND = 500.0
Times = Mapping[str, Sequence[float]]


def bench_dashboard(n_lines: int) -> BenchResult:
    """Fill a warehouse of its own, and measure: production code quiet and under a writer, plain SQL, DuckDB."""
    shop = BigShop(n_lines)
    with big_warehouse(shop) as (url, folder):
        return measure(url, shop, folder)


def production_queries(n_lines: int) -> Times:
    """Fill a warehouse of its own, and answer the milliseconds of each dashboard query, as the API runs it."""
    with big_warehouse(BigShop(n_lines)) as (url, _):
        return asyncio.run(_served(url, RUNS))


@contextmanager
def big_warehouse(shop: BigShop) -> Iterator[tuple[str, Path]]:
    """Start PostgreSQL on an empty folder and fill it."""
    with tempfile.TemporaryDirectory(prefix="floorbook-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # under root, PostgreSQL runs as another user, who must walk through
        with start_postgres(folder / "warehouse", free_port()) as server:
            engine = open_engine(server.url)
            create_schema(engine)
            load_big_shop(engine, shop, say)
            engine.dispose()
            yield server.url, folder


def measure(url: str, shop: BigShop, folder: Path) -> BenchResult:
    """Measure a warehouse that holds this shop."""
    engine = open_engine(url)
    say("production queries")
    quiet = asyncio.run(_served(url, RUNS))
    say(f"the same, while {DOCUMENTS_PER_SECOND:.0f} documents a second are loaded")
    with _writing(url, shop) as written:
        began = time.monotonic()
        busy = asyncio.run(_served(url, RUNS))
        seconds = time.monotonic() - began
    say("plain SQL on the same PostgreSQL")
    plain = {query.name: _timed(partial(_run_plain, engine, query.plain), PLAIN_RUNS) for query in QUERIES}
    duck = _on_duckdb(shop, folder)
    size = _size(engine)
    engine.dispose()
    levels = [_level(query, quiet, busy, plain, duck) for query in QUERIES]
    loaded = f"{sum(written) / seconds:.0f} documents a second"
    about = [
        Level("order lines, size on disk", f"{shop.n_lines:,} lines, {size / 2**30:.1f} GiB"),
        Level("loaded while they were read", loaded, f"{DOCUMENTS_PER_SECOND:.0f} asked for"),
    ]
    samples = {
        f"{how} ms: {name}": ms for how, times in (("quiet", quiet), ("busy", busy)) for name, ms in times.items()
    }
    return BenchResult("dashboard", (*levels, *about), samples)


def _level(query: DashboardQuery, quiet: Times, busy: Times, plain: Times, duck: Times) -> Level:
    others = f"plain {median(plain[query.name]):.0f}"
    others += f", DuckDB {median(duck[query.name]):.0f}" if duck else ", DuckDB not installed (dependency group bench)"
    now = _p(quiet[query.name], 95)
    measured = (
        f"p50 {_p(quiet[query.name], 50):.1f}, p95 {now:.1f}; with a writer p50 {_p(busy[query.name], 50):.1f}, "
        f"p95 {_p(busy[query.name], 95):.1f}; {others} ms"
    )
    return Level(query.name, measured, f"p95 < {AIM_MS:.0f} ms", now < AIM_MS)


def _p(times: Sequence[float], percent: int) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]


async def _served(url: str, runs: int) -> dict[str, list[float]]:
    """Run every query as the API does, after one run to warm up."""
    engine = open_async_engine(url)
    gc.freeze()  # as the API does
    found: dict[str, list[float]] = {}
    for query in QUERIES:
        await _serve(engine, query)
        found[query.name] = []
        for _ in range(runs):
            began = time.perf_counter()
            await _serve(engine, query)
            found[query.name].append((time.perf_counter() - began) * 1000)
    await engine.dispose()
    return found


async def _serve(engine: AsyncEngine, query: DashboardQuery) -> None:
    store_id, region = query.scope.get("store_id"), query.scope.get("region")
    caller = Caller(
        "bench",
        Role.MANAGER,
        store_id=StoreId(store_id) if store_id else None,
        region=Region(region) if region else None,
    )
    async with engine.connect() as connection:
        if query.asked is None:
            await connection.run_sync(read_trends, caller, NOW, 50)
            return
        for one in split_comparison(parse_query(query.asked)):
            await load(connection, one, caller, NOW)


@contextmanager
def _writing(url: str, shop: BigShop) -> Iterator[list[int]]:
    spawn = multiprocessing.get_context("spawn")
    stop, written = spawn.Event(), list[int]()
    with spawn.Manager() as manager:
        counts = manager.list()
        writer = spawn.Process(target=write_orders, args=(url, shop.n_customers, DOCUMENTS_PER_SECOND, stop, counts))
        writer.start()
        yield written
        stop.set()
        writer.join()
        written.extend(counts)


def _run_plain(engine: Engine, sql: str) -> None:
    with engine.connect() as connection:
        connection.execute(text(sql)).all()


def _timed(run: Callable[[], object], runs: int) -> list[float]:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        run()
        times.append((time.perf_counter() - began) * 1000)
    return times


def _size(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def _on_duckdb(shop: BigShop, folder: Path) -> dict[str, list[float]]:
    """Run the plain SQL on DuckDB's own tables of the same rows; nothing where it is not installed."""
    try:
        duckdb = importlib.import_module("duckdb")
    except ModuleNotFoundError:
        return {}
    say("the same on DuckDB")
    lines = folder / "lines.parquet"
    with parquet.ParquetWriter(lines, next(shop.lines()).schema) as writer:
        for table in shop.lines():
            writer.write_table(table)
    duck = duckdb.connect(str(folder / "lines.duckdb"))
    duck.execute("SET TimeZone = 'UTC'")
    for statement in _DUCKDB_TABLES:
        duck.execute(statement.format(lines=lines, n_customers=shop.n_customers))
    return {query.name: _timed(partial(_fetch, duck, query.plain), PLAIN_RUNS) for query in QUERIES}


def _fetch(duck: Any, sql: str) -> None:
    duck.execute(sql).fetchnumpy()


_DUCKDB_TABLES = (
    "CREATE TABLE order_lines AS SELECT * REPLACE (sold = 't' AS sold) FROM read_parquet('{lines}')",
    "CREATE TABLE products (productid, productcategory) AS SELECT 'P' || n, 'Category ' || n % 12 FROM range(5000)t(n)",
    "CREATE TABLE channels AS SELECT 'S' || n AS store_id, 'Region ' || n % 8 AS region FROM range(40) AS r(n)",
    "CREATE TABLE customers AS SELECT 'S' || n % 50 AS state FROM range({n_customers}) AS r(n)",
)
