"""Changes of readings, counted: by kind, and by what became what, with a few of each to look at."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from etl.normalize.reading_changes import ChangeKind, Compared, ReadingChange, Subject

MOST_TRANSITIONS = 20_000
"""So many are told apart, so that memory stays bounded; further ones are counted together."""

_A_DAY = "a day"


class Aspect(StrEnum):
    """In respect of what something became something else."""

    PRODUCT = "product"  # product, or kind where no product is named
    CATEGORY = "category"
    INTENT = "intent"
    DAY = "day"
    UNSOLD = "unsold"


@dataclass(frozen=True, slots=True)
class Transition:
    """What became what. None: nothing was found. A kind is written `kind:<subcategory>`; days as the days between."""

    aspect: Aspect
    old: str | None
    new: str | None


@dataclass(slots=True)
class Tallied:
    """How often, and the first few in order of customers."""

    n: int = 0
    samples: list[ReadingChange] = field(default_factory=list)


@dataclass(slots=True)
class ReadingTally:
    """What would change, counted; `kinds` counts a finding once for every way in which it differs."""

    n_samples: int = 2
    n_customers: int = 0
    n_customers_changed: int = 0
    n_notes: int = 0
    n_notes_changed: int = 0
    n_notes_slightly: int = 0
    """Notes of which only confidence, order or sentiment is another."""
    stored: Counter[Subject] = field(default_factory=Counter)
    fresh: Counter[Subject] = field(default_factory=Counter)
    same: Counter[Subject] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    kinds: Counter[tuple[Subject, ChangeKind]] = field(default_factory=Counter)
    transitions: dict[Transition, Tallied] = field(default_factory=dict)
    n_further: int = 0

    @property
    def changed_share(self) -> float:
        """The share of notes that would say something else."""
        return self.n_notes_changed / self.n_notes if self.n_notes else 0.0

    def n_changed(self, subject: Subject) -> int:
        """Answer how many findings are in both readings, and differ."""
        return self.stored[subject] - self.same[subject] - self.kinds[subject, ChangeKind.LOST]

    def most_frequent(self, aspect: Aspect) -> list[tuple[Transition, Tallied]]:
        """Answer what became what, most frequent first."""
        found = [(transition, of) for transition, of in self.transitions.items() if transition.aspect is aspect]
        return sorted(found, key=lambda one: (-one[1].n, one[0].old or "", one[0].new or ""))

    def add(self, compared: Compared) -> None:
        """Count one customer."""
        self.n_customers += 1
        self.n_customers_changed += bool(compared.changes)
        self.n_notes += compared.n_notes
        self.stored += compared.stored
        self.fresh += compared.fresh
        self.same += compared.same
        self.versions += compared.versions
        gravely = {change.note_id for change in compared.changes if not change.is_slight}
        self.n_notes_changed += len(gravely)
        self.n_notes_slightly += len({change.note_id for change in compared.changes} - gravely)
        for change in compared.changes:
            self.kinds.update((change.subject, kind) for kind in change.kinds)
            for transition in transitions_of(change):
                self._count(transition, change)

    def _count(self, transition: Transition, change: ReadingChange) -> None:
        if transition not in self.transitions and len(self.transitions) >= MOST_TRANSITIONS:
            self.n_further += 1
            return
        tallied = self.transitions.setdefault(transition, Tallied())
        tallied.n += 1
        if len(tallied.samples) < self.n_samples:
            tallied.samples.append(change)


def transitions_of(change: ReadingChange) -> Iterator[Transition]:
    """Answer what became what in one change; confidence, spans and details alone are no transition."""
    old, new = change.old, change.new
    match change.subject:
        case Subject.MENTION:
            yield from _unless_same(Aspect.PRODUCT, _link(old), _link(new))
            yield from _unless_same(Aspect.CATEGORY, _category(old), _category(new))
            if old is not None and new is not None:
                yield from _unless_same(Aspect.INTENT, old["intent"], new["intent"])
        case Subject.FOLLOW_UP:
            yield from _unless_same(Aspect.DAY, *_days(old, new))
        case Subject.UNSOLD_ASK:
            yield from _unless_same(Aspect.UNSOLD, _wanted(old), _wanted(new))
        case Subject.SENTIMENT:
            return


def _unless_same(aspect: Aspect, old: str | None, new: str | None) -> Iterator[Transition]:
    if old != new:
        yield Transition(aspect, old, new)


def _link(said: Mapping[str, Any] | None) -> str | None:
    if said is None:
        return None
    return said["product_ids"][0] if said["product_ids"] else f"kind:{said['category'] or ''}"


def _category(said: Mapping[str, Any] | None) -> str | None:
    return None if said is None else said["category"] or ""


def _wanted(said: Mapping[str, Any] | None) -> str | None:
    return None if said is None else said["wanted"]


def _days(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> tuple[str | None, str | None]:
    if old is None or new is None:
        return (None if old is None else _A_DAY), (None if new is None else _A_DAY)
    later = (new["due_on"] - old["due_on"]).days
    return _A_DAY, f"{later:+} days" if later else _A_DAY
