"""`floorbook bench path`: from a note's acceptance to its suggestion on the phone, under 50 associates at once."""

import asyncio
import tempfile
from pathlib import Path

import psutil

from backend.documents.client import open_documents
from cli.bench.results import BenchResult, Level
from cli.demo.loading import load_sample_store
from cli.embedded import Instance, Options, say
from cli.fleet_crew import find_crew, find_products
from cli.instance import instance_settings, issuer_key, read_urls
from mobile_mock.fleet import FleetPlan, FleetReport, run_fleet

ASSOCIATES = 50
NOTES_EACH = 40
SCALE = 0.05
SECONDS = 60.0
AIM_P50_MS, AIM_P99_MS = 150.0, 1000.0


def bench_path() -> BenchResult:
    """Measure twice on a fresh instance: 2,000 notes over a minute (twice what is required), and as fast as it goes."""
    with tempfile.TemporaryDirectory(prefix="floorbook-bench-") as folder:
        Path(folder).chmod(0o755)  # under root, PostgreSQL runs as another user, who must walk through
        data = Path(folder) / "data"
        with Instance(Options(data, port=0)):
            return asyncio.run(_measure(data))


async def _measure(data: Path) -> BenchResult:
    settings = instance_settings(data)
    client = await open_documents(settings)
    try:
        await load_sample_store(settings, scale=SCALE, report=say)
        await _run(data, notes=2, seconds=0, seed=1)  # warm: compiled, connected, cached
        paced, busy = await _run(data, notes=NOTES_EACH, seconds=SECONDS, seed=2)
        rushed, _ = await _run(data, notes=NOTES_EACH, seconds=0, seed=3)
    finally:
        await client.close()
    return BenchResult("path", (*_levels("over a minute", paced, busy), *_levels("flat out", rushed, None)))


async def _run(data: Path, *, notes: int, seconds: float, seed: int) -> tuple[FleetReport, float]:
    crew, products = await find_crew(issuer_key(data), ASSOCIATES, 8), await find_products()
    plan = FleetPlan(
        api=read_urls(data).api,
        associates=crew,
        products=products,
        notes_per_associate=notes,
        duration_seconds=seconds,
        seed=seed,
        order_share=0.0,
        offline_share=0.0,
        lost_share=0.0,
    )
    psutil.cpu_percent()
    report = await run_fleet(plan)
    return report, psutil.cpu_percent()


def _levels(how: str, report: FleetReport, cpu_percent: float | None) -> list[Level]:
    levels = [
        Level(f"{how}: notes acknowledged", f"{report.acknowledged:,} of {report.planned:,} in {report.seconds:.1f} s"),
        Level(
            f"{how}: missing, doubled",
            f"{len(report.verdict.missing)}, {len(report.verdict.doubled)}",
            "0, 0",
            report.is_sound,
        ),
    ]
    if (at := report.latency) is not None:
        levels += [
            Level(f"{how}: note to suggestion p50", f"{at.p50:.0f} ms", f"< {AIM_P50_MS:.0f} ms", at.p50 < AIM_P50_MS),
            Level(f"{how}: note to suggestion p95", f"{at.p95:.0f} ms"),
            Level(f"{how}: note to suggestion p99", f"{at.p99:.0f} ms", f"< {AIM_P99_MS:.0f} ms", at.p99 < AIM_P99_MS),
            Level(f"{how}: suggestions heard", f"{at.n:,}"),
        ]
    levels += [
        Level(f"{how}: accepted to {stage}", f"p50 {p.p50:.0f}, p95 {p.p95:.0f}, p99 {p.p99:.0f} ms")
        for stage, p in report.stages.items()
        if stage != "accepted"
    ]
    if cpu_percent is not None:
        levels.append(Level(f"{how}: processors busy", f"{cpu_percent:.0f} % (fleet and everything else included)"))
    return levels
