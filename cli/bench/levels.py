"""`floorbook bench`: every service level of the contract in one table, measured on a fresh instance on this machine.

What is measured shorter here than asked says so, and names the benchmark that measures it in full.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psutil

from backend.actions.tokens import load_signing_key, sign
from backend.documents.client import open_documents
from backend.domain.access import Caller, Role
from backend.domain.clock import utc_now
from backend.settings import Settings
from cli.bench.costs import Window
from cli.bench.dashboard import production_queries
from cli.bench.fresh import crew_at_work, fresh_instance
from cli.bench.kills import kill_in_turn
from cli.bench.path import (
    AIM_FLAT_OUT_MS,
    ASSOCIATES,
    BAR_A_MINUTE,
    N_FLAT_OUT,
    PACED_SECONDS,
    REQUIRED_A_MINUTE,
    Rush,
    flat_out,
)
from cli.bench.results import BenchResult, Level
from cli.demo.loading import load_sample_store
from cli.embedded import say
from cli.errors import CommandError
from cli.fleet_crew import find_crew, find_products
from cli.instance import instance_settings, issuer_key, read_urls
from etl.rebuild import rebuild
from mobile_mock.fleet import FleetReport

SCALE = 0.02
TEN_TIMES = 10 * SCALE
N_SALES, N_QUERIES = 60, 60
KILL_ROUNDS = 2
_PATIENCE_SECONDS = 30.0
_QUERIES: Sequence[dict[str, Any]] = (
    {"measures": ["sales.revenue"], "dimensions": ["products.productcategory"]},
    {"measures": ["sales.units"], "dimensions": ["channels.region"]},
    {"measures": ["sales.revenue"], "timeDimensions": [{"dimension": "sales.time", "granularity": "day"}]},
)


@dataclass(frozen=True, slots=True)
class Load:
    """A crew at the required pace: what its writes came to, and what share of all cores Floorbook itself took."""

    report: FleetReport
    cpu_percent: float


def bench_levels(n_lines: int) -> BenchResult:
    """Measure all levels, each in its short form: in ten minutes; `n_lines`: what dashboards read over."""
    dashboard = production_queries(n_lines)
    with fresh_instance() as data:
        found = asyncio.run(_measure(data))
    samples = {**{f"dashboard_ms: {name}": list(ms) for name, ms in dashboard.items()}, **found.samples}
    return BenchResult("levels", (_dashboard(n_lines, dashboard), *found.levels), samples)


async def _measure(data: Path) -> BenchResult:
    settings = instance_settings(data)
    client = await open_documents(settings)
    try:
        await load_sample_store(settings, scale=SCALE, report=say)
        await crew_at_work(data, notes_each=2, seconds=0, seed=1)  # warm: compiled, connected, cached
        await _query_milliseconds(data)
        small = await _required_load(data)
        rush = await flat_out(data, settings, N_FLAT_OUT)
        sales = await _sales_to_dashboard(data)
        kills = await kill_in_turn(data, KILL_ROUNDS)
        accuracy = await _accuracy(settings)
        await load_sample_store(settings, scale=TEN_TIMES, report=say)
        large = await _required_load(data)
        queries = await _query_milliseconds(data)
    finally:
        await client.close()
    api, mongo = kills.back_seconds["api"], kills.back_seconds["mongo"]
    verdict = kills.report.verdict
    lost = f"{len(verdict.missing)}, {len(verdict.doubled)}"
    levels = (
        _analytics(queries),
        *_tasks(rush),
        _below("CPU at 1,000 tasks a minute", f"{small.cpu_percent:.0f} % of all cores", small.cpu_percent, (10, "%")),
        accuracy,
        _volume(small, large),
        Level(f"acknowledged writes lost, doubled in {kills.n} kills", lost, "0, 0", kills.report.is_sound),
        _below("API back after kill -9", _seconds(api), max(api), (2, "s")),
        _below("document store back after kill -9", _seconds(mongo), max(mongo), (10, "s")),
        _below("sale to dashboard, p99", _milliseconds(sales), _rank(sales, 0.99), (2_000, "ms")),
        *_latency(small.report),
    )
    samples = {
        "sale_to_dashboard_ms": sales,
        "query_ms": queries,
        **{f"{k}_back_s": v for k, v in kills.back_seconds.items()},
    }
    return BenchResult("levels", levels, samples)


async def _required_load(data: Path) -> Load:
    """Write 1,000 notes a minute for half a minute."""
    n_each = round(REQUIRED_A_MINUTE / 60 * PACED_SECONDS / ASSOCIATES)
    window = Window(data, n_each * ASSOCIATES)
    report = await crew_at_work(data, notes_each=n_each, seconds=PACED_SECONDS, seed=2, tell=window.tell)
    return Load(report, window.costs.percent if window.costs else 100.0)


async def _sales_to_dashboard(data: Path) -> list[float]:
    """Post orders one after another; answer for each the milliseconds until the manager's number has it."""
    who, product = (await find_crew(issuer_key(data), 1, 1))[0], (await find_products())[0]
    async with httpx.AsyncClient(base_url=read_urls(data).api, timeout=10) as api:
        associate = {"Authorization": f"Bearer {who.mint()}"}
        found = []
        for n in range(N_SALES):
            before = await _revenue(api, data)
            line = {"product_id": product.product_id, "quantity": 1, "unit_price": f"{n + 1}.00"}
            at = datetime.now(UTC).isoformat()
            order = {
                "order_id": uuid4().hex,
                "status": "closed",
                "filed_on": at[:10],
                "ordered_at": at,
                "lines": [line],
            }
            answer = await api.post(f"/v1/customers/{who.customers[0]}/orders", json=order, headers=associate)
            answer.raise_for_status()
            began = time.perf_counter()
            while await _revenue(api, data) != before + n + 1:
                if time.perf_counter() - began > _PATIENCE_SECONDS:
                    raise CommandError(f"a sale is not in the number after {_PATIENCE_SECONDS:.0f} s")
                await asyncio.sleep(0.01)
            found.append(1000 * (time.perf_counter() - began))
        return found


async def _revenue(api: httpx.AsyncClient, data: Path) -> Decimal:
    day = datetime.now(UTC).date().isoformat()
    query = {"measures": ["sales.revenue"], "timeDimensions": [{"dimension": "sales.time", "dateRange": [day, day]}]}
    rows = (await _load(api, data, query))["data"]
    return Decimal(rows[0]["sales.revenue"] or 0) if rows else Decimal(0)


async def _load(api: httpx.AsyncClient, data: Path, query: dict[str, Any]) -> dict[str, Any]:
    token = sign(load_signing_key(issuer_key(data)), Caller("bench", Role.MANAGER), utc_now())
    answer = await api.post("/v1/analytics/load", json={"query": query}, headers={"Authorization": f"Bearer {token}"})
    answer.raise_for_status()
    loaded: dict[str, Any] = answer.json()
    return loaded


async def _query_milliseconds(data: Path) -> list[float]:
    found = []
    async with httpx.AsyncClient(base_url=read_urls(data).api, timeout=30) as api:
        for n in range(N_QUERIES):
            began = time.perf_counter()
            await _load(api, data, _QUERIES[n % len(_QUERIES)])
            found.append(1000 * (time.perf_counter() - began))
    return found


async def _accuracy(settings: Settings) -> Level:
    """Tell all tables anew from the documents, and count the rows that say something else."""
    report = await rebuild(settings, clock=utc_now, swap=False, processes=1)
    n_rows = sum(report.n_rows.values())
    wrong = sum(one.n_added + one.n_removed + one.n_changed for one in report.differences)
    right = 100 * (1 - wrong / max(1, n_rows))
    return Level(
        "data accuracy: rows that the documents tell alike", f"{right:.3f} % of {n_rows:,}", "100 %", not wrong
    )


def _dashboard(n_lines: int, milliseconds: Mapping[str, Sequence[float]]) -> Level:
    """Tell the slowest of the dashboard's queries, by its p95."""
    slowest = max(milliseconds, key=lambda name: _rank(milliseconds[name], 0.95))
    what = f"dashboard, {n_lines:,} order lines: slowest of {len(milliseconds)} queries, p95"
    return _below(
        what, f"{_milliseconds(milliseconds[slowest])}: {slowest}", _rank(milliseconds[slowest], 0.95), (50, "ms")
    )


def _analytics(queries: Sequence[float]) -> Level:
    what = "analytics queries over HTTP, ten times the sample store, p95"
    return _below(what, _milliseconds(queries), _rank(queries, 0.95), (50, "ms"))


def _tasks(rush: Rush) -> tuple[Level, Level]:
    steps = "posted, read, loaded, suggested, pushed"
    what = f"tasks a minute: {steps} ({psutil.cpu_count()} cores, the poster's work included)"
    rate = Level(
        what, f"{rush.a_minute:,.0f}", f"{REQUIRED_A_MINUTE:,}; bar {BAR_A_MINUTE:,}", rush.a_minute >= BAR_A_MINUTE
    )
    cost = _below("CPU of a task, all processes", f"{rush.costs.each:.2f} ms", rush.costs.each, (AIM_FLAT_OUT_MS, "ms"))
    return rate, cost


def _volume(small: Load, large: Load) -> Level:
    what = "volume +900 %: note to suggestion, p99"
    before, after = small.report.latency, large.report.latency
    if before is None or after is None:
        return Level(what, "no suggestion was heard", met=False)
    cpu = f"CPU {small.cpu_percent:.0f} → {large.cpu_percent:.0f} %"
    return _below(what, f"{before.p99:.0f} → {after.p99:.0f} ms, {cpu}", after.p99, (1_000, "ms"))


def _latency(report: FleetReport) -> list[Level]:
    what = "note to suggestion on the phone"
    if (at := report.latency) is None:
        return [Level(what, "no suggestion was heard", met=False)]
    return [
        _below(f"{what}, p50", f"{at.p50:.0f} ms", at.p50, (150, "ms")),
        _below(f"{what}, p99", f"{at.p99:.0f} ms of {at.n:,}", at.p99, (1_000, "ms")),
    ]


def _below(what: str, measured: str, value: float, aim: tuple[float, str]) -> Level:
    most, unit = aim
    return Level(what, measured, f"< {most:,} {unit}", value < most)


def _rank(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _milliseconds(values: Sequence[float]) -> str:
    p50, p95, p99 = (_rank(values, share) for share in (0.5, 0.95, 0.99))
    return f"p50 {p50:.0f}, p95 {p95:.0f}, p99 {p99:.0f} ms of {len(values)}"


def _seconds(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values) + " s"
