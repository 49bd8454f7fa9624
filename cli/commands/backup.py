"""`floorbook backup`: all documents as of one moment, while everything runs."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from backend.documents.client import open_documents
from backend.domain.clock import utc_now
from cli.backups import Manifest, write_backup
from cli.errors import UnusableInputError
from cli.instance import DataOption, instance_settings
from cli.instance import data_folder as folder_of

command = typer.Typer(add_completion=False)


@command.command()
def backup(
    out: Annotated[Path, typer.Argument(help="A folder that is not there yet.")],
    *,
    data: DataOption = None,
) -> None:
    """Write the documents to a folder. They are the truth: `floorbook restore` tells everything else from them.

    The folder holds personal data and the hashes of passwords: keep it as you keep the store. It has no signing keys.
    """
    if out.exists():
        raise UnusableInputError(f"{out} is there already: name a new folder")
    out.mkdir(parents=True, mode=0o700)
    manifest = asyncio.run(_write(out, folder_of(data)))
    for name, held in sorted(manifest.collections.items()):
        sys.stdout.write(f"{held.n_documents:>12,}  {name}\n")


async def _write(out: Path, data: Path) -> Manifest:
    client = await open_documents(instance_settings(data))
    try:
        return await write_backup(out, utc_now())
    finally:
        await client.close()
