"""`floorbook fleet`: simulated associates at work over the public API of the running instance."""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from backend.documents.client import open_documents
from cli.errors import CommandError
from cli.fleet_crew import find_crew, find_products
from cli.instance import DataOption, data_folder, instance_settings, issuer_key, read_urls
from mobile_mock.fleet import FleetPlan, FleetReport, run_fleet

command = typer.Typer(add_completion=False)

NOTES_A_DAY = 30
"""What one associate writes in a working day of ten hours."""
_DAY_SECONDS = 36_000


@command.command()
def fleet(
    *,
    associates: Annotated[int, typer.Option(min=1, max=5000, help="How many work at once.")] = 20,
    notes_per_associate: Annotated[int | None, typer.Option(min=1, help="How much each writes [30 a day].")] = None,
    minutes: Annotated[float | None, typer.Option(min=0.01, help="How long they work [a day at that speed].")] = None,
    speed: Annotated[float, typer.Option(min=0, help="Of the day against real time; 0: without pauses.")] = 60,
    customers_each: Annotated[int, typer.Option(min=1, help="How many customers each of them sees.")] = 8,
    offline_share: Annotated[float, typer.Option(min=0, max=1, help="Typed without a connection, sent later.")] = 0.1,
    lost_share: Annotated[float, typer.Option(min=0, max=1, help="Sent again because the answer got lost.")] = 0.02,
    order_share: Annotated[float, typer.Option(min=0, max=1, help="Orders among what is written.")] = 0.1,
    seed: Annotated[int, typer.Option(help="The same seed writes the same.")] = 1,
    exclusive: Annotated[bool, typer.Option(help="Nobody else writes to these customers meanwhile.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
    data: DataOption = None,
) -> None:
    """Send a crew to work and count afterwards; ends with 1 when an acknowledged write is missing or there twice."""
    notes, seconds = workload(notes_per_associate, minutes, speed)
    wanted = FleetPlan(
        api="",
        associates=(),
        products=(),
        notes_per_associate=notes,
        duration_seconds=seconds,
        seed=seed,
        order_share=order_share,
        offline_share=offline_share,
        lost_share=lost_share,
        exclusive=exclusive,
    )
    report = asyncio.run(_run(data_folder(data), wanted, associates, customers_each))
    if as_json:
        sys.stdout.write(json.dumps(report.as_dict(), indent=2) + "\n")
    else:
        print_report(report)
    if not report.is_sound:
        raise CommandError("; ".join(complaints(report)))


def workload(notes: int | None, minutes: float | None, speed: float) -> tuple[int, float]:
    """Answer how many notes each writes, and over how many seconds."""
    seconds = 60 * minutes if minutes is not None else _DAY_SECONDS / speed if speed else 0.0
    if notes is None:
        notes = max(1, round(NOTES_A_DAY * seconds * speed / _DAY_SECONDS)) if speed else NOTES_A_DAY
    return notes, seconds


async def _run(data: Path, wanted: FleetPlan, n_associates: int, customers_each: int) -> FleetReport:
    key = issuer_key(data)
    if not key.exists():
        raise CommandError(f"there is no key at {key}: `floorbook up` makes it at its first start")
    api = read_urls(data).api
    client = await open_documents(instance_settings(data))
    try:
        crew, products = await find_crew(key, n_associates, customers_each), await find_products()
    finally:
        await client.close()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("at work", total=n_associates * wanted.notes_per_associate)
        plan = replace(
            wanted, api=api, associates=crew, products=products, tell=lambda n_sent: progress.advance(task, n_sent)
        )
        return await run_fleet(plan)


def complaints(report: FleetReport) -> Iterator[str]:
    """Say what is wrong with the run."""
    verdict = report.verdict
    for name, found in (
        ("acknowledged and missing", verdict.missing),
        ("there twice", verdict.doubled),
        ("acknowledged as two things", report.contradicted),
        ("refused", report.refused),
        ("never answered", report.unanswered),
    ):
        if found:
            yield f"{len(found)} {name} ({', '.join(found[:3])}{', …' if len(found) > 3 else ''})"  # noqa: PLR2004


def print_report(report: FleetReport) -> None:
    """Print the figures as a table."""
    table = Table(title=f"Fleet {report.run_id}, seed {report.seed}", title_justify="left", show_header=False)
    table.add_row("associates", f"{report.associates:,}")
    table.add_row("acknowledged", f"{report.acknowledged:,} of {report.planned:,} in {report.seconds:.1f} s")
    for name, count in report.counts.items():
        table.add_row(name.replace("_", " "), f"{count:,}")
    if report.latency is not None:
        at = report.latency
        table.add_row("note to suggestion", f"p50 {at.p50} ms, p95 {at.p95} ms, p99 {at.p99} ms (n = {at.n:,})")
    for stage, at in report.stages.items():
        table.add_row(f"  {stage}", f"p50 {at.p50} ms, p95 {at.p95} ms")
    verdict = report.verdict
    table.add_row("missing, doubled", f"{len(verdict.missing)}, {len(verdict.doubled)}")
    if verdict.unread:
        table.add_row("not read in time", f"{len(verdict.unread)} customers")
    Console().print(table)
