"""`floorbook bench notes`: how well and how fast notes are read, beside the baselines."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cli.bench.baseline_speed import BASELINES, FLOORBOOK, time_reader
from cli.bench.results import BenchResult, Level
from cli.errors import CommandError
from cli.instance import REPOSITORY

GOLD = REPOSITORY / "tests" / "gold"
PARTS = ("dev", "heldout", "unseen", "independent", "blind")
SIZES = (5_000, 100_000)


def bench_notes() -> BenchResult:
    """Score the reader and the baselines on the hand-written parts, and time it over catalogues of two sizes.

    The hand-written notes are part of the repository and not of the package: run it in a checkout.
    """
    try:
        from tests.gold.notes import read_sets  # noqa: PLC0415 - only a checkout has the notes
    except ImportError as error:
        raise CommandError("the hand-written notes are not here: run this in a checkout of the repository") from error

    parts = {part: read_sets(GOLD / part) for part in PARTS}
    levels = [level for part, sets in parts.items() for level in _quality_levels(part, _quality(sets))]
    speeds = [_speed_level(name, size) for size in SIZES for name in (FLOORBOOK, *BASELINES)]
    return BenchResult("notes", (*levels, *speeds))


def _quality_levels(part: str, quality: Mapping[str, Any]) -> Iterator[Level]:
    for name, measures in quality["f1"].items():
        cells = ", ".join(f"{m} {f1} ({low}–{high})" for m, (f1, low, high) in measures.items())
        yield Level(f"{part}, {quality['notes']} notes: {name}", cells)


def _speed_level(name: str, size: int) -> Level:
    speed, what = time_reader(name, size), f"{size:,} products: {name}"
    if isinstance(speed, str):
        return Level(what, speed)
    index = f"index {speed['index_seconds']} s, {speed['index_mb']} MB"
    return Level(what, f"{speed['notes_per_cpu_second']:,} notes per CPU second; {index}")


def _quality(sets: Sequence[Any]) -> dict[str, Any]:
    from tests.gold.baselines import BUILDS, score_baseline  # noqa: PLC0415
    from tests.gold.score import figures, score  # noqa: PLC0415
    from tests.gold.typos import with_typos  # noqa: PLC0415

    readings = {
        **{name: score_baseline(sets, BUILDS[name]) for name in BASELINES},
        "PhraseMatcher, aliases, one typo a mention": score_baseline(
            with_typos(sets), BUILDS["PhraseMatcher, aliases"]
        ),
        "floorbook": score(sets),
        "floorbook, one typo a mention": score(with_typos(sets)),
    }
    return {
        "notes": sum(len(gold.notes) for gold in sets),
        "mentions": sum(len(note.mentions) for gold in sets for note in gold.notes),
        "f1": {
            name: {m: [round(f.f1, 1), round(f.low, 1), round(f.high, 1)] for m, f in figures(tallies).items()}
            for name, tallies in readings.items()
        },
    }
