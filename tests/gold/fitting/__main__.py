"""Fit all weights and store them beside the reader; takes under a minute."""

import json
from pathlib import Path
from typing import Any

import etl.mentions
from tests.gold.fitting import acceptance, follow_up, intents
from tests.gold.fitting.sets import development_sets, plain_notes, training_sets
from tests.gold.typos import with_typos

SEED = 17
"""Of the typing errors that half of the notes are given, so that mended words are trusted as they deserve."""
DATA = Path(etl.mentions.__file__).parent / "data"


def main() -> None:
    """Fit and store."""
    for name, fitted in fit_all().items():
        _store(name, fitted)


def fit_all() -> dict[str, dict[str, Any]]:
    """Answer each file of weights by its name."""
    training, development, plain = training_sets(), development_sets(), plain_notes()
    catalogued = [*training, *development]
    spoiled = [*catalogued, *with_typos(catalogued, seed=SEED)]
    return {
        "acceptance": acceptance.fit_acceptance([e for gold in spoiled for e in acceptance.examples_of(gold)]),
        "follow_up": follow_up.fit_follow_up([*(note for gold in catalogued for note in gold.notes), *plain]),
        "intents": intents.fit_intents(
            [
                *intents.examples_of(training, plain),
                *map(intents.without_cues, intents.examples_of(development, [])),
            ]
        ),
    }


def _store(name: str, fitted: dict[str, Any]) -> None:
    lines = json.dumps(fitted, ensure_ascii=False, separators=(",", ":")).replace('],"', '],\n"')
    (DATA / f"{name}.json").write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
