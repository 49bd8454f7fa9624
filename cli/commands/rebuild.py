"""`floorbook rebuild`: replay every stored revision into a fresh warehouse."""

import asyncio
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from backend.documents.client import open_documents
from backend.domain.clock import utc_now
from backend.settings import Settings
from cli.instance import DataOption, data_folder, instance_settings
from cli.reading_lines import lines_of as reading_lines
from cli.replaying import watched_preview
from etl.load.checksums import TableDifference
from etl.rebuild import Progress, RebuildReport, rebuild

command = typer.Typer(add_completion=False)

READINGS = frozenset({"notes", "mentions", "unsold_asks"})
"""The tables that say what was read in notes."""
_SHOWN = 10


@command.command(name="rebuild")
def rebuild_warehouse(
    *,
    diff: Annotated[bool, typer.Option("--diff", help="Only print what would change")] = False,
    data: DataOption = None,
) -> None:
    """Replay every stored revision into fresh tables, and put them in the place of the live ones.

    What is live is read on meanwhile; loading is held for the moment of the swap. With --diff nothing is put in place,
    and where notes would be read differently, what would be said instead is shown as by `floorbook replay`.
    """
    settings = instance_settings(data_folder(data))
    report = asyncio.run(_rebuild(settings, swap=not diff))
    lines = lines_of(report)
    if diff and any(found.table in READINGS for found in report.differences):
        lines += ["", *reading_lines(asyncio.run(watched_preview(settings)), top=_SHOWN)]
    for line in lines:
        sys.stdout.write(line + "\n")


async def _rebuild(settings: Settings, *, swap: bool) -> RebuildReport:
    client = await open_documents(settings)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rate]:,.0f}/s"))
    try:
        with Bar(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
            task = bar.add_task("customers", total=None, rate=0.0)

            def tell(progress: Progress) -> None:
                total, rate = progress.n_customers, progress.entries_per_second
                bar.update(task, total=total, completed=progress.customers, rate=rate)

            return await rebuild(settings, clock=utc_now, swap=swap, tell=tell)
    finally:
        await client.close()


def lines_of(report: RebuildReport) -> list[str]:
    """Answer the report in lines: what was replayed, and what differs from the tables that were live."""
    done, verb = report.progress, "changed" if report.swapped else "would change"
    rate, n_rows = f"{done.entries_per_second:,.0f}/s", sum(report.n_rows.values())
    lines = [f"{done.customers} customers, {done.entries} entries in {done.seconds:.1f} s ({rate}), {n_rows} rows"]
    if not report.differences:
        return [*lines, "The fresh tables equal the live ones."]
    return [*lines, *(line for found in report.differences for line in _difference(found, verb))]


def _difference(found: TableDifference, verb: str) -> list[str]:
    counts = f"{found.n_added} added, {found.n_removed} removed, {found.n_changed} changed"
    samples = [f"  {sort}: {', '.join(keys)}" for sort, keys in sorted(found.samples.items())]
    return [f"{found.table} {verb}: {counts}", *samples]
