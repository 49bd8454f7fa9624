"""What a run came to, in figures."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from mobile_mock.fleet.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Milliseconds."""

    n: int
    p50: float
    p95: float
    p99: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Percentiles | None":
        """Answer the percentiles by nearest rank; None of nothing."""
        ranked = sorted(values)
        if not ranked:
            return None
        at = [ranked[min(len(ranked) - 1, int(share * len(ranked)))] for share in (0.5, 0.95, 0.99)]
        return cls(len(ranked), *(round(value, 1) for value in (*at, ranked[-1])))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the API has of the acknowledged writes, asked once all is quiet."""

    missing: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()  # customers whose writes were not read in time


@dataclass(frozen=True, slots=True)
class FleetReport:
    """The figures of a run. `latency` is from the note's answer to its suggestion, where the first try was answered."""

    run_id: str
    seed: int
    associates: int
    planned: int
    acknowledged: int
    seconds: float
    counts: dict[str, int]
    latency: Percentiles | None
    stages: dict[str, Percentiles]
    refused: tuple[str, ...]
    unanswered: tuple[str, ...]
    contradicted: tuple[str, ...]
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def is_sound(self) -> bool:
        """Tell whether every write was answered, and every answer was true."""
        bad = (self.refused, self.unanswered, self.contradicted, self.verdict.missing, self.verdict.doubled)
        return not any(bad)

    def as_dict(self) -> dict[str, Any]:
        """Answer the report as JSON has it."""
        return {**asdict(self), "is_sound": self.is_sound}


def latencies(ledger: Ledger) -> Percentiles | None:
    """Answer the milliseconds from answer to suggestion; a suggestion that beat its note's answer counts 0."""
    return Percentiles.of(
        [
            max(0.0, 1000 * (heard.at - known.at))
            for note_id, heard in ledger.heard.items()
            if (known := ledger.acknowledged.get(note_id)) is not None and known.is_first_try
        ]
    )


def stages(ledger: Ledger) -> dict[str, Percentiles]:
    """Answer the milliseconds since acceptance at which each step was done, as the suggestions tell them."""
    names = list(dict.fromkeys(name for heard in ledger.heard.values() for name in heard.trace_ms))
    found = {
        name: Percentiles.of(
            [
                heard.trace_ms[name]
                for note_id, heard in ledger.heard.items()
                if name in heard.trace_ms and note_id in ledger.acknowledged
            ]
        )
        for name in names
    }
    return {name: percentiles for name, percentiles in found.items() if percentiles is not None}
