"""`floorbook import`: customers, products, channels, orders, transactions or notes from files."""

import asyncio
import sys
import time
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from backend.documents.client import open_documents
from backend.documents.outages import OUTAGES
from backend.domain.clock import utc_now
from cli.errors import CommandError, UnusableInputError
from cli.importing.drain import wait_until_in_use, wait_until_read
from cli.importing.handover import Handover
from cli.importing.load import Import, Tally, load
from cli.importing.rejects import Rejects
from cli.importing.shapes import SHAPES
from cli.importing.source import Source, open_source, read_mapping
from cli.instance import DataOption, data_folder, instance_settings
from workers.app import app_of

command = typer.Typer(add_completion=False)


class Kind(StrEnum):
    """What a file may hold."""

    CUSTOMERS = "customers"
    PRODUCTS = "products"
    CHANNELS = "channels"
    ORDERS = "orders"
    TRANSACTIONS = "transactions"
    NOTES = "notes"


@command.command()
def import_(
    kind: Annotated[Kind, typer.Argument(help="What the files hold")],
    files: Annotated[list[Path], typer.Argument(help=".csv, .jsonl or .parquet")],
    *,
    data: DataOption = None,
    mapping: Annotated[Path | None, typer.Option(help='JSON or TOML: {"column in the file": "column here"}')] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Where lines go that can't be taken [FILE.rejects.jsonl]")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, max=20_000, help="Entries written at once")] = 2000,
    encoding: Annotated[str, typer.Option(help="Of CSV files")] = "utf-8",
    wait: Annotated[
        bool, typer.Option("--wait", help="Return when all of it is in the warehouse, and products in use")
    ] = False,
) -> None:
    """Read files into the store of truth. The same file twice changes nothing; a line that can't be taken is put aside.

    `orders` takes one row per order line, or JSON lines with nested `lines`. Ends with 2 when nothing could be taken.
    """
    sources = [open_source(path, encoding, read_mapping(mapping)) for path in dict.fromkeys(files)]
    started = time.monotonic()
    try:
        with Rejects(rejects) as put_aside:
            tally = asyncio.run(_import(data_folder(data), kind, sources, batch, put_aside, wait=wait))
    except OUTAGES as error:
        raise CommandError(
            f"the document store went away or does not answer: {str(error)[:200]}. Import the same again when it is "
            "back: what was taken counts as already there. See `floorbook doctor`"
        ) from error
    _report(kind, tally, put_aside, time.monotonic() - started)


async def _import(
    data: Path, kind: Kind, sources: Sequence[Source], batch: int, rejects: Rejects, *, wait: bool
) -> Tally:
    settings = instance_settings(data)
    client = await open_documents(settings)
    try:
        with _progress() as progress:
            task = progress.add_task(f"import {kind}", total=sum(source.n_bytes for source in sources))
            handover = Handover(app_of(settings), utc_now)
            job = Import(SHAPES[kind], utc_now, batch, lambda n_bytes: progress.advance(task, n_bytes), handover)
            tally = await load(job, sources, rejects)
            await handover.send()
            if wait:
                await wait_until_read(progress, utc_now)
                if kind is Kind.PRODUCTS:
                    await wait_until_in_use(settings)
        return tally
    finally:
        await client.close()


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def _report(kind: Kind, tally: Tally, rejects: Rejects, seconds: float) -> None:
    n_rejects = sum(rejects.counts.values())
    for path, count in rejects.counts.items():
        sys.stderr.write(f"{path}: {count:,} rejected, see {rejects.path_for(path)}\n")
    if rejects.first:
        sys.stderr.write(f"the first: {rejects.first}\n")
    rate = tally.rows / max(seconds, 0.001)
    print(
        f"{kind}: {tally.rows:,} rows read, {tally.taken:,} entries taken, {tally.known:,} already there, "
        f"{n_rejects:,} rejected, {seconds:.1f} s ({rate:,.0f} rows/s)"
    )
    if n_rejects and not tally.taken and not tally.known:
        raise UnusableInputError(f"nothing could be taken; {rejects.first}")
