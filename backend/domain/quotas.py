"""How much one caller may ask within a while: a bucket that fills at a steady rate (GCRA), one number a caller.

Source of the algorithm: ATM Forum, Traffic Management 4.0, generic cell rate algorithm (virtual scheduling).
"""

import math
from collections import OrderedDict
from dataclasses import dataclass, field

_MOST_CALLERS = 100_000


@dataclass(frozen=True, slots=True)
class Quota:
    """So many requests at once, and as many again evenly over each window."""

    name: str
    n_requests: int
    window_seconds: float

    @property
    def spacing(self) -> float:
        """Seconds after which one more request is due to a caller."""
        return self.window_seconds / self.n_requests


@dataclass(frozen=True, slots=True)
class Allowance:
    """What was said to one request. `wait_seconds` 0: go on; else come back after so many."""

    quota: Quota
    n_left: int
    reset_seconds: float
    wait_seconds: float


@dataclass(slots=True)
class Meter:
    """Keeps for each caller the time at which their bucket is full again; of many callers, those of late."""

    quota: Quota
    _full_at: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def take(self, caller: str, now: float) -> Allowance:
        """Count one request, `now` in seconds of a clock that never goes back; one that is refused counts nothing."""
        spacing, window = self.quota.spacing, self.quota.window_seconds
        full_at = max(now, self._full_at.get(caller, now))
        wait = full_at + spacing - now - window
        if wait > spacing * 1e-6:
            return Allowance(self.quota, 0, full_at - now, wait)
        full_at += spacing
        self._full_at[caller] = full_at
        self._full_at.move_to_end(caller)
        if len(self._full_at) > _MOST_CALLERS:
            self._full_at.popitem(last=False)
        n_left = math.floor((window - (full_at - now)) / spacing + 1e-6)
        return Allowance(self.quota, max(0, n_left), full_at - now, 0.0)
