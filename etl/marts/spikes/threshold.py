"""How high is high enough: what lets chance alert a few times a day over the whole grid, and no more.

The peaks that excursions reached over the last weeks are kept, but for those that were no work of chance; the height
is the one which the budget's number of them exceeded. So a grid that is larger, or sells more erratically than
thought, sets its own threshold higher, and what the certain rises take of the budget is not left to chance.
"""

from collections import deque
from math import log

import numpy as np

from etl.marts.spikes.grid import Floats

ALERTS_A_DAY = 5.0
LEAST_HEIGHT, FIRST_HEIGHT = 3.0, 11.0
KEPT_DAYS = 28
CERTAIN = 6.0
"""A rise whose peak goes so far beyond the threshold was none of chance's."""
_LEAST_LEFT = 0.4  # of the budget, however many certain rises there are
_SPENT = 1.0  # of what the certain rises leave, by chance
_FIRST_DAYS, _FIRST_EXTRA = 7, 0.4  # until each day of the week has been seen, the rates are worth less
_LATELY_DAYS, _MOST_EXTRA = 7, 1.5
_KEPT_A_DAY = 20  # budgets: no day counts for more


class Threshold:
    """The height at which an alert is worth telling; moves once a day, by what the days before have shown."""

    def __init__(self, alerts_a_day: float = ALERTS_A_DAY) -> None:
        self._budget = alerts_a_day
        self._today: list[Floats] = []
        self._peaks: deque[Floats] = deque(maxlen=KEPT_DAYS)
        self._certain: deque[int] = deque(maxlen=KEPT_DAYS)
        self._told: deque[int] = deque(maxlen=_LATELY_DAYS)
        self.height = FIRST_HEIGHT

    def note(self, peaks: Floats) -> None:
        """Take the peaks of excursions that have ended."""
        if (peaks > 0).any():
            self._today.append(peaks[peaks > 0])

    def close_day(self, n_told: int, n_certain: int, *, learn: bool) -> None:
        """Set the height for the next day."""
        peaks = np.concatenate(self._today) if self._today else np.empty(0)
        self._today = []
        if not learn:
            return
        self._peaks.append(np.sort(peaks)[::-1][: round(self._budget * _KEPT_A_DAY) + 1])
        self._certain.append(n_certain)
        self._told.append(n_told)
        extra = max(_FIRST_DAYS - len(self._peaks), 0) * _FIRST_EXTRA
        self.height = max(self._exceeded(), LEAST_HEIGHT) + extra + self._too_many()

    def _too_many(self) -> float:
        """Answer what to add where more is told lately than the budget has: the peaks of weeks ago were lower."""
        lately = sum(self._told) / self._budget / len(self._told)
        return min(log(max(lately, 1.0)), _MOST_EXTRA)

    def _exceeded(self) -> float:
        n_days = len(self._peaks)
        certain = sum(self._certain) / n_days
        left = max(self._budget * _SPENT - certain, self._budget * _LEAST_LEFT)
        peaks = np.sort(np.concatenate(self._peaks))[::-1]
        place = int(left * n_days)
        return float(peaks[place]) if place < len(peaks) else LEAST_HEIGHT
