"""Learn which of the days that a note names is the one to come back on."""

from collections.abc import Iterable
from typing import Any

from etl.mentions.date_words import EVERY_KIND
from etl.mentions.follow_up import candidates
from tests.gold.fitting.regression import named, yes_or_no
from tests.gold.notes import GoldNote

STRENGTH = 0.3


def fit_follow_up(notes: Iterable[GoldNote]) -> dict[str, Any]:
    """Answer what `follow_up.json` holds."""
    examples, answers = [], []
    for note in notes:
        for day, evidence in candidates(note.text, note.written_on, EVERY_KIND):
            start, end, due_on = note.follow_up or (0, 0, None)
            examples.append(named(evidence))
            answers.append(day.start < end and start < day.end and day.day == due_on)
    return yes_or_no(examples, answers, strength=STRENGTH)
