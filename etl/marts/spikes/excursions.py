"""How far each series is above its usual: two CUSUMs side by side, one for slow rises and one for steep ones.

A CUSUM adds up how much likelier the sales are under a rise of d pieces an hour than under the usual rate r:
log(1 + d/r) for each piece, minus d for each hour, never below 0 (Page 1954; for Poisson counts Lucas 1985).
What varies more than a Poisson count is scaled down by its dispersion first. Series that sell nothing are not
touched: what they lost meanwhile is taken off when they are looked at again.
"""

import numpy as np

from etl.marts.spikes.grid import HOUR, Flags, Floats, Ints

SLOW, STEEP = (1.0, 1.5), (3.0, 3.0)
"""d = a + b sqrt(r): a rise is that many pieces an hour, or where much is sold, so many standard deviations."""
_RISES = (SLOW, STEEP)
LEAST_PIECES = 3
"""Fewer are no rise, however rare they are; nor do their peaks count."""


class Excursions:
    """The CUSUMs of n series since they last were 0; a day at a time."""

    def __init__(self, n: int) -> None:
        self.height = np.zeros((2, n))
        self.peak = np.zeros(n)
        self.started_at = np.zeros(n, dtype=np.int64)
        self.observed = np.zeros(n)
        self.expected = np.zeros(n)
        self._last = np.zeros(n)  # the hour of the day up to which a series is settled

    def begin_day(self, rates: Floats, openness: Floats, dispersion: Floats) -> None:
        """Take the rates (pieces an hour, series x 24) of the day that begins; all series are settled to its start."""
        scaled = rates / dispersion[:, None]
        self._rates, self._scaled, self._dispersion = rates, scaled, dispersion
        self._rises = [(a + b * np.sqrt(scaled)) * openness for a, b in _RISES]
        self._lost = [_cumulated(rise) for rise in self._rises]
        self._usual = _cumulated(rates)
        self._last[:] = 0.0

    def end_day(self) -> tuple[Flags, Floats]:
        """Settle all series to midnight; answer which fell to 0, and the peaks they had had."""
        return self._settle(np.arange(len(self.peak)), 24.0)

    def clear(self) -> None:
        """Forget what was seen: the rates that it was judged by were guesses."""
        for state in (self.height, self.peak, self.observed, self.expected):
            state[:] = 0.0

    def take(self, series: Ints, units: Floats, at: int, hour: float, surge: Floats) -> tuple[Flags, Floats]:
        """Add sales of distinct series; `surge` is how many times the usual each one's region sells now."""
        ended = self._settle(series, hour)
        begun = self.height[:, series].max(axis=0) <= 0
        self.started_at[series[begun]] = at
        cell = min(int(hour), 23)
        usual = self._scaled[series, cell] * surge
        for height, rise in zip(self.height, self._rises, strict=True):
            height[series] += np.log1p(rise[series, cell] / usual) * units / self._dispersion[series]
        self.observed[series] += units
        told_of = series[self.observed[series] >= LEAST_PIECES]
        self.peak[told_of] = np.maximum(self.peak[told_of], self.height[:, told_of].max(axis=0))
        return ended

    def hold_down(self, series: Ints, most: float) -> None:
        """Keep told ones from rising ever further: else they would take days to come down again."""
        self.height[:, series] = np.minimum(self.height[:, series], most)

    def _settle(self, series: Ints, hour: float) -> tuple[Flags, Floats]:
        before, last = self.height[:, series].max(axis=0), self._last[series]
        for height, lost in zip(self.height, self._lost, strict=True):
            height[series] = np.maximum(height[series] - (_at(lost, series, hour) - _at(lost, series, last)), 0.0)
        self.expected[series] += _at(self._usual, series, hour) - _at(self._usual, series, last)
        self._last[series] = hour
        at_nothing = self.height[:, series].max(axis=0) <= 0
        ended, peaks = at_nothing & (before > 0), self.peak[series]
        cleared = series[at_nothing]
        self.peak[cleared] = self.observed[cleared] = self.expected[cleared] = 0.0
        return ended, peaks[ended]


def hour_of_day(at: int) -> float:
    """Answer the hour of the day, with its part."""
    return at % (24 * HOUR) / HOUR


def _cumulated(rates: Floats) -> Floats:
    return np.concatenate([np.zeros((len(rates), 1)), np.cumsum(rates, axis=1)], axis=1)


def _at(cumulated: Floats, series: Ints, hour: float | Floats) -> Floats:
    """Answer the integral from midnight to an hour: linear between the whole hours."""
    whole = np.minimum(np.floor(hour), 23).astype(np.int64)
    low: Floats = cumulated[series, whole]
    return low + (cumulated[series, whole + 1] - low) * (hour - whole)
