"""Expressions that name a day, as patterns, each with the day that it means."""

import re
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from etl.mentions import calendar_words as cal

_WEEKDAY = "|".join(sorted(cal.WEEKDAYS, key=len, reverse=True))
_MONTH = "|".join(sorted(cal.MONTHS, key=len, reverse=True))
_COUNT = r"\d{1,3}|" + "|".join(sorted(cal.COUNTS, key=len, reverse=True))
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"


@dataclass(frozen=True, slots=True)
class DayNamed:
    """A place in the text that names a day."""

    start: int
    end: int
    day: date
    sort: str  # the kinds of words that the pattern is made of


Resolver = Callable[[re.Match[str], date], date | None]


def _count(text: str) -> int:
    return int(text) if text.isdigit() else cal.COUNTS[text.lower()]


def _weekday(match: re.Match[str], day: date) -> date:
    number = cal.WEEKDAYS[match["weekday"].lower()]
    if (match["which"] or "").lower() in {"next", "nxt"}:
        monday = cal.next_week_start(day)
        return monday + timedelta(days=number)
    return cal.next_weekday(day, number)


def _weekend(match: re.Match[str], day: date) -> date:
    saturday = day if day.weekday() >= 5 else cal.next_weekday(day, 5)  # noqa: PLR2004 - Saturday
    if (match["which"] or "").lower() in {"next", "nxt"}:
        return cal.next_week_start(day) + timedelta(days=5)
    return saturday


def _unit_after(day: date, count: int, unit: str) -> date:
    unit = unit.lower()
    if unit.startswith("d"):
        return day + timedelta(days=count)
    if unit.startswith("w"):
        return day + timedelta(weeks=count)
    return cal.add_months(day, count if unit.startswith("m") else 12 * count)


def _in_units(match: re.Match[str], day: date) -> date:
    return _unit_after(day, _count(match["count"]), match["unit"])


def _from_weekday(match: re.Match[str], day: date) -> date:
    target = match["weekday"].lower()
    if target in cal.WEEKDAYS:
        start = cal.next_weekday(day, cal.WEEKDAYS[target])
    else:
        start = day + timedelta(days=target in {"tomorrow", "tmrw"})
    return _unit_after(start, _count(match["count"] or "a"), match["unit"])


def _month_day(match: re.Match[str], day: date) -> date | None:
    month = cal.MONTHS[match["month"].lower()]
    year = match.groupdict().get("year")
    if year:
        return _exact(int(year), month, int(match["day"]))
    return cal.on_or_after(day, month, int(match["day"]))


def _slashed(match: re.Match[str], day: date) -> date | None:
    """Read month first or day first, as it makes the nearer day to come: shops write both."""
    first, second = int(match["month"]), int(match["day"])
    if match["year"]:
        year = int(match["year"])
        year += 2000 if year < 100 else 0  # noqa: PLR2004
        return _exact(year, first, second) or _exact(year, second, first)
    read = [cal.on_or_after(day, m, d) for m, d in ((first, second), (second, first)) if 1 <= m <= 12]  # noqa: PLR2004
    return min((one for one in read if one), default=None)


def _exact(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _ends(match: re.Match[str], day: date) -> date:
    unit, following = match["unit"].lower(), bool(match["next"])
    if unit.startswith("m"):
        return cal.month_end(cal.add_months(day.replace(day=1), int(following)))
    if unit.startswith("y"):
        return date(day.year + int(following), 12, 31)
    if following:
        return cal.next_week_start(day) + timedelta(days=4)
    return day + timedelta(days=(4 - day.weekday()) % 7)


def _part_of_month(match: re.Match[str], day: date) -> date | None:
    part, month = match["part"].lower().removesuffix(" of"), cal.MONTHS[match["month"].lower()]
    number = {"early": 1, "beginning": 1, "start": 1, "mid": 15, "middle": 15}.get(part)
    if number is None:
        first = cal.on_or_after(day.replace(day=1), month, 1)
        return cal.month_end(first) if first else None
    return cal.on_or_after(day, month, number)


def _week_of_month(match: re.Match[str], day: date) -> date | None:
    """Answer the Monday nearest to where the nth seven days of a month begin; of the first week its first day."""
    month = match["month"].lower()
    if month in cal.MONTHS:
        first = cal.on_or_after(day.replace(day=1), cal.MONTHS[month], 1)
    else:
        first = cal.add_months(day.replace(day=1), int(month.startswith(("next", "nxt"))))
    if first is None:
        return None
    number = cal.ORDINALS.get(match["nth"].lower())
    if number is None:  # the last week
        last = cal.month_end(first)
        return last - timedelta(days=last.weekday())
    start = first + timedelta(weeks=number - 1)
    return start if number == 1 else start + timedelta(days=(3 - start.weekday()) % 7 - 3)


def _weekday_and_number(match: re.Match[str], day: date) -> date | None:
    """Answer "mon 23": where the 23rd is no Monday, it is no day of the month."""
    found = cal.nth_of_month(day, int(match["day"]))
    return found if found and found.weekday() == cal.WEEKDAYS[match["weekday"].lower()] else None


def _spelled(match: re.Match[str], day: date) -> date | None:
    if not match["month"] and not match["the"]:
        return None  # "first" is no day
    number = cal.ORDINALS[" ".join(re.split(r"[ -]", match["spelled"].lower()))]
    month = (match["month"] or "").lower()
    return cal.on_or_after(day, cal.MONTHS[month], number) if month else cal.nth_of_month(day, number)


def _fortnight(match: re.Match[str], day: date) -> date:
    weekday = (match["weekday"] or "").lower()
    start = cal.next_weekday(day, cal.WEEKDAYS[weekday]) if weekday in cal.WEEKDAYS else day
    return start + timedelta(days=14)


def _holiday(match: re.Match[str], day: date) -> date:
    name = next(name for name, words in match.groupdict().items() if words)
    return cal.next_holiday(name.replace("_", " "), day)


_HOLIDAYS = {
    r"(?:x-?mas|christmas) eve": "christmas eve",
    r"(?:x-?mas|christmas)(?: day)?": "christmas",
    r"boxing day": "boxing day",
    r"new year['\u2019]?s? eve|nye": "new year eve",
    r"new year['\u2019]?s?(?: day)?": "new year",
    r"valentine(?:['\u2019]?s)?(?: day)?|v-?day": "valentine",
    r"st\.? patrick['\u2019]?s?(?: day)?": "st patrick",
    r"easter": "easter",
    r"halloween": "halloween",
    r"4th of july|july 4th|fourth of july": "july 4",
    r"thanksgiving|turkey day|tgiving": "thanksgiving",
    r"black friday": "black friday",
    r"cyber monday": "cyber monday",
    r"labou?r day": "labor day",
    r"memorial day": "memorial day",
    r"mother['\u2019]?s['\u2019]? day": "mother day",
    r"father['\u2019]?s['\u2019]? day": "father day",
    r"presidents?['\u2019]? day": "presidents day",
    r"mlk day": "mlk day",
}


def _same_day(_: re.Match[str], day: date) -> date:
    return day


def _next_day(_: re.Match[str], day: date) -> date:
    return day + timedelta(days=1)


def _next_first(_: re.Match[str], day: date) -> date | None:
    return cal.nth_of_month(day + timedelta(days=1), 1)


def _nth(match: re.Match[str], day: date) -> date | None:
    return cal.nth_of_month(day, int(match["day"]))


_TOMORROW = "tomorrow|tmrw|tmr|tmw|tommorow|tomorow|tomo|2morrow|2moro"
_PART = "early|beginning of|start of|start|mid|middle of|late|end of|end"
_SPELLED = "|".join(sorted(cal.ORDINALS, key=len, reverse=True)).replace(" ", "[ -]")
_NTH = "1st|2nd|3rd|4th|first|second|third|fourth|last"
_ANY_HOLIDAY = "|".join(f"(?P<{name.replace(' ', '_')}>{words})" for words, name in _HOLIDAYS.items())
_FROM_WEEKDAY = (
    rf"(?:(?P<count>{_COUNT}) )?(?P<unit>weeks?|wks?|days?|months?) (?:from|after) (?:this |next )?"
    rf"(?P<weekday>{_WEEKDAY}|today|now|tomorrow|tmrw)"
)
_IN_UNITS = (
    rf"(?:in|within|w/in|for) (?:about |like |the next |another )?(?:a )?(?P<count>{_COUNT})(?: of)?[ -]?"
    r"(?P<unit>days?|weeks?|wks?|months?|mos?|years?|yrs?)"
)
_ON = rf"(?:(?:{_WEEKDAY})\.?,? )?"  # "fri 23/1" is one day, not two
_SLASHES = (
    rf"{_ON}"
    r"(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/(?P<year>\d{4}|\d{2}))?"
    r"(?![\d/]| ?-?(?:zip|inch|in\b|cup|lb|off|price|oz|qt|\"))"  # "1/4 zip" is no day
)
_HOURS = "afternoon|aft|arvo|evening|eve|pm|am|morning"
_FORTNIGHT = rf"(?:in |within )?(?:a |about a )?fortnight(?:'s time)?(?: (?:from|on) (?P<weekday>{_WEEKDAY}))?"
_NTH_WEEK = (
    rf"(?:in |during )?(?:the )?(?P<nth>{_NTH}) (?:week|wk) (?:of|in) "
    rf"(?P<month>{_MONTH}|(?:the |next |nxt |this )?month)\b"
)
_SPELLED_OUT = (
    rf"(?P<the>the )?(?P<spelled>{_SPELLED})(?: (?:of )?(?P<month>{_MONTH}))?\b"
    r"(?! (?:time|pair|one|week|floor|choice|of the|size|colou?r|visit|half|two|three))"
)
_WEEKDAY_AND_NUMBER = rf"(?P<weekday>{_WEEKDAY})\.?,? (?:the )?(?P<day>\d{{1,2}})\b(?![:./]\d| ?[ap]m|-)"
_PATTERNS: list[tuple[str, str, Resolver]] = [
    ("unit", rf"(?P<count>a) (?P<unit>week) (?:on |this )?(?P<weekday>{_WEEKDAY}|today|tomorrow|tmrw)", _from_weekday),
    ("iso", r"(?P<year>\d{4})-(?P<month_>\d{1,2})-(?P<day>\d{1,2})",
     lambda m, _: _exact(int(m["year"]), int(m["month_"]), int(m["day"]))),
    ("unit", _FROM_WEEKDAY, _from_weekday),
    ("weekday", rf"(?P<which>next|nxt) (?:week|wk),? (?:on )?(?P<weekday>{_WEEKDAY})\b", _weekday),
    ("weekday", rf"(?P<weekday>{_WEEKDAY}),? (?P<which>next|nxt) (?:week|wk)\b", _weekday),
    ("tomorrow", r"day after (?:tomorrow|tmrw|tmr)", lambda _, d: d + timedelta(days=2)),
    ("tomorrow", rf"(?:{_TOMORROW})(?: (?:morning|afternoon|evening|night|am|pm))?", _next_day),
    ("today unit", rf"today|tonight|tonite|2nite|eod|end of (?:the )?day|later today|this (?:{_HOURS})", _same_day),
    ("weekday", rf"(?P<weekday>{_WEEKDAY}) (?P<unit>week)(?P<count>)\b", _from_weekday),
    ("unit", r"(?:the )?(?:week|wk) after next", lambda _, d: cal.next_week_start(d) + timedelta(days=7)),
    ("unit", _FORTNIGHT, _fortnight),
    ("unit", _NTH_WEEK, _week_of_month),
    ("unit", _IN_UNITS, _in_units),
    ("unit", rf"(?P<count>{_COUNT})(?: of)?[ -]?(?P<unit>days?|weeks?|wks?|months?)(?:'? time)?(?! old)", _in_units),
    ("unit", r"(?P<next>)(?:(?:at |by )?(?:the )?end of (?:the |this )?(?P<unit>month|week|year))", _ends),
    ("unit", r"(?:the )?end of (?P<next>next) (?P<unit>month|week|year)", _ends),
    ("unit", r"(?P<next>)(?P<unit>month|week|year)[ -]end\b(?!s)", _ends),
    ("today", r"eom\b", lambda _, d: cal.month_end(d)),
    ("today", r"eow\b", lambda _, d: d + timedelta(days=(4 - d.weekday()) % 7)),
    ("holiday month unit", _ANY_HOLIDAY, _holiday),
    ("month", rf"(?P<part>{_PART})[ -](?P<month>{_MONTH})\b", _part_of_month),
    ("month", rf"{_ON}(?P<month>{_MONTH})\.? (?:the )?{_DAY}(?:,? (?P<year>\d{{4}}))?\b(?![:/%$.]\d)", _month_day),
    ("month", rf"{_ON}(?:the )?{_DAY}(?: of)? (?P<month>{_MONTH})\b(?:,? (?P<year>\d{{4}}))?", _month_day),
    ("ordinal", _SPELLED_OUT, _spelled),
    ("slash", _SLASHES, _slashed),
    ("weekday", _WEEKDAY_AND_NUMBER, _weekday_and_number),
    ("weekend", r"(?P<which>this|next|nxt|the|over the|coming)? ?(?:weekend|wkend|wknd|w/e)", _weekend),
    ("weekday", rf"(?:(?P<which>this|next|nxt|coming|this coming) )?(?P<weekday>{_WEEKDAY})(?:s (?=off))?\b", _weekday),
    ("unit", r"(?:early )?(?:next|nxt) (?:week|wk)", lambda _, d: cal.next_week_start(d)),
    ("unit", r"(?:later )?this (?:week|wk)", lambda _, d: d + timedelta(days=max(0, 4 - d.weekday()))),
    ("unit", r"(?:next|nxt) month", lambda _, d: cal.add_months(d.replace(day=1), 1)),
    ("unit", r"(?:the )?(?:1st|first) of (?:the |next )?month", _next_first),
    ("ordinal", rf"{_ON}the (?P<day>\d{{1,2}})(?:st|nd|rd|th)\b(?! (?:time|pair|one|floor))", _nth),
    ("ordinal", rf"{_ON}(?P<day>\d{{1,2}})(?:st|nd|rd|th)\b(?! (?:time|pair|one|floor|st|street|ave))", _nth),
]  # fmt: skip
_COMPILED = [
    (kinds, frozenset(kinds.split()), re.compile(rf"(?<![\w/.$-])(?:{pattern})(?!\w)", re.IGNORECASE), resolve)
    for kinds, pattern, resolve in _PATTERNS
]
_HOLIDAY_WORDS = (
    "xmas mas christmas boxing nye valentine valentines valentine's vday v patrick patrick's patricks easter halloween "
    "thanksgiving tgiving turkey memorial labor labour mothers mother's fathers father's presidents president's mlk"
)
_UNIT_WORDS = "fortnight fortnights week weeks wk wks day days month months mo mos year years yr yrs year's"
_DAY_WORDS = (
    dict.fromkeys(cal.WEEKDAYS, "weekday")
    | dict.fromkeys(cal.MONTHS, "month")
    | dict.fromkeys("today tonight tonite 2nite eve aft arvo morning eod afternoon evening eom eow".split(), "today")  # noqa: SIM905
    | dict.fromkeys("tomorrow tmrw tmr tmw tommorow tomorow tomo 2morrow 2moro".split(), "tomorrow")  # noqa: SIM905
    | dict.fromkeys(_UNIT_WORDS.split(), "unit")
    | dict.fromkeys("weekend weekends wkend wknd e".split(), "weekend")  # noqa: SIM905
    | dict.fromkeys(_HOLIDAY_WORDS.split(), "holiday")
    | dict.fromkeys((word for name in cal.ORDINALS for word in name.split()), "ordinal")
    | {"friday": "weekday", "cyber": "holiday", "black": "holiday"}
)
_ORDINAL = re.compile(r"\d{1,2}(?:st|nd|rd|th)")
_SLASHED = re.compile(r"\d{1,2}/\d{1,2}(?:/\d+)?")
_YEAR = re.compile(r"(?:19|20)\d\d")


EVERY_KIND = frozenset(kind for _, kinds, _, _ in _COMPILED for kind in kinds)


def day_kind_of(word: str) -> str | None:
    """Answer which kind of words for a day a normalised word may be part of: a weekday, a month or another."""
    if word in _DAY_WORDS:
        return _DAY_WORDS[word]
    if not word[:1].isdigit():
        return None
    if _ORDINAL.fullmatch(word):
        return "ordinal"
    if _SLASHED.fullmatch(word):
        return "slash"
    return "iso" if _YEAR.fullmatch(word) else None


@lru_cache(maxsize=256)
def _patterns_for(kinds: frozenset[str]) -> list[tuple[str, re.Pattern[str], Resolver]]:
    return [(sort, pattern, resolve) for sort, needs, pattern, resolve in _COMPILED if not needs.isdisjoint(kinds)]


def find_days(text: str, written_on: date, kinds: AbstractSet[str]) -> list[DayNamed]:
    """Answer every day named in the text, the longest reading at each place, in order; `kinds`: those of its words."""
    found: list[DayNamed] = []
    taken = bytearray(len(text))
    for sort, pattern, resolve in _patterns_for(frozenset(kinds)):
        for match in pattern.finditer(text):
            day = resolve(match, written_on)
            start, end = match.span()
            while start < end and text[start] == " ":
                start += 1
            if day is not None and not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                found.append(DayNamed(start, end, day, sort))
    return sorted(found, key=lambda named: named.start)
