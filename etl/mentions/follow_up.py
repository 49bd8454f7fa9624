"""Whether a day named in a note is one to come back on: what is to be done, what is an event, what is past."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from backend.domain.mentions import FollowUpCue
from etl.mentions.date_words import DayNamed, find_days
from etl.mentions.lexicon import read_table, read_weights
from etl.mentions.weights import Weights


def _words(name: str) -> re.Pattern[str]:
    patterns = re.split(r" \| |\n", read_table("follow_up.toml")[name].strip())
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE)


_PREPOSITION = re.compile(
    r"(?:(?:'?til+|until|till|by|before|b4|after|on|from|around|for|come|over|starting|as of|no later than|due)\s+)"
    r"(?:the\s+)?$",
    re.IGNORECASE,
)
_DEADLINE = re.compile(r"\b(?:'?til+|until|till|by|before|b4|after|no later than)\s+(?:the\s+)?$", re.IGNORECASE)
_BEFORE = re.compile(r"\b(?:before|b4)\s+(?:the\s+)?$", re.IGNORECASE)
_AFTER = re.compile(r"\bafter\s+(?:the\s+)?$", re.IGNORECASE)
_PAST_BEFORE = re.compile(r"\b(?:last|since|past|previous|ago|every|each)\s+(?:the\s+)?$", re.IGNORECASE)
_PAST_AFTER = re.compile(r"^\s*(?:ago|last)\b", re.IGNORECASE)
_EVE_COUNTS = frozenset({"holiday month unit", "weekend"})
"""Before a holiday or a weekend is the day before; before a date is by that date."""
_FAR = (0, 1, 7, 21, 45, 120)
_CLOSE = 12
_WORD = re.compile(r"[a-z']+|\d+|[^\s\w]")
_THRESHOLD = 0.5
_ACTION = _words("action")
_EVENT = _words("event")
_PAST = _words("past")
_REACH = 120
"""How many characters away words may speak of a day."""
_CLAUSE_END = re.compile(r"[.;!?\n]+(?=\s|$)|\n|,\s|\s[-\u2013\u2014]+\s|\bbut\b|\band\b", re.IGNORECASE)


def find_follow_up(text: str, written_on: date, kinds: AbstractSet[str]) -> FollowUpCue | None:
    """Answer the day on which to come back and the words that say so, its preposition included."""
    best: tuple[float, DayNamed] | None = None
    weights = _weights()
    for named, evidence in candidates(text, written_on, kinds):
        probability = weights.probability(evidence)
        if probability >= _THRESHOLD and (best is None or probability > best[0]):
            best = (probability, named)
    return _cue(text, best[1]) if best else None


@lru_cache(maxsize=1)
def _weights() -> Weights:
    return Weights(read_weights("follow_up.json"))


def candidates(text: str, written_on: date, kinds: AbstractSet[str]) -> Iterator[tuple[DayNamed, list[str]]]:
    """Answer every day to come that the text names, moved as "after" and "before" say, with what speaks of it."""
    days = find_days(text, written_on, kinds)
    if not days:
        return
    ends = [0, *(match.end() for match in _CLAUSE_END.finditer(text)), len(text)]
    days = [_moved(text, named) for named in days]
    coming = [named for named in days if named.day >= written_on]
    for i, named in enumerate(coming):
        yield named, _evidence(text, named, ends, away=(named.day - written_on).days, place=(i, len(coming)))


def _moved(text: str, named: DayNamed) -> DayNamed:
    before = text[max(0, named.start - 14) : named.start]
    if _AFTER.search(before):
        return replace(named, day=named.day + timedelta(days=1))
    if named.sort in _EVE_COUNTS and _BEFORE.search(before):
        return replace(named, day=named.day - timedelta(days=1))
    return named


def _evidence(text: str, named: DayNamed, ends: list[int], *, away: int, place: tuple[int, int]) -> list[str]:
    clause_start = max(ends[bisect_right(ends, named.start) - 1], named.start - _REACH)
    clause_end = min(ends[bisect_left(ends, named.end)], named.end + _REACH)
    before, after = text[clause_start : named.start], text[named.end : clause_end]
    clause = f"{before} {after}"
    cues = "".join(
        name
        for name, said in (
            ("action ", _ACTION.search(clause)),
            ("deadline ", _DEADLINE.search(before)),
            ("event ", _EVENT.search(clause)),
            ("past ", _PAST.search(clause)),
            ("over ", _PAST_BEFORE.search(before) or _PAST_AFTER.search(after)),
        )
        if said
    )
    sort, (nth, n_days) = named.sort, place
    far = sum(away > bound for bound in _FAR)
    left, right = (
        _WORD.findall(text[max(0, named.start - _REACH) : named.start].lower()),
        _WORD.findall(text[named.end : named.end + _REACH].lower()),
    )
    left.reverse()
    beside = [(left[i] if i < len(left) else "<start>") for i in range(3)]
    following = [(right[i] if i < len(right) else "<end>") for i in range(2)]
    return [
        f"cues={cues}",
        f"cues={cues}|{sort}",
        *(f"cue={cue}" for cue in cues.split()),
        f"sort={sort}",
        f"far={far}|{sort}",
        f"place={nth}|{n_days}",
        f"last={nth == n_days - 1}|{n_days}",
        f"before={beside[0]}",
        f"before2={beside[1]} {beside[0]}",
        f"before3={beside[2]} {beside[1]} {beside[0]}",
        f"before={beside[0]}|{sort}",
        f"after={following[0]}",
        f"after2={following[0]} {following[1]}",
        f"end={not text[named.end : named.end + _CLOSE].strip(' .!?')}|{sort}",
        *(f"left={word}" for word in dict.fromkeys(_WORD.findall(before.lower()))),
        *(f"right={word}" for word in dict.fromkeys(_WORD.findall(after.lower()))),
        *(f"near={word}" for word in dict.fromkeys(left[:10])),
        *(f"next={word}" for word in dict.fromkeys(right[:6])),
    ]


def _cue(text: str, named: DayNamed) -> FollowUpCue:
    preposition = _PREPOSITION.search(text, max(0, named.start - 24), named.start)
    start = preposition.start() if preposition else named.start
    if preposition and start and text[start - 1].isalnum():
        start = named.start
    return FollowUpCue(start, named.end, text[start : named.end], named.day)
