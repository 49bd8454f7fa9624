"""Catalogues and notes as JSONL files, in the shapes of `floorbook offline mentions`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import orjson

from backend.domain.ids import ProductId
from backend.domain.products import CatalogProduct
from cli.errors import UnusableInputError


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A note of the file; `id` goes out as it came in."""

    id: Any
    text: str
    written_on: date


def read_catalog(path: Path) -> list[CatalogProduct]:
    """Read a catalogue; raises UnusableInputError naming file, line and reason. The first of equal ids counts."""
    return [_product(path, number, row) for number, row in _rows(path)]


def read_notes(path: Path, *, today: date) -> Iterator[NoteLine]:
    """Read notes; `today` stands in where a note does not say when it was written."""
    for number, row in _rows(path):
        if "id" not in row or not isinstance(row.get("text"), str):
            raise _unusable(path, number, "a note needs an id and a text")
        yield NoteLine(row["id"], row["text"], _written_on(path, number, row.get("written_on"), today))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, _row(path, number, line)
    except OSError as error:
        raise UnusableInputError(f"{path}: {error.strerror}") from error


def _row(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        row = orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise _unusable(path, number, f"no JSON: {error.msg}") from error
    if not isinstance(row, dict):
        raise _unusable(path, number, "a line must be a JSON object")
    return row


def _product(path: Path, number: int, row: dict[str, Any]) -> CatalogProduct:
    if row.get("product_id") in {None, ""} or not isinstance(row.get("name"), str):
        raise _unusable(path, number, "a product needs a product_id and a name")
    aliases = row.get("aliases") or []
    if not isinstance(aliases, list):
        raise _unusable(path, number, "aliases must be a list of texts")
    return CatalogProduct(
        product_id=ProductId(str(row["product_id"])),
        name=row["name"],
        brand=_text(row.get("brand")),
        category=_text(row.get("category")),
        subcategory=_text(row.get("subcategory")),
        color=_text(row.get("color")),
        size_range=_text(row.get("size_range")),
        price_cents=_cents(path, number, row.get("price")),
        gender=_text(row.get("gender")),
        aliases=tuple(str(alias) for alias in aliases),
    )


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _cents(path: Path, number: int, price: Any) -> int | None:
    if price is None or price == "":
        return None
    try:
        return round(Decimal(str(price).replace("$", "").replace(",", "")) * 100)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise _unusable(path, number, f"the price {price!r} is no number") from error


def _written_on(path: Path, number: int, value: Any, today: date) -> date:
    if value is None or value == "":
        return today
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise _unusable(path, number, f"written_on {value!r} is no date like 2026-11-24") from error


def _unusable(path: Path, number: int, reason: str) -> UnusableInputError:
    return UnusableInputError(f"{path}, line {number}: {reason}")
