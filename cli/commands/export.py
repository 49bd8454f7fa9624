"""`floorbook export`: write a dataset to a file, whole, straight from the warehouse."""

import hashlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from backend.analytics.export import ExportRequest, stream_dataset
from backend.analytics.writers import FileFormat
from backend.domain.clock import utc_now
from backend.domain.errors import InvalidInputError, NotFoundError
from cli.errors import UnusableInputError
from cli.instance import DataOption, data_folder, instance_settings

command = typer.Typer(add_completion=False)


@command.command()
def export(
    dataset: Annotated[str, typer.Argument(help="customers, orders_enriched, sales_hourly, …")],
    *,
    file_format: Annotated[FileFormat, typer.Option("--format", help="The file's format")] = FileFormat.CSV,
    out: Annotated[Path, typer.Option("--out", help="The file to write", dir_okay=False)],
    row_filter: Annotated[
        str | None, typer.Option("--filter", help='Rows to take, as JSON: {"state": "NY"}, or a list of filters')
    ] = None,
    data: DataOption = None,
) -> None:
    """Write a dataset to a file, in constant memory whatever its size.

    Whoever reads the data folder sees all rows and columns. The file takes its name when it is complete, not before;
    the line printed is its digest, as sha256sum writes it.
    """
    settings = instance_settings(data_folder(data))
    if not out.parent.is_dir():
        raise UnusableInputError(f"{out.parent}: no such folder")
    part = out.with_name(f".{out.name}.part")
    digest, n_bytes = hashlib.sha256(), 0
    try:
        request = ExportRequest(dataset, file_format, row_filter)
        chunks = stream_dataset(settings.warehouse_url, request, None, utc_now())
        with part.open("wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                n_bytes += file.write(chunk)
        part.replace(out)
    except (InvalidInputError, NotFoundError) as error:
        raise UnusableInputError(error.detail) from error
    finally:
        part.unlink(missing_ok=True)
    sys.stderr.write(f"{dataset}: {n_bytes:,} bytes\n")
    sys.stdout.write(f"{digest.hexdigest()}  {out}\n")
