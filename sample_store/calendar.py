"""When people buy: months, weekdays, hours and sale days; local time told from UTC without a time zone database."""

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from math import fsum

from sample_store.draws import Draws, Wheel

DAYS = 730

_MONTHS = (0.92, 0.78, 0.86, 0.92, 0.98, 1.0, 0.98, 0.95, 0.98, 1.02, 1.22, 1.5)
_WEEKDAYS = (0.82, 0.8, 0.86, 0.95, 1.15, 1.42, 1.1)
_HOURS = range(24)
_STORE_WEEKDAY = Wheel(_HOURS, (0,) * 9 + (2, 5, 7, 10, 9, 7, 7, 9, 12, 11, 7, 3) + (0,) * 3)
_STORE_WEEKEND = Wheel(_HOURS, (0,) * 9 + (3, 8, 12, 13, 13, 13, 12, 10, 8, 5, 2) + (0,) * 4)
_ONLINE = Wheel(_HOURS, (3, 1, 1, 0.5, 0.5, 1, 2, 4, 5, 6, 6, 6, 8, 7, 6, 6, 6, 7, 8, 11, 14, 14, 10, 6))
_SATURDAY = 5


class Calendar:
    """The window [until - 730 days, until) and its demand: a person's rhythm runs in demand time, not in days.

    A day of twice the ordinary demand lets two days of everyone's rhythm pass, so seasons, weekends and sales show
    in the sum of all customers while each keeps their own pace.
    """

    def __init__(self, until: date) -> None:
        self.until = until
        self.first = until - timedelta(days=DAYS)
        self.end = datetime(until.year, until.month, until.day, tzinfo=UTC)
        weights = [self._demand(self.first + timedelta(days=day)) for day in range(DAYS)]
        mean = fsum(weights) / DAYS  # sum() of floats differs between Python versions
        self._elapsed = [0.0, *accumulate(weight / mean for weight in weights)]

    @staticmethod
    def _demand(day: date) -> float:
        return _MONTHS[day.month - 1] * _WEEKDAYS[day.weekday()] * (2.2 if _is_sale(day) else 1.0)

    def demand_at(self, day: int) -> float:
        """Answer the demand time that has gone by at the start of the day."""
        return self._elapsed[day]

    def day_at(self, demand: float) -> int:
        """Answer the day on which so much demand time has gone by; `DAYS` when the window is over."""
        return max(0, bisect_left(self._elapsed, demand) - 1) if demand < self._elapsed[-1] else DAYS

    def date(self, day: int) -> date:
        """Answer the date of a day of the window."""
        return self.first + timedelta(days=day)


def _is_sale(day: date) -> bool:
    """Black Friday to Cyber Monday, and the three days after Christmas."""
    november_first = date(day.year, 11, 1)
    thanksgiving = november_first + timedelta(days=(3 - november_first.weekday()) % 7 + 21)
    after = (day - thanksgiving).days
    return 1 <= after <= 4 or (day.month == 12 and 26 <= day.day <= 28)  # noqa: PLR2004


def moment(draws: Draws, day: date, utc_hours: int, *, online: bool) -> datetime:
    """Answer a time of that local day, in UTC, by the hours of the channel."""
    offline = _STORE_WEEKEND if day.weekday() >= _SATURDAY else _STORE_WEEKDAY
    hour = (_ONLINE if online else offline).turn(draws)
    return local_to_utc(day, hour * 3600 + draws.below(3600), utc_hours)


def local_to_utc(day: date, seconds: int, utc_hours: int) -> datetime:
    """Answer the UTC time of so many seconds past local midnight."""
    offset = utc_hours + (1 if _daylight_saving(day) else 0)
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds - offset * 3600)


def local_hour(at: datetime, utc_hours: int) -> int:
    """Answer the local hour of a UTC time."""
    return (at + timedelta(hours=utc_hours + (1 if _daylight_saving(at.date()) else 0))).hour


def _daylight_saving(day: date) -> bool:
    """US rule since 2007: second Sunday of March to first Sunday of November."""
    march, november = date(day.year, 3, 1), date(day.year, 11, 1)
    start = march + timedelta(days=(6 - march.weekday()) % 7 + 7)
    return start <= day < november + timedelta(days=(6 - november.weekday()) % 7)


def stamp(at: datetime) -> str:
    """Answer the time as RFC 3339, whole seconds, UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
