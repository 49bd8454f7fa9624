"""Learn when words that fit the catalogue were meant as it, and when as the very product that they fit best."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from etl.mentions import NoteReader
from etl.mentions.namings import Found
from etl.mentions.run_evidence import Evidence, names_of
from tests.gold.fitting.regression import named, yes_or_no
from tests.gold.notes import GoldMention, GoldNote, GoldSet

STRENGTH = 0.4
THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Example:
    """The evidence for one run of words; `meant`: it names a product, `right`: the one that it was linked to."""

    evidence: tuple[str, ...]
    meant: bool
    right: bool


def examples_of(gold: GoldSet) -> list[Example]:
    """Answer an example for every run of a set's notes that fits its catalogue."""
    reader = NoteReader.from_catalog(gold.catalog)
    return [example for note in gold.notes for example in _examples(reader, note)]


def fit_acceptance(examples: Sequence[Example]) -> dict[str, Any]:
    """Answer what `acceptance.json` holds."""
    meant = [one for one in examples if one.meant]
    return {
        "threshold": THRESHOLD,
        "meant": yes_or_no([named(e.evidence) for e in examples], [e.meant for e in examples], strength=STRENGTH),
        "right": yes_or_no([named(e.evidence) for e in meant], [e.right for e in meant], strength=STRENGTH),
    }


def _examples(reader: NoteReader, note: GoldNote) -> list[Example]:
    found: list[Example] = []
    left = list(note.mentions)

    def judge(item: Found, evidence: Evidence) -> float | None:
        meant = next((one for one in left if _overlaps(one, item)), None)
        if meant is not None:
            left.remove(meant)
        found.append(
            Example(tuple(names_of(evidence)), meant is not None, meant is not None and _is_right(meant, item, reader))
        )
        return None if meant is None else 1.0

    reader.judge(note.text, judge)
    return found


def _overlaps(one: GoldMention, item: Found) -> bool:
    return one.start < item.span.words[-1].end and item.span.words[0].start < one.end


def _is_right(one: GoldMention, item: Found, reader: NoteReader) -> bool:
    ids = reader.product_ids(item.link)
    if one.product_ids:
        return bool(ids) and ids[0] in one.product_ids
    return not ids and item.link.category == one.category
