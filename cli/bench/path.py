"""`floorbook bench path`: from a note's acceptance to its suggestion on the phone, and what each note costs.

At what is required (1,000 notes a minute), at twice that, and as fast as it goes; then stage by stage.
"""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from backend.documents.client import open_documents
from backend.documents.journal import pending
from backend.documents.suggestions import count_pending_suggestions
from backend.domain.clock import utc_now
from backend.settings import Settings
from backend.warehouse.engine import open_engine, reading
from cli.bench.costs import Costs, Window, cpu_milliseconds, levels_of, spent
from cli.bench.fresh import crew_at_work, fresh_instance
from cli.bench.poster import Posted, post_notes
from cli.bench.results import BenchResult, Level
from cli.bench.stages import measure_stages
from cli.demo.loading import load_sample_store
from cli.embedded import say
from cli.fleet_crew import find_crew, find_products
from cli.instance import instance_settings, issuer_key, read_urls
from etl.load.notes import count_notes
from mobile_mock.fleet import FleetReport

SCALE = 0.05
REQUIRED_A_MINUTE, BAR_A_MINUTE = 1_000, 20_000
PACED_SECONDS = 30.0
N_FLAT_OUT = 3_000
ASSOCIATES = 50
AIM_P50_MS, AIM_P99_MS = 150.0, 1000.0
AIM_PERCENT = 10
AIM_PACED_MS, AIM_FLAT_OUT_MS = 12.0, 6.0
"""What a note may cost all processes: a tenth of two cores at 1,000 a minute; two cores at 20,000."""


@dataclass(frozen=True, slots=True)
class Rush:
    """Notes posted as fast as it goes: what was acknowledged, what is in the tables, from first post to last push."""

    costs: Costs
    n_loaded: int

    @property
    def a_minute(self) -> float:
        """Notes a minute, from the first one posted to the last one pushed."""
        return 60 * self.costs.n / self.costs.seconds


def bench_path() -> BenchResult:
    """Measure on a fresh instance."""
    with fresh_instance() as data:
        return BenchResult("path", tuple(asyncio.run(_measure(data))))


async def _measure(data: Path) -> list[Level]:
    settings = instance_settings(data)
    client = await open_documents(settings)
    try:
        await load_sample_store(settings, scale=SCALE, report=say)
        await crew_at_work(data, notes_each=2, seconds=0, seed=1)  # warm: compiled, connected, cached
        levels = []
        for how, times, seed in (("at 1,000 a minute", 1, 2), ("at 2,000 a minute", 2, 3)):
            n_each = round(times * REQUIRED_A_MINUTE / 60 * PACED_SECONDS / ASSOCIATES)
            window = Window(data, n_each * ASSOCIATES)
            report = await crew_at_work(data, notes_each=n_each, seconds=PACED_SECONDS, seed=seed, tell=window.tell)
            levels += [*_latency(how, report), *_busy(how, window.costs, aimed=times == 1)]
        rush = await flat_out(data, settings, N_FLAT_OUT)
        return [
            *levels,
            *_rush(rush),
            *levels_of("flat out", rush.costs, AIM_FLAT_OUT_MS),
            *await measure_stages(data, settings),
        ]
    finally:
        await client.close()


async def flat_out(data: Path, settings: Settings, n: int) -> Rush:
    """Post as fast as it is taken; wait until all is read and pushed, and count it in the tables."""
    crew, products = await find_crew(issuer_key(data), ASSOCIATES, 8), await find_products()
    before, began = cpu_milliseconds(data), time.monotonic()
    posted: Posted = await post_notes(read_urls(data).api, crew, products, n // ASSOCIATES)
    while (await pending(utc_now()))[0] or await count_pending_suggestions():
        await asyncio.sleep(0.05)
    seconds = time.monotonic() - began
    costs = spent(before, cpu_milliseconds(data), posted.n, seconds)
    engine = open_engine(settings.warehouse_url)
    with reading(engine) as connection:
        n_loaded = count_notes(connection, posted.run)
    engine.dispose()
    return Rush(costs, n_loaded)


def _latency(how: str, report: FleetReport) -> list[Level]:
    lost = f"{len(report.verdict.missing)}, {len(report.verdict.doubled)} of {report.acknowledged:,}"
    levels = [Level(f"{how}: missing, doubled", lost, "0, 0", report.is_sound)]
    if (at := report.latency) is not None:
        levels += [
            Level(f"{how}: note to suggestion p50", f"{at.p50:.0f} ms", f"< {AIM_P50_MS:.0f} ms", at.p50 < AIM_P50_MS),
            Level(f"{how}: note to suggestion p99", f"{at.p99:.0f} ms", f"< {AIM_P99_MS:.0f} ms", at.p99 < AIM_P99_MS),
        ]
    return levels + [
        Level(f"{how}: accepted to {stage}", f"p50 {p.p50:.0f}, p95 {p.p95:.0f}, p99 {p.p99:.0f} ms")
        for stage, p in report.stages.items()
        if stage != "accepted"
    ]


def _busy(how: str, costs: Costs | None, *, aimed: bool) -> list[Level]:
    if costs is None:
        return [Level(f"{how}: CPU", "not all notes were acknowledged", met=False)]
    if not aimed:
        return [
            Level(f"{how}: CPU, Floorbook alone", f"{costs.percent:.0f} % of all cores, {costs.each:.1f} ms a note")
        ]
    share = Level(
        f"{how}: CPU, Floorbook alone",
        f"{costs.percent:.0f} % of all cores",
        f"< {AIM_PERCENT} %",
        costs.percent < AIM_PERCENT,
    )
    return [share, *levels_of(how, costs, AIM_PACED_MS)]


def _rush(rush: Rush) -> list[Level]:
    rate = f"{rush.a_minute:,.0f} a minute, the poster's work included"
    return [
        Level(
            "flat out: posted, read, loaded, suggested, pushed",
            rate,
            f"{BAR_A_MINUTE:,}",
            rush.a_minute >= BAR_A_MINUTE,
        ),
        Level(
            "flat out: acknowledged, in the tables",
            f"{rush.costs.n:,}, {rush.n_loaded:,}",
            "equal",
            rush.n_loaded == rush.costs.n,
        ),
    ]
