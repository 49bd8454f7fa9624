"""What would be read differently, in lines for people: the most frequent first, with the very words."""

from collections.abc import Iterator

from etl.normalize.reading_changes import ChangeKind, ReadingChange, Subject
from etl.normalize.reading_tally import Aspect, ReadingTally, Transition
from etl.preview import Preview

_TITLES = {
    Aspect.PRODUCT: "Products and kinds",
    Aspect.CATEGORY: "Subcategories",
    Aspect.INTENT: "Intents",
    Aspect.DAY: "Follow-up days",
    Aspect.UNSOLD: "Asked for and not sold",
}
_SUBJECTS = {
    Subject.MENTION: "mentions",
    Subject.FOLLOW_UP: "follow-ups",
    Subject.UNSOLD_ASK: "unsold asks",
    Subject.SENTIMENT: "sentiments",
}
_KIND = "kind:"


def lines_of(preview: Preview, *, top: int) -> list[str]:
    """Answer the report: totals, kinds of change, and of each aspect the `top` most frequent with their samples."""
    tally = preview.tally
    lines = [*_totals(preview), *_kinds(tally)]
    for aspect, title in _TITLES.items():
        lines += _transitions(preview, aspect, title, top)
    if tally.n_further:
        lines.append(f"{tally.n_further:,} more changes were too various to be told apart; --out lists them all")
    return lines


def _totals(preview: Preview) -> Iterator[str]:
    tally = preview.tally
    before = ", ".join(f"{version} ({n:,} notes)" for version, n in tally.versions.most_common(5)) or "none"
    yield (
        f"{tally.n_notes:,} notes of {tally.n_customers:,} customers read again in {preview.seconds:.1f} s "
        f"({preview.notes_per_second:,.0f} notes/s)"
    )
    yield f"by reader {preview.version}, with {len(preview.names):,} products; stored by reader {before}"
    if not tally.kinds:
        yield "Every note is read as it is stored."
        return
    yield (
        f"{tally.n_notes_changed:,} notes ({tally.changed_share:.1%}) would say something else; "
        f"{tally.n_notes_slightly:,} more differ in confidence, ranking or sentiment only"
    )


def _kinds(tally: ReadingTally) -> Iterator[str]:
    for subject, plural in _SUBJECTS.items():
        counts = [(kind, tally.kinds[subject, kind]) for kind in ChangeKind if tally.kinds[subject, kind]]
        if counts:
            yield ""
            yield (
                f"{plural}: {tally.stored[subject]:,} stored, {tally.fresh[subject]:,} now; "
                f"{tally.same[subject]:,} the same, {tally.n_changed(subject):,} changed"
            )
            yield from (f"  {n:>9,}  {kind.replace('_', ' ')}" for kind, n in counts)


def _transitions(preview: Preview, aspect: Aspect, title: str, top: int) -> Iterator[str]:
    found = preview.tally.most_frequent(aspect)
    if not found:
        return
    yield ""
    yield f"{title}, {len(found):,} different changes" + (f", the {top} most frequent:" if len(found) > top else ":")
    for transition, tallied in found[:top]:
        yield f"  {tallied.n:>9,}  {_shown(preview, transition, transition.old)} → " + _shown(
            preview, transition, transition.new
        )
        yield from (f"             {_sample(change)}" for change in tallied.samples)


def _shown(preview: Preview, transition: Transition, what: str | None) -> str:
    if what is None:
        return "nothing"
    if transition.aspect is Aspect.PRODUCT:
        if what.startswith(_KIND):
            return f"some {what.removeprefix(_KIND) or 'product'}"
        name = preview.names.get(what)
        return f"{name} [{what}]" if name else f"[{what}]"
    return what or "no subcategory"


def _sample(change: ReadingChange) -> str:
    where = f"{change.customer_id}, {change.note_id}, r{change.revision} {change.pointer}"
    return f"“{change.text}” at {change.start}–{change.end} of {where}: {change.around}"
