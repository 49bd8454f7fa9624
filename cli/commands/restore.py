"""`floorbook restore`: documents back from a backup, everything else told anew from them."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from backend.documents.client import open_documents
from backend.domain.clock import utc_now
from backend.settings import Settings
from backend.warehouse.engine import open_engine, transaction
from cli.backups import read_backup, read_manifest
from cli.instance import DataOption, data_folder, instance_settings
from etl.load.schemas import empty_tables
from etl.rebuild import RebuildReport, rebuild

command = typer.Typer(add_completion=False)


@command.command()
def restore(
    folder: Annotated[Path, typer.Argument(help="What `floorbook backup` has written.")],
    *,
    replace: Annotated[bool, typer.Option(help="Put it in the place of the documents that are here.")] = False,
    data: DataOption = None,
) -> None:
    """Check every digest, write the documents back, and rebuild the tables from them.

    Into a fresh instance (`floorbook up` on an empty folder), or with --replace over what is here. Whoever was erased,
    here or there, stays erased.
    """
    n_left_out, report = asyncio.run(_restore(instance_settings(data_folder(data)), folder, replace=replace))
    sys.stdout.write(f"{report.progress.customers:,} customers with {report.progress.entries:,} entries are back\n")
    if n_left_out:
        sys.stdout.write(f"{n_left_out:,} who were erased are not\n")


async def _restore(settings: Settings, folder: Path, *, replace: bool) -> tuple[int, RebuildReport]:
    client = await open_documents(settings)
    try:
        return await restore_into(settings, folder, replace=replace)
    finally:
        await client.close()


async def restore_into(settings: Settings, folder: Path, *, replace: bool) -> tuple[int, RebuildReport]:
    """Restore into the instance whose documents are open; answer how many erased people were left out."""
    manifest = read_manifest(folder)
    n_left_out = await read_backup(folder, manifest, replace=replace)
    if replace:
        engine = open_engine(settings.warehouse_url)
        with transaction(engine) as connection:
            empty_tables(connection)
        engine.dispose()
    return n_left_out, await rebuild(settings, clock=utc_now, swap=True)
