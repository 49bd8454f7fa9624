"""`floorbook offline …`: the production code on files, with no server."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO

import orjson
import typer

from backend.domain.products import CatalogProduct
from cli.errors import UnusableInputError
from cli.note_files import NoteLine, read_catalog, read_notes

command = typer.Typer(add_completion=False, no_args_is_help=True)

CatalogOption = Annotated[Path, typer.Option(help="The catalogue, JSONL: product_id, name, and what is known of it.")]
NotesOption = Annotated[Path, typer.Option(help="The notes, JSONL: id, text, written_on (else: today).")]
OutOption = Annotated[Path | None, typer.Option(help="Where to write the answers (else: stdout).")]
SalesOption = Annotated[Path, typer.Option(help="The sales, CSV: sold_at, product_id, region, quantity.")]
AlertsOption = Annotated[float, typer.Option(min=0.01, help="So many alerts a day are worth reading.")]


@command.callback()
def offline() -> None:
    """Run the production code on files, with no server."""


@command.command()
def mentions(*, catalog: CatalogOption, notes: NotesOption, out: OutOption = None) -> None:
    """Read notes against a catalogue: one line of JSON a note, in the same order."""
    products = read_catalog(catalog)
    lines = list(read_notes(notes, today=datetime.now(UTC).date()))
    if out is None:
        _write(sys.stdout, _answers(products, lines))
        return
    try:
        with out.open("w", encoding="utf-8") as file:
            _write(file, _answers(products, lines))
    except OSError as error:
        raise UnusableInputError(f"{out}: {error.strerror}") from error


@command.command()
def spikes(*, sales: SalesOption, alerts_a_day: AlertsOption = 5.0, out: OutOption = None) -> None:
    """Tell rises of demand as they would have been told live: one line of JSON an alert, in the order of detection."""
    from cli.offline_spikes import spike_lines  # noqa: PLC0415 - NumPy and Arrow; --help needn't wait for them

    lines = spike_lines(sales, alerts_a_day=alerts_a_day)
    if out is None:
        _write(sys.stdout, lines)
        return
    try:
        with out.open("w", encoding="utf-8") as file:
            _write(file, lines)
    except OSError as error:
        raise UnusableInputError(f"{out}: {error.strerror}") from error


def _write(file: TextIO, answers: Iterator[bytes]) -> None:
    file.writelines(answer.decode() + "\n" for answer in answers)


def _answers(products: list[CatalogProduct], notes: list[NoteLine]) -> Iterator[bytes]:
    from etl.mentions import NoteReader  # noqa: PLC0415 - spaCy takes a second to import; --help needn't wait for it

    reader = NoteReader.from_catalog(products)
    for note in notes:
        reading = reader.read(note.text, written_on=note.written_on)
        follow_up = reading.follow_up
        yield orjson.dumps(
            {
                "id": note.id,
                "mentions": [
                    {
                        "start": m.start,
                        "end": m.end,
                        "text": m.text,
                        "product_ids": m.product_ids,
                        "category": m.category,
                        "intent": m.intent,
                        "confidence": m.confidence,
                        "size": m.size,
                        "color": m.color,
                        "gender": m.gender,
                        "quantity": m.quantity,
                    }
                    for m in reading.mentions
                ],
                "follow_up": follow_up
                and {
                    "start": follow_up.start,
                    "end": follow_up.end,
                    "text": follow_up.text,
                    "due_on": follow_up.due_on.isoformat(),
                },
            }
        )
