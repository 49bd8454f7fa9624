"""Floors for the quality of reading on every part of the hand-written notes. Raise them, never lower them."""

from pathlib import Path

import pytest

from tests.gold.baselines import generated_aliases, score_baseline
from tests.gold.notes import read_sets
from tests.gold.score import f1, score
from tests.gold.typos import with_typos

HERE = Path(__file__).parent
FLOORS = {
    "dev": {"detect": 94.5, "exact_span": 86.0, "link": 89.5, "link_intent": 79.0, "follow_up": 97.0},
    "heldout": {"detect": 92.5, "exact_span": 84.0, "link": 92.0, "link_intent": 81.5, "follow_up": 97.0},
    "unseen": {"detect": 94.0, "exact_span": 92.0, "link": 92.0, "link_intent": 83.0, "follow_up": 97.0},
    "independent": {"detect": 91.0, "exact_span": 70.5, "link": 82.0, "link_intent": 62.0, "follow_up": 89.0},
}


@pytest.mark.parametrize("part", FLOORS)
def test_reads_hand_written_notes_at_least_this_well(part: str) -> None:
    tallies = score(read_sets(HERE / part))
    reached = {measure: round(f1(tallies, measure), 1) for measure in FLOORS[part]}
    assert {measure: f for measure, f in reached.items() if f < FLOORS[part][measure]} == {}


@pytest.mark.parametrize("part", FLOORS)
def test_one_typing_error_in_every_mention_costs_little(part: str) -> None:
    sets = read_sets(HERE / part)
    assert f1(score(sets), "link") - f1(score(with_typos(sets)), "link") < 6


@pytest.mark.parametrize("part", ["heldout", "independent"])
def test_beats_generated_aliases_at_linking(part: str) -> None:
    sets = read_sets(HERE / part)
    assert f1(score(sets), "link") > f1(score_baseline(sets, generated_aliases), "link")
