"""The detector: takes sales as they come, minute by minute, and answers the alerts of that minute. No look-ahead."""

from dataclasses import dataclass
from math import log

import numpy as np

from etl.marts.spikes.excursions import LEAST_PIECES, Excursions, hour_of_day
from etl.marts.spikes.grid import DAY, HOUR, Floats, Grid, Ints
from etl.marts.spikes.threshold import ALERTS_A_DAY, CERTAIN, Threshold
from etl.marts.spikes.usual import Usual

LEARNING_DAYS = 3
"""Before so many days are known nothing is told: what is usual is not."""
LONGEST_GAP_DAYS = 90
"""Of a longer time without a sale the rest is passed over: it would teach nothing more."""
SAME_SPIKE_HOURS = 24
"""A rise that begins again so soon after it had ended is the same one."""
DOUBTFUL_HOURS = 2
"""The same for one that was never certain: it may have been chance, and must not hide a true one."""
_SURGE_HOURS, _SURGE_PRIOR, _MOST_SURGE = 2.0, 25.0, 8.0
_HELD_ABOVE = 1.3


@dataclass(frozen=True, slots=True)
class Alert:
    """A rise at the moment of its detection: pieces seen and usual since it started; score = log10 of the odds."""

    series: int
    started_at: int
    detected_at: int
    observed: float
    expected: float
    score: float


class SpikeDetector:
    """The state of all series between two steps; steps must come in the order of time."""

    def __init__(self, grid: Grid, *, alerts_a_day: float = ALERTS_A_DAY) -> None:
        n = len(grid)
        self._grid = grid
        self.usual = Usual(grid)
        self.excursions = Excursions(n)
        self.threshold = Threshold(alerts_a_day)
        self._day: int | None = None
        self._region_rates = np.zeros((grid.n_regions, 24))
        self._counts, self._rates = np.zeros((n, 24)), np.zeros((n, 24))
        self._risen = np.zeros((n, 24), dtype=bool)
        self.open = np.zeros(n, dtype=bool)
        self.closed_at = np.full(n, -(10**12), dtype=np.int64)
        self._certain = np.zeros(n, dtype=bool)
        self._n_told = self._n_certain = 0
        self._selling, self._expected = np.zeros(grid.n_regions), np.zeros(grid.n_regions)
        self._surged_at = 0

    def step(self, at: int, series: Ints, units: Floats) -> list[Alert]:
        """Take what distinct series sold before `at` (whole seconds) since the last step; answer what is to be told."""
        self.go_to((at - 1) // DAY)
        hour = hour_of_day(at - 1)
        self._counts[series, int(hour)] += units
        surge = self._surge(at, int(hour), series, units)
        _, peaks = ended = self.excursions.take(series, units, at, hour, surge[self._grid.region[series]])
        self._end(series[ended[0]], peaks, at)
        return self._tell(series, at, int(hour))

    def go_to(self, day: int) -> None:
        """Close the days before `day` (counted from 1970)."""
        if self._day is None:
            self._begin(day)
        while self._day is not None and self._day < day:
            self._close(self._day)
            self._begin(max(self._day + 1, day - LONGEST_GAP_DAYS))

    def _begin(self, day: int) -> None:
        self._day = day
        self._counts[:], self._risen[:] = 0.0, self.open[:, None]
        self._rates = self.usual.rates(day)
        self._region_rates = self._grid.by_region(self._rates * self.usual.sold[:, None])
        openness = self.usual.openness(day)[self._grid.region]
        self.excursions.begin_day(self._rates, openness, self.usual.dispersion())

    def _close(self, day: int) -> None:
        ended, peaks = self.excursions.end_day()
        self._end(np.flatnonzero(ended), peaks, (day + 1) * DAY)
        learned = self.usual.n_days >= LEARNING_DAYS
        shop_was_open = bool(self._counts.any())  # a day without any sale says nothing of chance
        self.threshold.close_day(self._n_told, self._n_certain, learn=learned and shop_was_open)
        self._n_told = self._n_certain = 0
        self.usual.close_day(day, self._counts, self._rates, self._risen)
        if not learned:
            self.excursions.clear()

    def _end(self, series: Ints, peaks: Floats, at: int) -> None:
        """Close what has come down to the usual; what was certain does not count as chance."""
        self.threshold.note(peaks[~self._certain[series]])
        told = series[self.open[series]]
        self.closed_at[told] = np.where(self._certain[told], at, at - (SAME_SPIKE_HOURS - DOUBTFUL_HOURS) * HOUR)
        self.open[told] = False
        self._certain[told] = False

    def _tell(self, series: Ints, at: int, hour: int) -> list[Alert]:
        grown, height = self.excursions, self.threshold.height
        tops = grown.height[:, series].max(axis=0)
        sure = self.open[series] & ~self._certain[series] & (grown.peak[series] > height + CERTAIN)
        self._certain[series[sure]] = True
        self._n_certain += int(sure.sum())
        high = (tops > height) & (grown.observed[series] >= LEAST_PIECES) & ~self.open[series]
        found = series[high] if self.usual.n_days >= LEARNING_DAYS else series[:0]
        new = found[at - self.closed_at[found] > SAME_SPIKE_HOURS * HOUR]
        alerts = [self._alert(int(one), at) for one in new]
        self.open[found] = True
        self._n_told += len(alerts)
        self._risen[found, hour:] = True
        grown.hold_down(series[self.open[series]], height * _HELD_ABOVE + CERTAIN)
        return alerts

    def _alert(self, series: int, at: int) -> Alert:
        grown = self.excursions
        height = float(grown.height[:, series].max())
        return Alert(
            series=series,
            started_at=int(grown.started_at[series]),
            detected_at=at,
            observed=float(grown.observed[series]),
            expected=float(grown.expected[series]),
            score=height / log(10),
        )

    def _surge(self, at: int, hour: int, series: Ints, units: Floats) -> Floats:
        """Answer how many times its usual each region sells these hours: a holiday is no product's spike."""
        passed = min((at - self._surged_at) / HOUR, 24.0) if self._surged_at else 0.0
        kept = 0.5 ** (passed / _SURGE_HOURS)
        self._selling = self._selling * kept + np.bincount(
            self._grid.region[series], weights=units, minlength=self._grid.n_regions
        )
        if passed:
            self._expected = self._expected * kept + self._region_rates[:, hour] * passed * (1 + kept) / 2
            self._surged_at = at
        elif not self._surged_at:
            self._surged_at = at
        return np.clip((self._selling + _SURGE_PRIOR) / (self._expected + _SURGE_PRIOR), 1.0, _MOST_SURGE)
