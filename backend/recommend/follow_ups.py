"""Follow-ups: what a note asks to be done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from backend.domain.ids import NoteId, ProductId
from backend.domain.mentions import Intent, Mention
from backend.domain.suggestions import NoteSpan, SuggestedProduct, Suggestion, SuggestionKind
from backend.recommend import reasons
from backend.recommend.facts import CustomerFacts, NoteFact, Shelf
from backend.recommend.identity import MODEL_VERSION, suggestion_id

MIN_CONFIDENCE = 0.5
KEEP = timedelta(days=30)

_WEIGHT = {Intent.WANTS: 1.0, Intent.ASKED: 0.9, Intent.SUGGESTED: 0.7, Intent.COMPLAINT: 0.95, Intent.ORDERED: 0.8}
_NO_MORE = {Intent.REJECTED, Intent.RETURNED, Intent.BOUGHT}


@dataclass(frozen=True, slots=True)
class _Evidence:
    note: NoteFact
    mention: Mention

    @property
    def subject(self) -> str:
        return self.mention.product_ids[0] if self.mention.product_ids else f"kind:{self.mention.category}"


def follow_ups(facts: CustomerFacts, shelf: Shelf, *, today: date) -> list[Suggestion]:
    """Suggest each product that a note asks for and that was not bought since, best evidence first.

    One suggestion a product (or kind of product), with every note that names it as a reason, newest first. What a
    newer note, or the same one, rejects, returns or reports as bought is left out. A note that only names a day
    ("call her Friday") gives a suggestion without a product.
    """
    grouped: dict[str, list[_Evidence]] = {}
    for evidence in _open_evidence(facts):
        grouped.setdefault(evidence.subject, []).append(evidence)
    found = [_about_product(facts, shelf, group, today) for group in grouped.values()]
    found += [_about_day(facts, note, today) for note in _notes_with_only_a_day(facts)]
    return sorted(found, key=lambda s: (-s.score, s.id))


def _open_evidence(facts: CustomerFacts) -> Iterator[_Evidence]:
    settled: set[ProductId] = set()
    for note in facts.notes:  # newest first: what comes later in time settles what came before
        settled |= {m.product_ids[0] for m in note.mentions if m.intent in _NO_MORE and m.product_ids}
        for mention in note.mentions:
            if (
                mention.confidence >= MIN_CONFIDENCE
                and _asks(note, mention)
                and not _done(facts, note, mention, settled)
            ):
                yield _Evidence(note, mention)


def _asks(note: NoteFact, mention: Mention) -> bool:
    if not mention.product_ids and mention.category is None:
        return False
    if mention.intent is Intent.ORDERED or mention.intent is Intent.OWNS:
        return note.open_order_id is not None and bool(mention.product_ids)
    return mention.intent in _WEIGHT


def _done(facts: CustomerFacts, note: NoteFact, mention: Mention, settled: set[ProductId]) -> bool:
    if mention.intent in {Intent.COMPLAINT, Intent.ORDERED, Intent.OWNS}:
        return False
    return any(p in settled or _bought_since(facts.bought.get(p), note) for p in mention.product_ids[:1])


def _bought_since(bought_at: datetime | None, note: NoteFact) -> bool:
    """Tell whether the purchase came after the note. One of which only the day is known stands at midnight."""
    if bought_at is None:
        return False
    of_the_day = bought_at.time() == time.min and bought_at.date() == note.written_on
    return of_the_day or bought_at >= note.written_at


def _about_product(facts: CustomerFacts, shelf: Shelf, group: list[_Evidence], today: date) -> Suggestion:
    newest = group[0]
    note, mention = newest.note, newest.mention
    kind = SuggestionKind.AFTER_SALES if mention.intent is Intent.COMPLAINT else SuggestionKind.FOLLOW_UP
    products = tuple(shelf.products[p] for p in mention.product_ids[:3] if p in shelf.products)
    return Suggestion(
        id=suggestion_id(facts.customer_id, kind, newest.subject, note.note_id),
        kind=kind,
        customer_id=facts.customer_id,
        associate_id=note.associate_id or facts.associate_id,
        store_id=facts.store_id,
        title=_title(facts, note, mention, products),
        body=reasons.quoted(note, mention.start, mention.end, today=today),
        products=products,
        due_on=_due_on(note),
        expires_at=note.accepted_at + KEEP,
        score=round(_WEIGHT.get(mention.intent, 0.6) * mention.confidence, 4),
        because=tuple(_span(e.note, e.mention.start, e.mention.end) for e in group),
        model_version=MODEL_VERSION,
    )


def _about_day(facts: CustomerFacts, note: NoteFact, today: date) -> Suggestion:
    cue = note.cue
    assert cue is not None
    return Suggestion(
        id=suggestion_id(facts.customer_id, SuggestionKind.FOLLOW_UP, "day", note.note_id),
        kind=SuggestionKind.FOLLOW_UP,
        customer_id=facts.customer_id,
        associate_id=note.associate_id or facts.associate_id,
        store_id=facts.store_id,
        title=f"Come back to {_name(facts)}",
        body=reasons.quoted(note, cue.start, cue.end, today=today),
        products=(),
        due_on=cue.due_on,
        expires_at=note.accepted_at + KEEP,
        score=0.6,
        because=(_span(note, cue.start, cue.end),),
        model_version=MODEL_VERSION,
    )


def _notes_with_only_a_day(facts: CustomerFacts) -> list[NoteFact]:
    told: set[NoteId] = {e.note.note_id for e in _open_evidence(facts)}
    return [note for note in facts.notes if note.cue is not None and note.note_id not in told]


def _title(facts: CustomerFacts, note: NoteFact, mention: Mention, products: tuple[SuggestedProduct, ...]) -> str:
    what = products[0].name if products else (mention.category or mention.text)
    if mention.size:
        what = f"{what}, size {mention.size}"
    if mention.intent is Intent.COMPLAINT:
        return f"Put right for {_name(facts)}: {what}"
    if note.open_order_id is not None and mention.intent in {Intent.ORDERED, Intent.OWNS}:
        return f"See to {_name(facts)}’s order {note.open_order_id}: {what}"
    return f"Call {_name(facts)} back about {what}"


def _name(facts: CustomerFacts) -> str:
    return facts.first_name or "the customer"


def _due_on(note: NoteFact) -> date:
    return note.cue.due_on if note.cue else (note.accepted_at + timedelta(days=1)).date()


def _span(note: NoteFact, start: int, end: int) -> NoteSpan:
    return NoteSpan(note.note_id, note.revision, note.pointer, start, end, note.text[start:end])
