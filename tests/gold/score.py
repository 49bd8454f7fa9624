"""How well notes are read: F1 of detecting, linking, intents and follow-up days, with bootstrap intervals."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from backend.domain.mentions import Mention, NoteContext, NoteReading
from etl.mentions import NoteReader
from tests.gold.notes import GoldMention, GoldNote, GoldSet

MEASURES = ("detect", "exact_span", "link", "link_intent", "follow_up")
Read = Callable[[GoldNote], NoteReading]


@dataclass(slots=True)
class Tally:
    """Of one note: answers given, answers wanted, and how many were right by each measure."""

    given: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MEASURES, 0))
    wanted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MEASURES, 0))
    right: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MEASURES, 0))


@dataclass(frozen=True, slots=True)
class Figure:
    """An F1 in per cent with its 95 % interval."""

    f1: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.f1:5.1f} ({self.low:.1f}–{self.high:.1f})"


def pair_up(gold: Sequence[GoldMention], given: Sequence[Mention]) -> list[tuple[GoldMention, Mention]]:
    """Pair overlapping mentions one to one, the longest overlap first."""
    overlaps = sorted(
        (
            (min(g.end, m.end) - max(g.start, m.start), -i, -j)
            for i, g in enumerate(gold)
            for j, m in enumerate(given)
            if g.start < m.end and m.start < g.end
        ),
        reverse=True,
    )
    pairs, gold_used, given_used = [], set(), set()
    for _, i, j in overlaps:
        if i not in gold_used and j not in given_used:
            pairs.append((gold[-i], given[-j]))
            gold_used.add(i)
            given_used.add(j)
    return pairs


def linked_right(gold: GoldMention, mention: Mention) -> bool:
    """Say whether the best product is one of those meant, or the kind is the kind meant."""
    if gold.product_ids:
        return bool(mention.product_ids) and mention.product_ids[0] in gold.product_ids
    return not mention.product_ids and mention.category == gold.category


def tally(note: GoldNote, reading: NoteReading) -> Tally:
    """Count one note."""
    result = Tally()
    for measure in MEASURES[:-1]:
        result.given[measure], result.wanted[measure] = len(reading.mentions), len(note.mentions)
    for gold, mention in pair_up(note.mentions, reading.mentions):
        result.right["detect"] += 1
        result.right["exact_span"] += (gold.start, gold.end) == (mention.start, mention.end)
        linked = linked_right(gold, mention)
        result.right["link"] += linked
        result.right["link_intent"] += linked and gold.intent == mention.intent
    result.given["follow_up"] = int(reading.follow_up is not None)
    result.wanted["follow_up"] = int(note.follow_up is not None)
    if reading.follow_up is not None and note.follow_up is not None:
        result.right["follow_up"] = int(reading.follow_up.due_on == note.follow_up[2])
    return result


def f1(tallies: Sequence[Tally], measure: str) -> float:
    """Answer the micro-averaged F1 in per cent; 100 where nothing was wanted and nothing given."""
    total = sum(t.given[measure] + t.wanted[measure] for t in tallies)
    return 200.0 * sum(t.right[measure] for t in tallies) / total if total else 100.0


def figures(tallies: Sequence[Tally], *, rounds: int = 500, seed: int = 1) -> dict[str, Figure]:
    """Answer each measure with the 2.5th and 97.5th percentile over notes drawn anew."""
    chance = random.Random(seed)
    drawn: dict[str, list[float]] = {measure: [] for measure in MEASURES}
    for _ in range(rounds):
        sample = chance.choices(tallies, k=len(tallies))
        for measure in MEASURES:
            drawn[measure].append(f1(sample, measure))
    found = {}
    for measure, values in drawn.items():
        values.sort()
        found[measure] = Figure(f1(tallies, measure), values[int(0.025 * rounds)], values[int(0.975 * rounds) - 1])
    return found


def score(sets: Sequence[GoldSet]) -> list[Tally]:
    """Read every set against its own catalogue and count."""
    tallies = []
    for gold in sets:
        reader = NoteReader.from_catalog(gold.catalog)
        tallies += [
            tally(note, reader.read(note.text, written_on=note.written_on, context=NoteContext(owned=note.owned)))
            for note in gold.notes
        ]
    return tallies
