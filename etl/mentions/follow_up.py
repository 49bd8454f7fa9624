"""Whether a day named in a note is one to come back on: what is to be done, what is an event, what is past."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Set as AbstractSet
from datetime import date, timedelta

from backend.domain.mentions import FollowUpCue
from etl.mentions.date_words import DayNamed, find_days
from etl.mentions.lexicon import read_table


def _words(name: str) -> re.Pattern[str]:
    patterns = re.split(r" \| |\n", read_table("follow_up.toml")[name].strip())
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE)


_PREPOSITION = re.compile(
    r"(?:(?:'?til+|until|till|by|before|b4|after|on|from|around|for|come|over|starting|as of|no later than|due)\s+)"
    r"(?:the\s+)?$",
    re.IGNORECASE,
)
_DEADLINE = re.compile(r"\b(?:'?til+|until|till|by|before|b4|after|no later than)\s+(?:the\s+)?$", re.IGNORECASE)
_AFTER = re.compile(r"\bafter\s+(?:the\s+)?$", re.IGNORECASE)
_PAST_BEFORE = re.compile(r"\b(?:last|since|past|previous|ago|every|each)\s+(?:the\s+)?$", re.IGNORECASE)
_PAST_AFTER = re.compile(r"^\s*(?:ago|last)\b", re.IGNORECASE)
_ACTION = _words("action")
_EVENT = _words("event")
_PAST = _words("past")
_NEEDS_CAUSE = re.compile(
    r"today|tonight|x-?mas|christmas|new year|valentine|easter|halloween|mother|father|thanksgiving"
    r"|in \d|in a|for |\d+/\d",
    re.IGNORECASE,
)
"""Holidays and spans of time are named for many reasons; a weekday or a date in a note is a date to keep."""
_REACH = 120
"""How many characters away words may speak of a day."""
_CLAUSE_END = re.compile(r"[.;!?\n]+(?=\s|$)|\n|,\s|\s[-\u2013\u2014]+\s|\bbut\b|\band\b", re.IGNORECASE)


def find_follow_up(text: str, written_on: date, kinds: AbstractSet[str]) -> FollowUpCue | None:
    """Answer the day on which to come back and the words that say so, its preposition included."""
    best: tuple[float, DayNamed] | None = None
    days = find_days(text, written_on, kinds)
    if not days:
        return None
    ends = [0, *(match.end() for match in _CLAUSE_END.finditer(text)), len(text)]
    for named in days:
        score = _score(text, named, ends)
        if score > 0 and named.day >= written_on and (best is None or score > best[0]):
            best = (score, named)
    return _cue(text, best[1]) if best else None


def _score(text: str, named: DayNamed, ends: list[int]) -> float:
    clause_start = max(ends[bisect_right(ends, named.start) - 1], named.start - _REACH)
    clause_end = min(ends[bisect_left(ends, named.end)], named.end + _REACH)
    before, after = text[clause_start : named.start], text[named.end : clause_end]
    clause = f"{before} {after}"
    if _PAST_BEFORE.search(before) or _PAST_AFTER.search(after):
        return 0.0
    action, deadline = bool(_ACTION.search(clause)), bool(_DEADLINE.search(before))
    event = bool(_EVENT.search(clause))
    if event and not (action or deadline):
        return 0.0
    if _PAST.search(clause) and not (action or deadline):
        return 0.0
    if not (action or deadline) and _NEEDS_CAUSE.match(text[named.start : named.end]):
        return 0.0
    return 1.0 + 2.0 * action + 1.5 * deadline - 0.5 * event


def _cue(text: str, named: DayNamed) -> FollowUpCue:
    preposition = _PREPOSITION.search(text, max(0, named.start - 24), named.start)
    start = preposition.start() if preposition else named.start
    if preposition and start and text[start - 1].isalnum():
        start = named.start
    day = named.day + timedelta(days=1) if _AFTER.search(text[max(0, named.start - 12) : named.start]) else named.day
    return FollowUpCue(start, named.end, text[start : named.end], day)
