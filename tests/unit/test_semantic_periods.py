"""Ranges in words, and the buckets in them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.analytics.periods import Period, buckets, floor, resolve, step
from backend.analytics.shape import GRANULARITIES
from backend.domain.errors import InvalidInputError

NOW = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)  # a Sunday
moments = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1))  # noqa: DTZ001 - wall clocks


def days(words: str) -> tuple[str, str]:
    period = resolve(words, NOW, "UTC", "/dateRange")
    return period.start.isoformat()[:16], period.end.isoformat()[:16]


def test_reads_words_as_cube_does() -> None:
    assert days("today") == ("2026-11-22T00:00", "2026-11-23T00:00")
    assert days("yesterday") == ("2026-11-21T00:00", "2026-11-22T00:00")
    assert days("last 7 days") == ("2026-11-15T00:00", "2026-11-22T00:00")
    assert days("this week") == ("2026-11-16T00:00", "2026-11-23T00:00")
    assert days("last month") == ("2026-10-01T00:00", "2026-11-01T00:00")
    assert days("this quarter") == ("2026-10-01T00:00", "2027-01-01T00:00")
    assert days("last 2 years") == ("2024-01-01T00:00", "2026-01-01T00:00")
    assert days("from 3 hours ago to now") == ("2026-11-22T18:00", "2026-11-22T21:30")


def test_takes_a_date_as_the_end_to_its_last_moment() -> None:
    period = resolve(("2026-11-01", "2026-11-02"), NOW, "UTC", "/dateRange")
    assert period == Period(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 3, tzinfo=UTC))


def test_counts_a_day_on_the_wall_clock_of_its_zone() -> None:
    period = resolve(("2026-11-01", "2026-11-01"), NOW, "America/New_York", "/dateRange")
    assert period.start.astimezone(UTC) == datetime(2026, 11, 1, 4, tzinfo=UTC)
    assert period.end.astimezone(UTC) - period.start.astimezone(UTC) == timedelta(hours=25)  # the clocks go back


@pytest.mark.parametrize("words", ["", "next century", "2026-13-01", "9" * 40, "last 0 fortnights", "2026-11-02T99:00"])
def test_refuses_what_is_no_range(words: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        resolve(words, NOW, "UTC", "/query/dateRange")
    assert refusal.value.faults[0].pointer == "/query/dateRange"


def test_refuses_a_range_that_ends_before_it_starts() -> None:
    with pytest.raises(InvalidInputError):
        resolve(("2026-11-02", "2026-10-01"), NOW, "UTC", "/dateRange")


@given(moments, st.sampled_from(GRANULARITIES))
def test_every_moment_lies_in_exactly_its_bucket(moment: datetime, unit: str) -> None:
    start = floor(moment, unit)
    assert start <= moment < step(start, unit)
    assert floor(start, unit) == start
    assert step(step(start, unit), unit, -1) == start


@given(moments, st.integers(1, 60), st.sampled_from(["day", "week", "month", "quarter", "year"]))
def test_buckets_follow_each_other_without_gaps(start: datetime, n_days: int, unit: str) -> None:
    zone = ZoneInfo("Europe/Berlin")
    period = Period(start.replace(tzinfo=zone), (start + timedelta(days=n_days)).replace(tzinfo=zone))
    found = list(buckets(period, unit, "Europe/Berlin"))
    assert found[0] <= start < step(found[0], unit)
    assert all(step(one, unit) == following for one, following in pairwise(found))
    assert found[-1] < (start + timedelta(days=n_days)) <= step(found[-1], unit)
