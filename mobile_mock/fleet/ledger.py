"""What came of a run: every write's fate, every suggestion's arrival."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from mobile_mock.fleet.visits import Write


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A write that was answered: with which revision, when, and whether the first try was answered."""

    write: Write
    revision: int
    at: float
    is_first_try: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """The first suggestion that names a note as its reason."""

    at: float
    trace_ms: dict[str, float]


@dataclass(slots=True)
class Ledger:
    """Shared by all associates of a run."""

    acknowledged: dict[str, Acknowledged] = field(default_factory=dict)
    heard: dict[str, Heard] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    unanswered: list[Write] = field(default_factory=list)
    contradicted: list[str] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def acknowledge(self, write: Write, revision: int, *, is_first_try: bool) -> None:
        """Write an answer down; one that differs from the answer that was lost on its way contradicts that."""
        self.acknowledged[write.id] = Acknowledged(write, revision, time.perf_counter(), is_first_try)
        before = self.dropped.get(write.id, revision)
        if before != revision:
            self.contradicted.append(f"{write.id}: revision {before}, then {revision}")

    def drop_answer(self, write: Write, revision: int) -> None:
        """Keep the answer that the phone did not get to see."""
        self.dropped[write.id] = revision

    def hear(self, suggestion: dict[str, Any]) -> None:
        """Write down that a suggestion came, for each note that it names."""
        self.counts["suggestions"] += 1
        heard = Heard(time.perf_counter(), dict(suggestion.get("trace_ms") or {}))
        for reason in suggestion.get("because", ()):
            if (note_id := reason.get("note_id")) is not None:
                self.heard.setdefault(note_id, heard)

    def awaits_suggestions(self) -> bool:
        """Tell whether acknowledged notes are still without a suggestion."""
        notes = {id_ for id_, known in self.acknowledged.items() if known.write.kind == "notes"}
        return not notes <= self.heard.keys()
