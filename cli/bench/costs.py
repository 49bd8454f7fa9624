"""What work costs: the processor's milliseconds of each process of an instance, told from the kernel's own counts."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from cli.bench.results import Level
from cli.instance import read_urls

LEAST_MS = 0.005
"""What costs less is not told."""
_SERVERS = frozenset({"mongo", "redis", "warehouse"})
"""Whose children work for them and have no name of their own."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Milliseconds of processor time by part, for `n` notes over so many seconds."""

    by_part: Mapping[str, float]
    n: int
    seconds: float

    @property
    def each(self) -> float:
        """Milliseconds a note, all parts together."""
        return sum(self.by_part.values()) / self.n

    @property
    def percent(self) -> float:
        """The share of all cores that this took."""
        return sum(self.by_part.values()) / 10 / self.seconds / (psutil.cpu_count() or 1)


def cpu_milliseconds(data: Path) -> dict[str, float]:
    """Answer what each part of the instance has used of the processors by now; parts that are gone are left out."""
    used: dict[str, float] = {}
    for part, pid in read_urls(data).pids.items():
        process = psutil.Process(pid)
        family = [process, *(process.children(recursive=True) if part in _SERVERS else ())]
        used[part] = 1000 * sum(sum(one.cpu_times()[:2]) for one in family if one.is_running())
    return used


def spent(before: Mapping[str, float], after: Mapping[str, float], n: int, seconds: float) -> Costs:
    """Answer what `n` notes cost between two looks; a process that was replaced meanwhile counts from its start."""
    by_part = {part: used - before[part] if used >= before.get(part, 0) else used for part, used in after.items()}
    return Costs(dict(sorted(by_part.items(), key=lambda one: -one[1])), n, seconds)


@dataclass(slots=True)
class Window:
    """Counts what an instance uses while notes are posted, and nothing of what comes before or after."""

    data: Path
    n_expected: int
    _n: int = 0
    _first: dict[str, float] = field(default_factory=dict)
    _began: float = 0.0
    costs: Costs | None = None

    def tell(self, n: int) -> None:
        """Hear that so many more notes were acknowledged: the window is from the first of them to the last."""
        if not self._first:
            self._first, self._began = cpu_milliseconds(self.data), time.monotonic()
        self._n += n
        if self._n >= self.n_expected and self.costs is None:
            seconds = time.monotonic() - self._began
            self.costs = spent(self._first, cpu_milliseconds(self.data), self._n, seconds)


def levels_of(how: str, costs: Costs, aim_ms: float) -> list[Level]:
    """Tell the cost of a note, all in all and by process, and how many a minute all cores would do."""
    capacity = 60_000 * (psutil.cpu_count() or 1) / costs.each
    total = Level(f"{how}: CPU a note", f"{costs.each:.2f} ms", f"< {aim_ms:g} ms", costs.each < aim_ms)
    parts = [
        Level(f"{how}: CPU a note, {part}", f"{ms / costs.n:.2f} ms, {100 * ms / costs.n / costs.each:.0f} %")
        for part, ms in costs.by_part.items()
        if ms / costs.n >= LEAST_MS
    ]
    room = Level(
        f"{how}: all cores would do", f"{capacity:,.0f} notes a minute; {next(iter(costs.by_part))} costs most"
    )
    return [total, *parts, room]
