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

OrdersOption = Annotated[
    Path, typer.Option(help="CSV: customer_id, order_id, ordered_at, product_id, quantity, unit_price.")
]
CustomersOption = Annotated[Path | None, typer.Option(help="The customers to answer for, one id a line (else: all).")]
CartsOption = Annotated[Path, typer.Option(help="The carts, JSONL: cart_id, items, and customer_id where it is known.")]
KOption = Annotated[int, typer.Option(min=1, max=1000, help="How many products each.")]
AsOfOption = Annotated[str, typer.Option(help="The date (or time, UTC) asked about: what comes after it is ignored.")]
HorizonOption = Annotated[int, typer.Option(min=1, max=3650, help="Without a purchase for so many days after it.")]


@command.callback()
def offline() -> None:
    """Run the production code on files, with no server."""


@command.command()
def mentions(*, catalog: CatalogOption, notes: NotesOption, out: OutOption = None) -> None:
    """Read notes against a catalogue: one line of JSON a note, in the same order."""
    products = read_catalog(catalog)
    lines = list(read_notes(notes, today=datetime.now(UTC).date()))
    _put(_answers(products, lines), out)


def _put(answers: Iterator[bytes], out: Path | None) -> None:
    """Write the answers to the file, or to stdout."""
    if out is None:
        _write(sys.stdout, answers)
        return
    try:
        with out.open("w", encoding="utf-8") as file:
            _write(file, answers)
    except OSError as error:
        raise UnusableInputError(f"{out}: {error.strerror}") from error


@command.command()
def spikes(*, sales: SalesOption, alerts_a_day: AlertsOption = 5.0, out: OutOption = None) -> None:
    """Tell rises of demand as they would have been told live: one line of JSON an alert, in the order of detection."""
    from cli.offline_spikes import spike_lines  # noqa: PLC0415 - NumPy and Arrow; --help needn't wait for them

    _put(spike_lines(sales, alerts_a_day=alerts_a_day), out)


@command.command()
def recommend(
    *, orders: OrdersOption, customers: CustomersOption = None, k: KOption = 20, out: OutOption = None
) -> None:
    """Rank what each customer will buy next: one line of JSON a customer."""
    from cli.next_baskets import next_basket_answers  # noqa: PLC0415 - scikit-learn is slow to import

    _put(next_basket_answers(orders, customers, k=k), out)


@command.command()
def churn(*, orders: OrdersOption, as_of: AsOfOption, horizon_days: HorizonOption = 90, out: OutOption = None) -> None:
    """Tell how likely each customer buys nothing within the horizon after a date: CSV, a line a customer."""
    from cli.offline_churn import churn_lines  # noqa: PLC0415 - scikit-learn is slow to import

    _put(churn_lines(orders, as_of, horizon_days), out)


@command.command()
def complete_cart(*, orders: OrdersOption, carts: CartsOption, k: KOption = 20, out: OutOption = None) -> None:
    """Rank what else goes into each cart, and say how probable one more product is: one line of JSON a cart."""
    from cli.carts import cart_answers  # noqa: PLC0415 - scikit-learn is slow to import

    _put(cart_answers(orders, carts, k=k), out)


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
