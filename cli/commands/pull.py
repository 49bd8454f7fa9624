"""`floorbook pull`: read what is new from other databases."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from backend.documents.client import close_documents, open_documents
from backend.documents.outages import OUTAGES
from backend.documents.source_positions import forget_source_position, keep_source_position, read_source_position
from backend.domain.clock import utc_now
from backend.settings import Settings
from cli.errors import CommandError
from cli.importing.connections import Reading, read_connections
from cli.importing.database import Table, open_database, read_position, written
from cli.importing.drain import wait_until_read
from cli.importing.handover import Handover
from cli.importing.load import Import, Tally, load
from cli.importing.rejects import Rejects
from cli.instance import DataOption, data_folder, instance_settings
from workers.app import app_of

command = typer.Typer(add_completion=False)


@command.command()
def pull(
    connections: Annotated[Path, typer.Argument(help="TOML: which databases, tables and columns")],
    *,
    data: DataOption = None,
    every: Annotated[float | None, typer.Option(min=1, help="Again after so many seconds, until Ctrl-C")] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rows go that can't be taken [CONNECTIONS.rejects.jsonl]")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Return when all of it is in the warehouse")] = False,
) -> None:
    """Read tables of other databases into the store of truth: what is new since the last time, or all of it.

    Nothing is written there. Stopped half-way, it goes on where it was; what comes twice changes nothing.
    """
    readings = read_connections(connections)
    aside = rejects or connections.with_name(f"{connections.name}.rejects.jsonl")
    try:
        asyncio.run(_pull(instance_settings(data_folder(data)), readings, aside, every=every, wait=wait))
    except KeyboardInterrupt:
        return
    except OUTAGES as error:
        raise CommandError(
            f"the document store went away or does not answer: {str(error)[:200]}. Pull again when it is back"
        ) from error


async def _pull(
    settings: Settings, readings: Sequence[Reading], aside: Path, *, every: float | None, wait: bool
) -> None:
    client = await open_documents(settings)
    try:
        while True:
            with _progress() as progress, Rejects(aside) as rejects:
                for reading in readings:
                    await _read(settings, reading, rejects, progress)
                if wait:
                    await wait_until_read(progress, utc_now)
            if rejects.first:
                sys.stderr.write(f"rejected, see {aside}; the first: {rejects.first}\n")
            if every is None:
                return
            await asyncio.sleep(every)
    finally:
        await close_documents(client)


async def _read(settings: Settings, reading: Reading, rejects: Rejects, progress: Progress) -> None:
    task = progress.add_task(reading.name, total=None)
    handover = Handover(app_of(settings), utc_now)
    job = Import(reading.shape, utc_now, advance=lambda n: progress.advance(task, n), handover=handover)
    tally = await read_table(reading, job, rejects)
    await handover.send()
    n_rejected = rejects.counts.get(Path(reading.name), 0)
    print(
        f"{reading.name}: {tally.rows:,} rows read, {tally.taken:,} {reading.kind} taken, {tally.known:,} already "
        f"there, {n_rejected:,} rejected"
    )


async def read_table(reading: Reading, job: Import, rejects: Rejects) -> Tally:
    """Read what comes after the position that was kept, page by page; each is kept as done once it is written.

    Raises CommandError where the other database does not answer.
    """
    engine = open_database(reading.url)
    total = Tally()
    try:
        kept = await read_source_position(reading.name)
        for page in Table(reading, engine).pages(read_position(kept) if kept else None):
            tally = await load(job, [page], rejects)
            total = Tally(total.rows + tally.rows, total.taken + tally.taken, total.known + tally.known)
            await keep_source_position(reading.name, written(page.after), job.clock())
        if reading.changed is None:
            await forget_source_position(reading.name)
    finally:
        engine.dispose()
    return total


def _progress() -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}: {task.completed:,.0f} rows"), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))
