"""How two readings of the same notes differ: what is stored against what a reader finds now, with the words."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from etl.normalize.rows import MentionRow, NoteRow, UnsoldAskRow
from etl.normalize.state import CustomerState

FindingT = TypeVar("FindingT", MentionRow, UnsoldAskRow)

_AROUND = 40


class Subject(StrEnum):
    """What of a note's reading differs."""

    MENTION = "mention"
    FOLLOW_UP = "follow_up"
    UNSOLD_ASK = "unsold_ask"
    SENTIMENT = "sentiment"


class ChangeKind(StrEnum):
    """How it differs, gravest first."""

    LOST = "lost"
    FOUND = "found"
    OTHER_PRODUCT = "other_product"
    PRODUCT_TO_KIND = "product_to_kind"
    KIND_TO_PRODUCT = "kind_to_product"
    OTHER_KIND = "other_kind"
    OTHER_INTENT = "other_intent"
    OTHER_DAY = "other_day"
    OTHER_DETAILS = "other_details"  # size, color, gender, quantity, recipient, shortage
    OTHER_SPAN = "other_span"
    OTHER_RANKING = "other_ranking"  # the same best product, other ones after it
    OTHER_CONFIDENCE = "other_confidence"
    OTHER_SENTIMENT = "other_sentiment"


SLIGHT = frozenset({ChangeKind.OTHER_RANKING, ChangeKind.OTHER_CONFIDENCE, ChangeKind.OTHER_SENTIMENT})
"""Nobody is told anything else because of these."""

_MENTION_DETAILS = ("size", "color", "gender", "quantity", "recipient", "shortage")
_ASK_DETAILS = ("size", "color", "gender")
_MENTION_SAYS = ("start", "end", "text", "product_ids", "category", "intent", "confidence", *_MENTION_DETAILS)
_ASK_SAYS = ("start", "end", "text", "wanted", *_ASK_DETAILS)


@dataclass(frozen=True, slots=True)
class ReadingChange:
    """One finding that is read differently: `kinds` is every way in which it differs, the gravest first.

    `text` are the words it stands on (those of now, where there are any), at `start` to `end` of what `pointer` points
    to in that revision of the customer's journal. `old` is None where it is found anew, `new` where it is lost.
    """

    subject: Subject
    kinds: tuple[ChangeKind, ...]
    customer_id: str
    note_id: str
    revision: int
    source_kind: str
    pointer: str
    start: int
    end: int
    text: str
    around: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None

    @property
    def is_slight(self) -> bool:
        """Whether only the order of findings is touched, and not what they say."""
        return SLIGHT.issuperset(self.kinds)


@dataclass(slots=True)
class Compared:
    """Readings compared: for each subject, `stored` = same + changed + lost, and `fresh` = same + changed + found."""

    n_notes: int = 0
    stored: Counter[Subject] = field(default_factory=Counter)
    fresh: Counter[Subject] = field(default_factory=Counter)
    same: Counter[Subject] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    """How many of the notes each version of the reader has read that are stored; without their corrections."""
    changes: list[ReadingChange] = field(default_factory=list)


def compare_readings(stored: CustomerState, fresh: CustomerState) -> Compared:
    """Compare what is stored of a customer's notes with what is read in them now; versions of readers don't count."""
    compared = Compared()
    for note_id in dict.fromkeys((*stored.notes, *fresh.notes)):
        old, new = stored.notes.get(note_id), fresh.notes.get(note_id)
        note = new or old
        assert note is not None
        compared.n_notes += 1
        if old is not None:
            compared.versions[old.extractor_version.partition("+")[0]] += 1
        _compare_findings(compared, note, stored.mentions.of(note_id), fresh.mentions.of(note_id), Subject.MENTION)
        _compare_findings(compared, note, stored.unsold.of(note_id), fresh.unsold.of(note_id), Subject.UNSOLD_ASK)
        _compare(compared, note, Subject.FOLLOW_UP, _follow_up(old), _follow_up(new))
        _compare(compared, note, Subject.SENTIMENT, _sentiment(old), _sentiment(new))
    return compared


def paired(old: Sequence[FindingT], new: Sequence[FindingT]) -> list[tuple[FindingT | None, FindingT | None]]:
    """Pair findings that stand on the same words, most words in common first; each once, in the order of the text."""
    left, right = dict(enumerate(old)), dict(enumerate(new))
    pairs: list[tuple[FindingT | None, FindingT | None]] = [
        (left.pop(at_old), right.pop(at_new))
        for _, at_old, at_new in sorted(_overlaps(old, new))
        if at_old in left and at_new in right
    ]
    pairs += [(lost, None) for lost in left.values()]
    pairs += [(None, found) for found in right.values()]
    return sorted(pairs, key=_place)


def _place(pair: tuple[FindingT | None, FindingT | None]) -> tuple[int, int]:
    old, new = pair
    finding = new or old
    assert finding is not None
    return finding.start, finding.end


def _overlaps(old: Sequence[FindingT], new: Sequence[FindingT]) -> Iterator[tuple[tuple[int, bool], int, int]]:
    """Answer which overlap, with a key that sorts the best pairs first: one walk along the text."""
    waiting = sorted(range(len(old)), key=lambda at: old[at].start, reverse=True)
    open_: list[int] = []
    for at_new in sorted(range(len(new)), key=lambda at: new[at].start):
        now = new[at_new]
        while waiting and old[waiting[-1]].start < now.end:
            open_.append(waiting.pop())
        open_ = [at for at in open_ if old[at].end > now.start]
        for at in open_:
            common = min(old[at].end, now.end) - max(old[at].start, now.start)
            if common > 0:
                yield (-common, _what(old[at]) != _what(now)), at, at_new


def _what(finding: MentionRow | UnsoldAskRow) -> object:
    return finding.product_ids if isinstance(finding, MentionRow) else finding.wanted


def _compare_findings(
    compared: Compared, note: NoteRow, old: Sequence[FindingT], new: Sequence[FindingT], subject: Subject
) -> None:
    for before, after in paired(old, new):
        _compare(compared, note, subject, _said(before), _said(after))


def _compare(
    compared: Compared,
    note: NoteRow,
    subject: Subject,
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
) -> None:
    compared.stored[subject] += old is not None
    compared.fresh[subject] += new is not None
    if old == new:
        compared.same[subject] += old is not None
        return
    said = new if new is not None else old
    assert said is not None
    start, end = said.get("start", 0), said.get("end", 0)
    compared.changes.append(
        ReadingChange(
            subject=subject,
            kinds=tuple(_kinds(subject, old, new)),
            customer_id=note.customer_id,
            note_id=note.note_id,
            revision=note.revision,
            source_kind=note.source_kind,
            pointer=note.pointer,
            start=start,
            end=end,
            text=said.get("text", ""),
            around=_around(note.text, start, end),
            old=old,
            new=new,
        )
    )


def _kinds(subject: Subject, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Iterator[ChangeKind]:
    if old is None:
        yield ChangeKind.FOUND
    elif new is None:
        yield ChangeKind.LOST
    else:
        differs = {name for name, value in new.items() if old[name] != value}
        if subject is Subject.MENTION:
            yield from _link_kinds(old["product_ids"], new["product_ids"], kinds_differ="category" in differs)
        yield from (kind for kind, names in _TELLS[subject].items() if differs & names)


def _link_kinds(old: Sequence[str], new: Sequence[str], *, kinds_differ: bool) -> Iterator[ChangeKind]:
    """Tell how a mention's link differs: products are compared by the best one, kinds where no product is named."""
    if old and new:
        if old[0] != new[0]:
            yield ChangeKind.OTHER_PRODUCT
        elif old != new:
            yield ChangeKind.OTHER_RANKING
        elif kinds_differ:
            yield ChangeKind.OTHER_KIND
    elif old:
        yield ChangeKind.PRODUCT_TO_KIND
    elif new:
        yield ChangeKind.KIND_TO_PRODUCT
    elif kinds_differ:
        yield ChangeKind.OTHER_KIND


_SPAN = frozenset({"start", "end", "text"})
_TELLS: Mapping[Subject, Mapping[ChangeKind, frozenset[str]]] = {
    Subject.MENTION: {
        ChangeKind.OTHER_INTENT: frozenset({"intent"}),
        ChangeKind.OTHER_DETAILS: frozenset(_MENTION_DETAILS),
        ChangeKind.OTHER_SPAN: _SPAN,
        ChangeKind.OTHER_CONFIDENCE: frozenset({"confidence"}),
    },
    Subject.UNSOLD_ASK: {
        ChangeKind.OTHER_KIND: frozenset({"wanted"}),
        ChangeKind.OTHER_DETAILS: frozenset(_ASK_DETAILS),
        ChangeKind.OTHER_SPAN: _SPAN,
    },
    Subject.FOLLOW_UP: {ChangeKind.OTHER_DAY: frozenset({"due_on"}), ChangeKind.OTHER_SPAN: _SPAN},
    Subject.SENTIMENT: {ChangeKind.OTHER_SENTIMENT: frozenset({"sentiment"})},
}


def _said(row: MentionRow | UnsoldAskRow | None) -> dict[str, Any] | None:
    if row is None:
        return None
    names = _MENTION_SAYS if isinstance(row, MentionRow) else _ASK_SAYS
    return {name: getattr(row, name) for name in names}


def _follow_up(note: NoteRow | None) -> dict[str, Any] | None:
    if note is None or note.follow_up_due_on is None:
        return None
    return {
        "start": note.follow_up_start,
        "end": note.follow_up_end,
        "text": note.follow_up_text,
        "due_on": note.follow_up_due_on,
    }


def _sentiment(note: NoteRow | None) -> dict[str, Any] | None:
    return None if note is None else {"sentiment": note.sentiment}


def _around(text: str, start: int, end: int) -> str:
    """Answer the words with some of what stands around them, on one line."""
    first, last = max(0, start - _AROUND), min(len(text), end + _AROUND)
    words = " ".join(text[first:last].split())
    return f"{'…' if first else ''}{words}{'…' if last < len(text) else ''}"
