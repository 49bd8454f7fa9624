"""How a note sounds: a small lexicon, one number a note.

Each good word counts 1, each bad one -1; half as much again after "very"; the other way round, and half, within three
words after "not". With the sum s the score is s / sqrt(s^2 + 4), so that one word gives 0.45, two 0.71, and no pile of
words more than 1 (the squashing of VADER, Hutto & Gilbert 2014, with a constant for notes of a dozen words).
It orders notes; it knows neither irony nor whom a word is about.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

from etl.mentions.lexicon import read_table

_TURN_REACH = 3
_STRONGER, _TURNED = 1.5, -0.5
_SQUASHING = 4.0
_SENTENCE_ENDS = frozenset(".!?;\n")


@lru_cache(maxsize=1)
def _weights() -> tuple[dict[str, float], frozenset[str], frozenset[str]]:
    table = read_table("sentiment.toml")
    weights = dict.fromkeys(table["good"]["words"].split(), 1.0) | dict.fromkeys(table["bad"]["words"].split(), -1.0)
    return weights, frozenset(table["turns"]["words"].split()), frozenset(table["strong"]["words"].split())


def sentiment_of(norms: Sequence[str]) -> float:
    """Answer the score of a note's normalised words without apostrophes, -1 to 1; 0 where nothing speaks for either."""
    weights, turns, strong = _weights()
    if weights.keys().isdisjoint(norms):
        return 0.0
    total, since_turn, before = 0.0, _TURN_REACH + 1, ""
    for norm in norms:
        weight = weights.get(norm)
        if weight is not None:
            weight *= _STRONGER if before in strong else 1.0
            total += weight * (_TURNED if since_turn <= _TURN_REACH else 1.0)
        since_turn = 1 if norm in turns else _TURN_REACH + 1 if norm in _SENTENCE_ENDS else since_turn + 1
        before = norm
    return round(total / math.sqrt(total * total + _SQUASHING), 3)
