"""A caller may ask so much at once and so much over time, whenever they come; one caller's haste is nobody else's."""

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.quotas import Meter, Quota

pauses = st.lists(st.floats(0, 5), min_size=1, max_size=200)


@given(st.integers(1, 20), st.floats(0.5, 20), pauses)
def test_no_span_of_time_has_more_than_a_bucketful_and_what_flows_in_meanwhile(
    n: int, window: float, waits: list[float]
) -> None:
    meter, now, taken = Meter(Quota("q", n, window)), 0.0, list[float]()
    for wait in waits:
        now += wait
        if not meter.take("one", now).wait_seconds:
            taken.append(now)
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            assert last - first + 1 <= n + (taken[last] - taken[first]) / window * n + 1e-3


@given(st.integers(1, 20), st.floats(0.5, 20))
def test_who_waits_as_long_as_they_are_told_is_let_in(n: int, window: float) -> None:
    meter = Meter(Quota("q", n, window))
    left = [meter.take("one", 0.0).n_left for _ in range(n)]
    assert left == list(range(n - 1, -1, -1))
    refused = meter.take("one", 0.0)
    assert refused.wait_seconds > 0
    assert not meter.take("one", refused.wait_seconds).wait_seconds


def test_one_callers_haste_is_nobody_elses() -> None:
    meter = Meter(Quota("q", 1, 60))
    assert not meter.take("one", 0.0).wait_seconds
    assert meter.take("one", 0.0).wait_seconds
    assert not meter.take("other", 0.0).wait_seconds
