"""The service levels as data: what is promised, and whether what was measured keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """One promise. `most`/`least`: what the measured value must not pass; None: no bound on that side."""

    name: str
    title: str
    unit: str
    required: str
    most: float | None = None
    least: float | None = None
    how: str = ""

    def holds(self, value: float | None) -> bool | None:
        """Tell whether it is kept; None: nothing was measured."""
        if value is None:
            return None
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)


SERVICE_LEVELS: tuple[ServiceLevel, ...] = (
    ServiceLevel("query_p95", "Dashboard and analytics queries, p95", "ms", "95% < 500 ms", most=50,
                 how="answers of this API process since its start"),
    ServiceLevel("note_to_phone_p50", "Note to suggestion on the phone, p50", "ms", "–", most=150,
                 how="the newest 500 suggestions on the streams"),
    ServiceLevel("note_to_phone_p99", "Note to suggestion on the phone, p99", "ms", "–", most=1000,
                 how="the newest 500 suggestions on the streams"),
    ServiceLevel("oldest_waiting", "Oldest accepted write that is not in the tables", "s", "1 hour", most=2,
                 how="the outbox, now"),
    ServiceLevel("accuracy", "Cells of the warehouse that equal their document", "%", "99%", least=100,
                 how="the newest reconciliation"),
    ServiceLevel("checks", "Checks that hold", "%", "99%", least=100, how="the newest result of each"),
    ServiceLevel("dead_letters", "Work given up that waits for somebody", "letters", "–", most=0,
                 how="the dead letters, now"),
)  # fmt: skip
"""What is measured here all the time. What needs a load to measure is measured by `floorbook bench`."""


def told_levels(measured: Mapping[str, float | None]) -> list[dict[str, Any]]:
    """Answer each level with its value now and whether it is kept."""
    return [
        {"name": level.name, "title": level.title, "unit": level.unit, "required": level.required}
        | {"most": level.most, "least": level.least, "how": level.how}
        | {"value": measured.get(level.name), "holds": level.holds(measured.get(level.name))}
        for level in SERVICE_LEVELS
    ]


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """Answer the value that so large a share (0..1) of the values, in order, does not pass; None of no values."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else None


def bucket_percentile(buckets: Sequence[tuple[float, float]], share: float) -> float | None:
    """Answer a percentile of a histogram: (upper bound, cumulated count) in order, linear within a bucket."""
    total = buckets[-1][1] if buckets else 0
    if not total:
        return None
    wanted, low, before = total * share, 0.0, 0.0
    for bound, count in buckets:
        if count >= wanted:
            return low if bound == float("inf") else low + (bound - low) * (wanted - before) / (count - before or 1)
        low, before = bound, count
    return low
