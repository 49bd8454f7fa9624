"""`floorbook replay`: what another reader or catalogue would make of all stored notes, before it is switched on."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, BinaryIO

import orjson
import typer

from backend.domain.clock import utc_now
from backend.domain.products import CatalogProduct
from backend.settings import Settings
from cli.errors import UnusableInputError
from cli.importing.load import check_names
from cli.importing.rows import Broken
from cli.importing.shapes import PRODUCTS, why_not
from cli.importing.source import open_source
from cli.instance import DataOption, data_folder, instance_settings
from cli.reading_lines import lines_of
from cli.replaying import watched_preview
from etl.load.catalog import catalog_product
from etl.normalize.reading_changes import ReadingChange
from etl.normalize.references import product_row
from workers.app import app_of

command = typer.Typer(add_completion=False)

_SENT_AT_ONCE = 50


@command.command()
def replay(
    *,
    catalog: Annotated[
        Path | None, typer.Option(help="Products not yet imported, as for `floorbook import products`")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where to list every change, one JSON object a line")] = None,
    top: Annotated[int, typer.Option(min=0, help="How many changes of each sort are shown")] = 15,
    samples: Annotated[int, typer.Option(min=0, max=20, help="How many notes are quoted for each")] = 2,
    processes: Annotated[int | None, typer.Option(min=1, help="How many share the work")] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Have the workers read the customers concerned again, in the background")
    ] = False,
    data: DataOption = None,
) -> None:
    """Read all stored notes with the reader of this version, and show what differs from what is stored.

    Nothing is written, unless with --apply. With --catalog the notes are read as if that file had been imported.
    """
    if apply and catalog is not None:
        raise UnusableInputError("--apply reads with the catalogue in use: import the file first")
    proposed = proposed_products(catalog) if catalog else []
    settings = instance_settings(data_folder(data))
    concerned: dict[str, None] = {}
    with _list_to(out) as listing:

        def keep(change: ReadingChange) -> None:
            if listing is not None:
                listing.write(change_line(change))
            if apply:
                concerned[change.customer_id] = None

        done = asyncio.run(watched_preview(settings, proposed, keep=keep, processes=processes, n_samples=samples))
    for line in lines_of(done, top=top):
        sys.stdout.write(line + "\n")
    if apply:
        _send(settings, list(concerned))
        sys.stdout.write(f"{len(concerned):,} customers are read again in the background; `floorbook replay` checks\n")


def change_line(change: ReadingChange) -> bytes:
    """Answer a change as a line of JSON."""
    return orjson.dumps(asdict(change)) + b"\n"


def proposed_products(path: Path) -> list[CatalogProduct]:
    """Read the products of a file; raises UnusableInputError naming file, line and reason of the first bad line."""
    source = open_source(path, "utf-8", {})
    check_names(source, PRODUCTS)
    found = []
    for row in source.rows():
        reason = row.reason if isinstance(row, Broken) else why_not(row.record, PRODUCTS)
        product = None if isinstance(row, Broken) or reason else product_row(row.record, utc_now())
        if product is None:
            raise UnusableInputError(f"{row.path}:{row.line}: {reason or 'no product'}")
        found.append(catalog_product(product))
    return found


@contextmanager
def _list_to(path: Path | None) -> Iterator[BinaryIO | None]:
    if path is None:
        yield None
        return
    try:
        file = path.open("wb")
    except OSError as error:
        raise UnusableInputError(f"{path}: {error.strerror}") from error
    with file:
        yield file


def _send(settings: Settings, customer_ids: list[str]) -> None:
    """Ask the background queue. A message that is lost leaves its customers as they are: the next replay shows them."""
    with app_of(settings) as queue:
        for first in range(0, len(customer_ids), _SENT_AT_ONCE):
            queue.send_task("references.reread", args=[customer_ids[first : first + _SENT_AT_ONCE]])
