"""`floorbook bench reload`: 100,000 products are imported anew while notes are posted, and how the notes fare."""

import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from backend.actions.tokens import load_signing_key, sign
from backend.documents.client import open_documents
from backend.domain.access import Caller, Role
from backend.domain.clock import utc_now
from cli.bench.many_products import many_products, write_products
from cli.bench.results import BenchResult, Level
from cli.demo.loading import load_sample_store
from cli.embedded import Instance, Options, say
from cli.errors import CommandError
from cli.fleet_crew import find_crew, find_products
from cli.instance import instance_settings, issuer_key, read_urls
from mobile_mock.fleet import FleetAssociate, FleetPlan, FleetProduct, FleetReport, run_fleet

PRODUCTS = 100_000
ASSOCIATES = 20
NOTES_A_SECOND = 10
SCALE = 0.05
QUIET_SECONDS = 20.0
AIM_MS = 1000.0
NEW_NAME = "Zephyrine Skywalkers"
_BEFORE_SECONDS = 3.0
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Reload:
    """One reload under load: what the fleet felt, and how long each step took."""

    report: FleetReport
    import_seconds: float
    in_use_seconds: float
    """From the last product's acceptance until notes were read with it."""
    n_generations: int
    recognised_ms: float


def bench_reload(n_products: int = PRODUCTS) -> BenchResult:
    """Measure on a fresh instance: notes with nothing else to do, then notes while the whole catalogue is reloaded."""
    with tempfile.TemporaryDirectory(prefix="floorbook-bench-") as folder:
        Path(folder).chmod(0o755)  # under root, PostgreSQL runs as another user, who must walk through
        data = Path(folder) / "data"
        with Instance(Options(data, port=0)):
            return asyncio.run(_measure(data, n_products))


async def _measure(data: Path, n_products: int) -> BenchResult:
    settings = instance_settings(data)
    client = await open_documents(settings)
    try:
        await load_sample_store(settings, scale=SCALE, report=say)
        products = await find_products()  # what the fleet writes about; many more come beside them
        took = await import_products(data, n_products)
        await post_notes(data, products, seconds=0, n_each=2, seed=1)  # warm: connected, cached
        quiet = await post_notes(data, products, seconds=QUIET_SECONDS, seed=2)
        shared = memory_of_workers(data)
        reload = await reload_under_load(data, products, n_products, seconds=1.3 * took + 10)
    finally:
        await client.close()
    return BenchResult("reload", tuple(_levels(n_products, quiet, reload, shared, memory_of_workers(data))))


async def reload_under_load(data: Path, products: list[FleetProduct], n_products: int, *, seconds: float) -> Reload:
    """Change every product, and add one, while notes are posted for so many seconds; then name the new one."""
    before = set(_workers(data).values())
    posting = asyncio.create_task(post_notes(data, products, seconds=seconds, seed=3))
    await asyncio.sleep(_BEFORE_SECONDS)
    seen: set[int] = set()
    watching = asyncio.create_task(_watch(data, seen))
    took = await import_products(data, n_products, raised_by=1, with_new=True)
    in_use_seconds = await catalog_use_seconds(data)
    recognised_ms = await await_recognition(data)
    report = await posting
    watching.cancel()
    return Reload(report, took, in_use_seconds, len(seen - before) // max(1, len(before)), recognised_ms)


async def _watch(data: Path, seen: set[int]) -> None:
    while True:
        seen.update(_workers(data).values())
        await asyncio.sleep(0.1)


def _workers(data: Path) -> dict[str, int]:
    return {name: pid for name, pid in read_urls(data).pids.items() if name.startswith("worker-")}


async def import_products(data: Path, n: int, *, raised_by: int = 0, with_new: bool = False) -> float:
    """Import so many products as a user does, in a process of its own, until they are in use; answer the seconds."""
    rows = list(many_products(n, raised_by=raised_by))
    if with_new:
        rows.append({"productid": "NEW-1", "productname": NEW_NAME, "subcategory": "Hiking Boots", "price": "99.00"})
    path = write_products(data / "products.jsonl", iter(rows))
    began = time.monotonic()
    words = ("-m", "cli.main", "import", "products", str(path), "--data", str(data), "--wait")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, told = await process.communicate()
    if process.returncode:
        raise CommandError(f"the import failed: {told.decode()}")
    return time.monotonic() - began


async def post_notes(
    data: Path, products: list[FleetProduct], *, seconds: float, seed: int, n_each: int | None = None
) -> FleetReport:
    """Have associates post notes at a steady rate."""
    n_each = n_each or round(NOTES_A_SECOND * seconds / ASSOCIATES)
    plan = FleetPlan(
        api=read_urls(data).api,
        associates=await find_crew(issuer_key(data), ASSOCIATES, 8),
        products=products,
        notes_per_associate=n_each,
        duration_seconds=seconds,
        seed=seed,
        order_share=0.0,
        offline_share=0.0,
        lost_share=0.0,
    )
    return await run_fleet(plan)


async def catalog_use_seconds(data: Path) -> float:
    """Answer how long the newest catalogue took from its import into use, as operators are told."""
    caller = Caller("bench", Role.OPERATOR)
    token = sign(load_signing_key(issuer_key(data)), caller, utc_now())
    async with httpx.AsyncClient(base_url=read_urls(data).api, headers={"Authorization": f"Bearer {token}"}) as api:
        told = (await api.get("/v1/ops/freshness")).json()
    return float(told["catalog_use_seconds"])


async def await_recognition(data: Path) -> float:
    """Post a note that names the new product and answer after how many milliseconds it was found."""
    who = (await find_crew(issuer_key(data), 1, 1))[0]
    headers = {"Authorization": f"Bearer {who.mint()}"}
    async with httpx.AsyncClient(base_url=read_urls(data).api, headers=headers) as api:
        note_id = f"new-{time.time_ns()}"
        body = {"note_id": note_id, "text": f"wants the {NEW_NAME}", "written_at": _now()}
        (await api.post(f"/v1/customers/{who.customers[0]}/notes", json=body)).raise_for_status()
        began = time.monotonic()
        while time.monotonic() - began < _PATIENCE_SECONDS:
            if "NEW-1" in await _found(api, who, note_id):
                return 1000 * (time.monotonic() - began)
            await asyncio.sleep(0.02)
    raise CommandError(f"{NEW_NAME} is in the catalogue, and no note finds it")


async def _found(api: httpx.AsyncClient, who: FleetAssociate, note_id: str) -> set[str]:
    overview: dict[str, Any] = (await api.get(f"/v1/customers/{who.customers[0]}/overview")).json()
    notes = [note for note in overview["notes"] if note["note_id"] == note_id]
    return {product for note in notes for mention in note["mentions"] for product in mention["product_ids"]}


def _now() -> str:
    at: datetime = utc_now()
    return at.isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes of the workers: what each seems to have, and what each costs (shared pages divided by their users)."""

    resident: tuple[float, ...]
    proportional: tuple[float, ...]


def memory_of_workers(data: Path) -> Memory:
    """Read it from the kernel (Linux)."""
    found = [psutil.Process(pid).memory_full_info() for pid in _workers(data).values()]
    megabyte = 1024 * 1024
    return Memory(tuple(one.rss / megabyte for one in found), tuple(one.pss / megabyte for one in found))


def _levels(n: int, quiet: FleetReport, reload: Reload, before: Memory, after: Memory) -> list[Level]:
    levels = []
    for how, report in (("nothing else", quiet), (f"{n:,} products reloaded", reload.report)):
        lost = f"{len(report.verdict.missing)}, {len(report.verdict.doubled)}"
        levels += [
            Level(f"{how}: notes acknowledged", f"{report.acknowledged:,} of {report.planned:,}"),
            Level(f"{how}: missing, doubled", lost, "0, 0", report.is_sound),
        ]
        if (at := report.latency) is not None:
            middle = f"p50 {at.p50:.0f} ms, p95 {at.p95:.0f} ms, p99 {at.p99:.0f} ms, of {at.n:,}"
            levels += [
                Level(f"{how}: note to suggestion", middle),
                *(Level(f"{how}: accepted to {s}", f"p99 {p.p99:.0f} ms") for s, p in report.stages.items() if p.most),
                Level(f"{how}: the slowest", f"{at.most:.0f} ms", f"< {AIM_MS:.0f} ms", at.most < AIM_MS),
            ]
    return [
        *levels,
        Level("import, load and compile", f"{reload.import_seconds:.1f} s"),
        Level("last product accepted until in use", f"{reload.in_use_seconds:.1f} s"),
        Level("generations raised meanwhile", f"{reload.n_generations}"),
        Level("a note that names the new product: found after", f"{reload.recognised_ms:.0f} ms"),
        *(
            Level(f"memory of a worker {when}", _memory(memory))
            for when, memory in (("before", before), ("after", after))
        ),
    ]


def _memory(memory: Memory) -> str:
    pairs = zip(memory.resident, memory.proportional, strict=True)
    return ", ".join(f"{resident:.0f} MB resident, {own:.0f} MB its share" for resident, own in pairs)
