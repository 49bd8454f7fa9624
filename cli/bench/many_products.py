"""A large catalogue for the benches and the tests: the sample store's products under ever new model names."""

import json
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sample_store import generate

_SYLLABLES = tuple("bra cor del fen gar hal kes lor mir nor pel quo ras sol tav ul ven wil yar zem".split())  # noqa: SIM905


def many_products(n: int, *, raised_by: int = 0, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Answer `n` products as they are imported, each one's price raised by so many dollars; the same for a seed."""
    chance = random.Random(seed)
    originals = generate(seed=1, scale=0.001, until=date(2026, 1, 1)).products
    for number in range(n):
        original = originals[number % len(originals)]
        model = "".join(chance.choices(_SYLLABLES, k=4)).capitalize()
        yield {
            **original,
            "productid": f"MANY-{number:06}",
            "skuid": f"MANY-{number:06}",
            "productname": f"{model} {original['productname']}",
            "price": f"{20 + number % 400 + raised_by}.00",
            "aliases": None,
        }


def write_products(path: Path, rows: Iterator[dict[str, Any]]) -> Path:
    """Write them as a file that `floorbook import products` takes."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({name: value for name, value in row.items() if value}) + "\n" for row in rows)
    return path
