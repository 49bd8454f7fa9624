"""Date ranges in Cube's words, and the buckets within them. Pure: now and the time zone are handed in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.analytics.shape import DateRange, refuse

_UNITS = "hour|day|week|month|quarter|year"
_N_UNITS = re.compile(rf"^last (\d{{1,4}}) ({_UNITS})s?$")
_ONE_UNIT = re.compile(rf"^(this|last) ({_UNITS})$")
_FROM_AGO = re.compile(rf"^from (\d{{1,4}}) ({_UNITS})s? ago to now$")
_INSTANT = timedelta(milliseconds=1)
_FIRST_YEAR, _LAST_YEAR = 1, 9998


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to, but not including, `end`; both aware."""

    start: datetime
    end: datetime

    def before(self) -> "Period":
        """Answer the period of the same length that ends where this one starts."""
        return Period(self.start - (self.end - self.start), self.start)


def resolve(asked: DateRange, now: datetime, timezone: str, pointer: str) -> Period:
    """Turn a pair of ISO dates, or words, into a period. A date as an end includes that whole day."""
    zone = ZoneInfo(timezone)
    period = _in_words(asked.strip().lower(), now.astimezone(zone)) if isinstance(asked, str) else None
    if period is None:
        first, last = (asked, asked) if isinstance(asked, str) else asked
        period = Period(_moment(first, zone, pointer, is_end=False), _moment(last, zone, pointer, is_end=True))
    if period.end <= period.start:
        raise refuse(pointer, "The range ends before it starts")
    return period


def _in_words(words: str, now: datetime) -> Period | None:
    if words in {"today", "yesterday"}:
        start = floor(now, "day") - timedelta(days=words == "yesterday")
        return Period(start, step(start, "day"))
    if found := _ONE_UNIT.match(words):
        start = floor(now, found[2])
        return Period(start, step(start, found[2])) if found[1] == "this" else Period(step(start, found[2], -1), start)
    if found := _N_UNITS.match(words):  # whole units, the running one left out, as Cube has it
        end = floor(now, found[2])
        return Period(step(end, found[2], -int(found[1])), end)
    if found := _FROM_AGO.match(words):
        return Period(step(floor(now, found[2]), found[2], -int(found[1])), now)
    return None


def _moment(text: str, zone: ZoneInfo, pointer: str, *, is_end: bool) -> datetime:
    try:
        if len(text) <= len("2026-11-01"):
            day = date.fromisoformat(text) + timedelta(days=is_end)
            return datetime.combine(day, time(), zone)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise refuse(pointer, f"Not a date, nor words that are known: {text[:40]}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(zone) + (_INSTANT if is_end else timedelta())


def floor(moment: datetime, unit: str) -> datetime:
    """Answer the start of the hour, day, week (Monday), month, quarter or year in which the moment lies."""
    if unit == "hour":
        return moment.replace(minute=0, second=0, microsecond=0)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match unit:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "year":
            return day.replace(month=1, day=1)
    return day


def step(start: datetime, unit: str, n: int = 1) -> datetime:
    """Answer the start of the n-th unit after the one that starts at `start`, on the wall clock."""
    if unit == "hour":
        return start + timedelta(hours=n)
    if unit in {"day", "week"}:
        return start + timedelta(days=n * (7 if unit == "week" else 1))
    months = start.year * 12 + start.month - 1 + n * {"month": 1, "quarter": 3, "year": 12}[unit]
    year = min(max(months // 12, _FIRST_YEAR), _LAST_YEAR)
    return start.replace(year=year, month=months % 12 + 1)


def buckets(period: Period, unit: str, timezone: str) -> Iterator[datetime]:
    """Answer the start of each bucket that the period touches, as naive wall-clock times of the zone."""
    zone = ZoneInfo(timezone)
    bucket = floor(period.start.astimezone(zone).replace(tzinfo=None), unit)
    end = period.end.astimezone(zone).replace(tzinfo=None)
    while bucket < end:
        yield bucket
        bucket = step(bucket, unit)
