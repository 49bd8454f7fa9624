"""The days that words name, seen from the day of writing."""

from calendar import monthrange
from datetime import date, timedelta

WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("monday mon", "tuesday tues tue", "wednesday weds wed", "thursday thurs thur thu", "friday fri",
         "saturday sat", "sunday sun")
    )
    for name in names.split()
}  # fmt: skip
MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sept sep", "october oct", "november nov", "december dec"), start=1
    )
    for name in names.split()
}  # fmt: skip
COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple": 2, "cpl": 2, "three": 3, "few": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fourteen": 14,
}  # fmt: skip


_UNITS = "first second third fourth fifth sixth seventh eighth ninth".split()  # noqa: SIM905
_TEENS = "tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth".split()  # noqa: SIM905
ORDINALS = {
    name: number
    for number, name in enumerate(
        [*_UNITS, *_TEENS, "twentieth", *(f"twenty {unit}" for unit in _UNITS), "thirtieth", "thirty first"], start=1
    )
} | {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4}


def next_weekday(day: date, weekday: int) -> date:
    """Answer the first such weekday after `day`."""
    return day + timedelta(days=(weekday - day.weekday() - 1) % 7 + 1)


def next_week_start(day: date) -> date:
    """Answer the Monday after `day`."""
    return next_weekday(day, 0)


def month_end(day: date) -> date:
    """Answer the last day of the month of `day`."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def add_months(day: date, months: int) -> date:
    """Answer the same day `months` later, or the month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def on_or_after(day: date, month: int, day_of_month: int) -> date | None:
    """Answer the next such day of the year, today included; None where there is no such day."""
    for year in range(day.year, day.year + 5):
        if day_of_month <= monthrange(year, month)[1] and day_of_month > 0:
            found = date(year, month, day_of_month)
            if found >= day:
                return found
    return None


def nth_of_month(day: date, day_of_month: int) -> date | None:
    """Answer the next day with this number ("the 5th"), today included."""
    for months in range(4):
        first = add_months(day.replace(day=1), months)
        if 0 < day_of_month <= monthrange(first.year, first.month)[1]:
            found = first.replace(day=day_of_month)
            if found >= day:
                return found
    return None


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """Answer, say, the fourth Thursday of November; `nth` -1 is the last."""
    if nth < 0:
        last = date(year, month, monthrange(year, month)[1])
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def easter(year: int) -> date:
    """Answer Easter Sunday (the anonymous Gregorian computus)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


Rule = tuple[int, int] | tuple[int, int, int, int] | None
HOLIDAYS: dict[str, Rule] = {
    "christmas": (12, 25),
    "christmas eve": (12, 24),
    "boxing day": (12, 26),
    "new year": (1, 1),
    "new year eve": (12, 31),
    "valentine": (2, 14),
    "st patrick": (3, 17),
    "easter": None,
    "halloween": (10, 31),
    "july 4": (7, 4),
    "thanksgiving": (11, 3, 4, 0),
    "black friday": (11, 3, 4, 1),
    "cyber monday": (11, 3, 4, 4),
    "labor day": (9, 0, 1, 0),
    "memorial day": (5, 0, -1, 0),
    "mother day": (5, 6, 2, 0),
    "father day": (6, 6, 3, 0),
    "presidents day": (2, 0, 3, 0),
    "mlk day": (1, 0, 3, 0),
}
"""Month and day; or month, weekday (0 Monday), which one (-1 the last), and days to add; None: reckoned."""


def holiday(name: str, year: int) -> date:
    """Answer the day of a holiday in a year; the name is one of the keys of `HOLIDAYS`."""
    rule = HOLIDAYS[name]
    if rule is None:
        return easter(year)
    if len(rule) == 2:  # noqa: PLR2004 - month and day
        return date(year, *rule)
    month, weekday, nth, days_more = rule
    return nth_weekday(year, month, weekday, nth) + timedelta(days=days_more)


def next_holiday(name: str, day: date) -> date:
    """Answer the next time the holiday comes, today included."""
    this_year = holiday(name, day.year)
    return this_year if this_year >= day else holiday(name, day.year + 1)
