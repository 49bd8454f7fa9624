"""How surprising a count is, and since when."""

import math
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from backend.analytics.poisson import surprise, tail
from backend.analytics.trends import WINDOW_HOURS, expected_units, is_spike, started_at, window_of

NOW = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
HOURS = [NOW.replace(minute=0) - timedelta(hours=n) for n in range(48)]


def test_the_tail_is_that_of_the_poisson_distribution() -> None:
    assert math.isclose(tail(1, 2.0), 1 - math.exp(-2))
    assert math.isclose(tail(3, 1.5), 1 - math.exp(-1.5) * (1 + 1.5 + 1.5**2 / 2), rel_tol=1e-12)
    exact = sum(math.exp(-1) / math.factorial(n) for n in range(30, 45))
    assert math.isclose(tail(30, 1.0), exact, rel_tol=1e-9)


@given(st.integers(0, 300), st.floats(0.01, 200))
def test_more_is_never_less_surprising(observed: int, expected: float) -> None:
    assert 0 <= tail(observed + 1, expected) <= tail(observed, expected) * (1 + 1e-9) <= 1 + 1e-9
    assert surprise(observed, expected) >= surprise(observed, expected + 1) - 1e-9


def test_a_product_never_sold_is_usual_at_a_little_not_at_nothing() -> None:
    assert expected_units([(0, 1.0), (0, 1.0), (0, 0.5)]) == 0.125
    assert expected_units([(8, 1.0), (4, 1.0), (4, 0.5)]) == 3.625


def test_tells_a_spike_from_a_good_day() -> None:
    assert is_spike(50, 2.0)
    assert not is_spike(9, 5.0)
    assert not is_spike(4, 0.125)  # too few to act upon, however rare


def test_the_window_ends_with_the_running_hour() -> None:
    assert window_of(NOW) == [NOW.replace(minute=0) - timedelta(hours=n) for n in (2, 1, 0)]


def test_a_spike_starts_with_the_first_of_its_risen_hours() -> None:
    usual = {hour - timedelta(weeks=week): 1 for hour in HOURS for week in range(1, 5)}
    risen = {HOURS[n]: 20 for n in range(6)} | {HOURS[6]: 1} | {HOURS[7]: 20}
    assert started_at(usual | risen, HOURS) == HOURS[5]
    assert started_at(usual | {HOURS[0]: 30}, HOURS) == HOURS[0]
    assert started_at(usual, HOURS) == HOURS[WINDOW_HOURS - 1]
