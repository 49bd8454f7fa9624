"""Large catalogues and many notes for measuring speed; never for measuring quality."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from backend.domain.ids import ProductId
from backend.domain.products import CatalogProduct
from tests.gold.notes import GoldSet

_SYLLABLES = "bra cor del fen gar hal kes lor mir nor pel quo ras sol tav ul ven wil yar zem".split()  # noqa: SIM905
_FRAMES = (
    "asked about the {} in {}, size 8, call her fri",
    "bought {} and wants {} for her sister",
    "returned the {}, too tight. wants to try {} next week",
    "hold {} til sat. not the {}",
    "showed him {} but he liked {} more, will decide after the 5th",
)


def make_catalog(sets: Sequence[GoldSet], n: int, seed: int = 7) -> list[CatalogProduct]:
    """Multiply the gold catalogues to `n` products, each copy with a model name of its own."""
    chance = random.Random(seed)
    originals = [product for gold in sets for product in gold.catalog]
    made: list[CatalogProduct] = []
    while len(made) < n:
        model = "".join(chance.choices(_SYLLABLES, k=3)).capitalize()
        for product in chance.sample(originals, k=3):
            made.append(replace(product, product_id=ProductId(f"m{len(made)}"), name=f"{model} {product.name}"))
    return made[:n]


def make_notes(sets: Sequence[GoldSet], catalog: Sequence[CatalogProduct], n: int) -> list[tuple[str, date]]:
    """Answer `n` different notes: hand-written ones, and frames filled with products of the catalogue."""
    chance = random.Random(len(catalog))
    written = [note for gold in sets for note in gold.notes]
    notes = []
    for i in range(n):
        if i % 2:
            frame = chance.choice(_FRAMES)
            named = [" ".join(chance.choice(catalog).name.lower().split()[:3]) for _ in range(2)]
            notes.append((frame.format(*named), date(2026, 11, 11)))
        else:
            note = chance.choice(written)
            notes.append((note.text, note.written_on))
    return notes
