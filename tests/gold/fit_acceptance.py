"""Fit the weights of `etl/mentions/acceptance.py` on hand-written notes: `python -m tests.gold.fit_acceptance`.

Two logistic regressions over the same evidence: whether a run of words was meant as a product at all, and whether it was
meant as the very one that it fits (the mention's confidence). Only the parts that may be developed on are read.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from etl.mentions import NoteReader
from etl.mentions.namings import Found
from tests.gold.notes import GoldMention, GoldNote, GoldSet, read_sets

GOLD = Path(__file__).parent
WEIGHTS = GOLD.parent.parent / "etl" / "mentions" / "data" / "acceptance.json"
DEVELOPED_ON = ("trail", "hearth")
"""Of the independent sets, those that have been read; the others are kept for judging."""
STRENGTH = 0.2
"""Inverse of the penalty on large weights, chosen by leaving out one set at a time."""
RAREST = 2
THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class Example:
    """The evidence for one run of words; `meant`: it names a product, `right`: the one that it was linked to."""

    evidence: tuple[str, ...]
    meant: bool
    right: bool


def training_sets() -> list[GoldSet]:
    """Answer the sets to learn from."""
    independent = [one for one in read_sets(GOLD / "independent") if one.name in DEVELOPED_ON]
    return [*read_sets(GOLD / "dev"), *independent, *read_sets(GOLD / "training")]


def examples_of(gold: GoldSet) -> list[Example]:
    """Answer an example for every run of a set's notes that fits its catalogue."""
    reader = NoteReader.from_catalog(gold.catalog)
    return [example for note in gold.notes for example in _examples(reader, note)]


def _examples(reader: NoteReader, note: GoldNote) -> list[Example]:
    found: list[Example] = []
    left = list(note.mentions)

    def judge(item: Found, evidence: list[str]) -> float | None:
        meant = next((one for one in left if _overlaps(one, item)), None)
        if meant is not None:
            left.remove(meant)
        found.append(Example(tuple(evidence), meant is not None, meant is not None and _is_right(meant, item, reader)))
        return None if meant is None else 1.0

    reader.judge(note.text, judge)
    return found


def _overlaps(one: GoldMention, item: Found) -> bool:
    return one.start < item.span.words[-1].end and item.span.words[0].start < one.end


def _is_right(one: GoldMention, item: Found, reader: NoteReader) -> bool:
    ids = reader.product_ids(item.link)
    return (
        (ids[0] in one.product_ids if ids else False)
        if one.product_ids
        else (not ids and item.link.category == one.category)
    )


def fit(examples: Sequence[Example], answers: Sequence[bool]) -> dict[str, object]:
    """Fit one regression; answer its weights, rounded, without those that say nothing."""
    seen = Counter(name for example in examples for name in set(example.evidence))
    vectors = DictVectorizer()
    table = vectors.fit_transform([{n: 1.0 for n in one.evidence if seen[n] >= RAREST} for one in examples])
    model = LogisticRegression(C=STRENGTH, max_iter=1000).fit(table, answers)
    weights = {name: round(float(w), 3) for name, w in zip(vectors.feature_names_, model.coef_[0], strict=True)}
    return {"bias": round(float(model.intercept_[0]), 3), "weights": {n: w for n, w in sorted(weights.items()) if w}}


def fitted(examples: Sequence[Example]) -> dict[str, object]:
    """Answer what `acceptance.json` holds."""
    meant = [one for one in examples if one.meant]
    return {
        "threshold": THRESHOLD,
        "meant": fit(examples, [one.meant for one in examples]),
        "right": fit(meant, [one.right for one in meant]),
    }


def main() -> None:
    """Fit and store."""
    examples = [example for gold in training_sets() for example in examples_of(gold)]
    WEIGHTS.write_text(json.dumps(fitted(examples), indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
