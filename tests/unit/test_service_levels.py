"""Service levels judge what was measured; percentiles are those of the values."""

import statistics

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.service_levels import SERVICE_LEVELS, bucket_percentile, percentile, told_levels

BOUNDS = (0.005, 0.01, 0.05, 0.1, 0.5, 1.0, float("inf"))


def test_each_level_has_a_bound_and_says_whether_it_holds() -> None:
    assert all((level.most is None) is not (level.least is None) for level in SERVICE_LEVELS)
    told = {one["name"]: one for one in told_levels({"query_p95": 51.0, "accuracy": 100.0})}
    assert (told["query_p95"]["holds"], told["accuracy"]["holds"], told["checks"]["holds"]) == (False, True, None)


@given(st.lists(st.floats(0, 0.99), min_size=1, max_size=300))
def test_a_percentile_of_buckets_is_off_by_its_bucket_at_most(values: list[float]) -> None:
    buckets = [(bound, float(sum(value <= bound for value in values))) for bound in BOUNDS]
    exact, told = percentile(sorted(values), 0.5), bucket_percentile(buckets, 0.5)
    assert told is not None
    assert exact is not None
    median = statistics.median_low(values)
    upper = next(bound for bound in BOUNDS if median <= bound)
    lower = max([0.0, *(bound for bound in BOUNDS if bound < median)])
    assert lower - 1e-9 <= told <= upper + 1e-9


def test_of_nothing_there_is_no_percentile() -> None:
    assert (percentile([], 0.5), bucket_percentile([], 0.5), bucket_percentile([(1.0, 0.0)], 0.5)) == (None,) * 3
