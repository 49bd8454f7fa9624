"""Hand-written notes: a catalogue in JSONL and, beside it, notes with their answers marked in the text.

`[[words|ids|intent]]` marks a mention: ids separated by blanks, each standing for itself and its variants (`rdg` for
`rdg-black`); `~Ski Boots` instead of ids says that only a kind is named. `{{words|2026-11-15}}` marks the follow-up.
A line may begin with `^id,id`: what the customer owns. `# written_on DATE` holds for the lines after it.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from backend.domain.ids import ProductId
from backend.domain.mentions import Intent
from backend.domain.products import CatalogProduct

_MARK = re.compile(r"\[\[([^|\]]+)\|([^|\]]+)\|([a-z]+)\]\]|\{\{([^|}]+)\|([\d-]+)\}\}")

_PLAIN = re.compile(r"\[\[([^|\]]+)\|([a-z]+)\]\]")


@dataclass(frozen=True, slots=True)
class GoldMention:
    """A mention as a person marked it: any of `product_ids` is right; none: the kind `category`."""

    start: int
    end: int
    product_ids: frozenset[str]
    category: str | None
    intent: Intent


@dataclass(frozen=True, slots=True)
class GoldNote:
    """A note and its answers."""

    text: str
    written_on: date
    owned: tuple[ProductId, ...]
    mentions: tuple[GoldMention, ...]
    follow_up: tuple[int, int, date] | None


@dataclass(frozen=True, slots=True)
class GoldSet:
    """Notes over one catalogue."""

    name: str
    catalog: list[CatalogProduct]
    notes: list[GoldNote]


def read_catalog(path: Path) -> list[CatalogProduct]:
    """Read a catalogue in the shape of the command line."""
    return [
        CatalogProduct(
            product_id=row["product_id"],
            name=row["name"],
            brand=row.get("brand"),
            category=row.get("category"),
            subcategory=row.get("subcategory"),
            color=row.get("color"),
            size_range=row.get("size_range"),
            price_cents=round(float(row["price"]) * 100) if row.get("price") else None,
            gender=row.get("gender"),
            aliases=tuple(row.get("aliases", ())),
        )
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    ]


def read_sets(folder: Path) -> list[GoldSet]:
    """Read every catalogue of a folder with its notes, by name."""
    return [_read_set(path, folder) for path in sorted(folder.glob("*.notes.txt"))]


def _read_set(path: Path, folder: Path) -> GoldSet:
    name = path.name.removesuffix(".notes.txt")
    catalog = read_catalog(folder / f"{name}.catalog.jsonl")
    ids = [product.product_id for product in catalog]
    notes, written_on = [], date.min
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# written_on "):
            written_on = date.fromisoformat(line.split()[2])
        elif line.strip():
            notes.append(parse_note(line, written_on, ids))
    return GoldSet(name, catalog, notes)


def read_plain_notes(path: Path) -> list[GoldNote]:
    """Read notes that belong to no catalogue, one a line: a mark tells words and intent, `[[the boots|wants]]`."""
    notes, written_on = [], date.min
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# written_on "):
            written_on = date.fromisoformat(line.split()[2])
        elif line.strip() and not line.startswith("#"):
            notes.append(parse_note(_PLAIN.sub(r"[[\1|~|\2]]", line), written_on, ()))
    return notes


def parse_note(line: str, written_on: date, ids: Sequence[str]) -> GoldNote:
    """Take the marks out of a line; raises ValueError where a mark names no product."""
    owned: tuple[ProductId, ...] = ()
    if line.startswith("^"):
        head, line = line[1:].split(" ", 1)
        owned = tuple(ProductId(i) for i in head.split(","))
    text, last = "", 0
    mentions: list[GoldMention] = []
    follow_up = None
    for mark in _MARK.finditer(line):
        text += line[last : mark.start()]
        start, last = len(text), mark.end()
        text += mark[1] or mark[4]
        if mark[1]:
            mentions.append(_mention(start, len(text), mark[2], Intent(mark[3]), ids))
        else:
            follow_up = (start, len(text), date.fromisoformat(mark[5]))
    return GoldNote(text + line[last:], written_on, owned, tuple(mentions), follow_up)


def _mention(start: int, end: int, meant: str, intent: Intent, ids: Sequence[str]) -> GoldMention:
    if meant.startswith("~"):
        return GoldMention(start, end, frozenset(), meant[1:], intent)
    found = {i for named in meant.split() for i in ids if i == named or i.startswith(f"{named}-")}
    if not found:
        raise ValueError(f"no product {meant!r}")
    return GoldMention(start, end, frozenset(found), None, intent)
