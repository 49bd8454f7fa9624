"""`floorbook bench linkage`: names resolved, and records matched on public labelled pairs, beside simple matchers."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cli.bench.linkage_sets import NAMES, LabelledSet, read_linkage_sets
from cli.bench.results import BenchResult, Level
from etl.linkage.corpus import Corpus
from etl.linkage.model import Labels, best_threshold, f1_of, score_pairs
from etl.linkage.pairs import Floats, Pair

FOLDER = "FLOORBOOK_LINKAGE_DATA"
PUBLISHED = {"Abt-Buy": (89.3, 91.1), "Walmart-Amazon": (86.8, 87.3), "Amazon-Google": (75.6, 70.4)}
"""F1 of Ditto as published, and of a matcher by features as measured earlier."""
_SAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Measured:
    """One matcher on the test split: F1 in per cent with its 95 % interval, and how it came about."""

    f1: float
    low: float
    high: float
    precision: float
    recall: float
    threshold: float


def bench_linkage() -> BenchResult:
    """Learn from the train split, set the threshold on the valid split, and report the test split."""
    names = tuple(_name_levels())
    folder = os.environ.get(FOLDER)
    if not folder:
        say = f"not measured: set {FOLDER} to a folder with {', '.join(NAMES)}; docs/linkage.md says in which layout"
        return BenchResult("linkage", (*names, Level("public sets", say)))
    found = read_linkage_sets(Path(folder))
    missing = [name for name in NAMES if name not in {labelled.name for labelled in found}]
    levels = [level for labelled in found for level in _levels(labelled)]
    return BenchResult(
        "linkage", (*names, *levels, *(Level(name, f"not measured: not in {folder}") for name in missing))
    )


def _name_levels() -> Iterator[Level]:
    """Measure how names in order lines are resolved: hand-written ones, which only a checkout has."""
    try:
        from tests.gold.resolved import floorbook, nearest_name, score_names  # noqa: PLC0415
    except ImportError:
        yield Level("names of order lines", "not measured: run this in a checkout of the repository")
        return
    for part in ("names", "fresh"):
        for matcher, resolver in (("nearest name by rapidfuzz", nearest_name), ("floorbook", floorbook)):
            found = score_names(resolver, part)
            cells = f"precision {100 * found.precision:.1f}, recall {100 * found.recall:.1f}"
            yield Level(f"names of order lines, {part}: {matcher}", cells)


def _levels(labelled: LabelledSet) -> Iterator[Level]:
    train, valid, test = (labelled.splits[split] for split in ("train", "valid", "test"))
    known, asked = _labels(valid), _labels(test)
    yield Level(
        f"{labelled.name}: pairs",
        f"train {len(train):,}, valid {len(valid):,}, test {len(test):,} ({asked.sum()} the same); {labelled.layout}",
    )
    started = time.perf_counter()
    cosine = _cosine([*train, *valid, *test])[len(train) :]
    yield _level(labelled.name, "TF-IDF cosine", _measure(cosine, known, asked), time.perf_counter() - started)
    started = time.perf_counter()
    scores = score_pairs(train, [*valid, *test])
    spent = time.perf_counter() - started
    yield _level(labelled.name, "floorbook, the two texts only", _measure(scores.by_text, known, asked), spent)
    yield _level(labelled.name, "floorbook, each pair among all records", _measure(scores.alone, known, asked), spent)
    yield _level(
        labelled.name, "floorbook, beside rival pairs", _measure(scores.beside_rivals, known, asked), spent, aimed=True
    )


def _level(name: str, matcher: str, m: Measured, seconds: float, *, aimed: bool = False) -> Level:
    cells = f"F1 {m.f1:.1f} ({m.low:.1f}–{m.high:.1f}), precision {m.precision:.1f}, recall {m.recall:.1f}"
    text = f"{cells}, {seconds:.0f} s"
    if not aimed:
        return Level(f"{name}: {matcher}", text)
    ditto, features = PUBLISHED[name]
    aim = max(ditto, features)
    return Level(f"{name}: {matcher}", text, f"> {aim} (Ditto {ditto}, features {features})", m.f1 > aim)


def _labels(pairs: Sequence[Pair]) -> Labels:
    return np.array([pair.same for pair in pairs])


def _cosine(pairs: Sequence[Pair]) -> Floats:
    records = sorted({r for pair in pairs for r in (pair.left, pair.right)}, key=lambda r: r.items)
    corpus = Corpus(records)
    return np.array([corpus.cosine(pair.left.tokens, pair.right.tokens) for pair in pairs])


def _measure(scores: Floats, known: Labels, asked: Labels) -> Measured:
    """Set the threshold on the first pairs, whose labels are known, and measure on the rest."""
    threshold = best_threshold(scores[: len(known)], known)
    chosen = scores[len(known) :] > threshold
    chance = np.random.default_rng(7)
    drawn = (chance.integers(0, len(asked), len(asked)) for _ in range(_SAMPLES))
    low, high = np.percentile([f1_of(chosen[i], asked[i]) for i in drawn], [2.5, 97.5])
    right = (chosen & asked).sum()
    return Measured(
        100 * f1_of(chosen, asked),
        100 * float(low),
        100 * float(high),
        100 * float(right / max(1, chosen.sum())),
        100 * float(right / max(1, asked.sum())),
        threshold,
    )
