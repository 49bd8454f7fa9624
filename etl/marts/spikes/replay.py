"""A history of sales, told again minute by minute."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from etl.marts.spikes.detector import Alert, SpikeDetector
from etl.marts.spikes.grid import HOUR, Floats, Grid, Ints
from etl.marts.spikes.threshold import ALERTS_A_DAY

MINUTE = 60


def replay(
    grid: Grid, sold_at: Ints, series: Ints, units: Floats, *, alerts_a_day: float = ALERTS_A_DAY
) -> Iterator[Alert]:
    """Answer the alerts over a history, in the order of their detection; the order of the sales makes no difference.

    A sale counts at the end of its minute. Where every sale is stamped with a whole hour the stamps are those of
    hourly totals, and each total counts at the last second of the hour that it names.
    """
    detector = SpikeDetector(grid, alerts_a_day=alerts_a_day)
    hourly = bool(len(sold_at)) and not (sold_at % HOUR).any()
    tick = HOUR if hourly else MINUTE
    steps, lines = np.unique((sold_at // tick) * len(grid) + series, return_inverse=True)
    pieces = np.bincount(lines, weights=units, minlength=len(steps)).astype(np.float64)
    step_of, series_of = np.divmod(steps, max(len(grid), 1))
    bounds = np.flatnonzero(np.diff(step_of, prepend=-1, append=-1))
    for first, last in pairwise(bounds):
        at = (int(step_of[first]) + 1) * tick - (1 if hourly else 0)
        yield from detector.step(at, series_of[first:last], pieces[first:last])
