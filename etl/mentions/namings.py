"""From the words of a note to its mentions: spans, their products, their intents."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from backend.domain.mentions import Intent, Mention, NoteContext
from etl.mentions.acceptance import Acceptance
from etl.mentions.anaphora import Anaphora
from etl.mentions.catalog_index import CatalogIndex
from etl.mentions.intent_model import IntentFound, IntentModel, praise_settled
from etl.mentions.linker import Link, Linker
from etl.mentions.naming import Naming, naming_of
from etl.mentions.note_words import NoteWord
from etl.mentions.refusals import refusal_of
from etl.mentions.run_evidence import Evidence, evidence_for
from etl.mentions.spans import Span, find_spans
from etl.mentions.surroundings import SCALES, recipient_of, scale_of, trailing_attributes, words_beside

_DEFINITE = frozenset({"the", "her", "his", "their", "my", "those", "these", "them", "both", "your", "our"})
_HAD = frozenset({Intent.RETURNED, Intent.OWNS, Intent.COMPLAINT})
_SENTENCE_ENDS = frozenset(".!?;:\n")
_ONES = frozenset({"one", "ones"})
_OWNED_CONFIDENCE = 0.85
_REMEMBERED_NAMINGS = 8
"""How many namings back a pronoun may reach."""


@dataclass(slots=True)
class Found:
    """A naming that means something in the catalogue."""

    span: Span
    naming: Naming
    link: Link
    probability: float = 1.0  # that it was meant


Judge = Callable[[Found, Evidence], float | None]
"""Answers how likely a run was meant as what it fits, by the evidence; None where it was not."""


class MentionFinder:
    """Finds the products named in a note."""

    def __init__(self, index: CatalogIndex, linker: Linker) -> None:
        self._index, self._linker = index, linker
        self._anaphora = Anaphora(index, linker)
        self._acceptance = Acceptance()
        self._intents = IntentModel.stored()

    def find(self, text: str, words: list[NoteWord], context: NoteContext) -> list[Mention]:
        """Answer the mentions in order of their place."""
        found = self.find_namings(text, words)
        if not found:
            return []
        around = self._intents.surroundings(words, [(item.span.first, item.span.last) for item in found])
        intents = self._intents.read(around, [not item.link.numbers for item in found])
        owned = [self._index.number_of[i] for i in context.owned if i in self._index.number_of]
        mentions = []
        for item, intent, cued in zip(found, intents, around.cue_reads, strict=True):
            link = self._owned(words, item, intent, owned)
            has = bool(link.numbers) and link.numbers[0] in owned
            mentions.append(self._mention(text, item, link, praise_settled(intent, cued, owned=has)))
        return mentions

    def find_namings(self, text: str, words: list[NoteWord], judge: Judge | None = None) -> list[Found]:
        """Answer what was named, in order, as far as `judge` finds that it was meant."""
        judge = judge or self._judge
        found: list[Found] = []
        spans = find_spans(words)
        limits = _next_namings(spans, len(words))
        taken = -1
        for k, span in enumerate(spans):
            if span.first <= taken:
                continue
            naming = naming_of(span.words)
            item = self._link_one(words, span, naming, found[-_REMEMBERED_NAMINGS:], limits[k])
            if item is None:
                continue
            refusal = refusal_of(words, span, naming, named_before=bool(found))
            again = self._again(item, found)
            evidence = evidence_for(
                words,
                item.span,
                item.naming,
                item.link,
                refusal=refusal,
                again=again,
                leads=self._leads(item.naming),
                capital=_is_capital(text, words, item.span.first),
            )
            probability = judge(item, evidence)
            if probability is not None:
                item.probability = probability
                found.append(item)
                taken = max(taken, trailing_attributes(words, span.last, limits[k])[1])
        return found

    def _judge(self, item: Found, evidence: Evidence) -> float | None:  # noqa: ARG002 - a judge may look at the run
        return self._acceptance.confidence(evidence)

    def _leads(self, naming: Naming) -> bool:
        leading = self._index.leading
        return any(term in leading for group in naming.groups if not group.number for term, _ in group.terms[:1])

    def _again(self, item: Found, found: list[Found]) -> str:
        """Say whether the note named the same before."""
        numbers = item.link.numbers
        for earlier in found[-_REMEMBERED_NAMINGS:]:
            if numbers and not set(numbers).isdisjoint(earlier.link.numbers):
                return "product"
            if not numbers and earlier.link.category == item.link.category:
                return "kind"
        return ""

    def _link_one(
        self, words: list[NoteWord], span: Span, naming: Naming, found: list[Found], limit: int
    ) -> Found | None:
        beside, _ = trailing_attributes(words, span.last, limit)
        full = naming.with_attributes(naming_of(beside), recipient_of(words, span, limit))
        full = _told_apart(full, words, span)
        link = self._linker.link(full)
        if found and _is_open(full, link):
            resolved = self._anaphora.resolve(words, span, naming, [f.link for f in found])
            if resolved is not None:
                return _found(resolved[0], full, resolved[1])
        if link is not None:
            link = self._anaphora.said_before(words, span, naming, link, [f.link for f in found])
        elif found:
            told = full if span.pronoun else naming
            resolved = self._anaphora.resolve(words, span, told, [f.link for f in found])
            if resolved is not None:
                span, link = resolved
        if link is None:
            return None
        return _found(span, full, link)

    def _owned(self, words: list[NoteWord], item: Found, intent: IntentFound, owned: list[int]) -> Link:
        """Prefer what the customer has, where the words leave it open."""
        link, first = item.link, item.span.first
        if not owned:
            return link
        if link.numbers:
            mine = [n for n in link.numbers if n in owned]
            return replace(link, numbers=(*mine, *(n for n in link.numbers if n not in mine))) if mine else link
        definite = first > 0 and words[first - 1].norm in _DEFINITE
        fitting = [n for n in owned if self._linker.fits(item.naming, n)]
        if not fitting or not (definite or intent.intent in _HAD):
            return link
        fitting, _ = self._linker.narrower.narrow(item.naming, fitting)
        return Link(tuple(fitting), self._index.entries[fitting[0]].product.subcategory, _OWNED_CONFIDENCE)

    def _end(self, item: Found, link: Link) -> int:
        """Where the naming ends: colours and sizes that trail it ("boots black 8") are attributes, not the name."""
        words = item.span.words
        if not item.naming.groups:
            return words[-1].end
        for word in reversed(words[1:]):
            reading = word.reading
            named = reading.terms and not reading.attribute
            if named and reading.number:
                named = bool(link.numbers) and self._index.has(link.numbers[0], reading.terms[0][0])
            if named or word.norm in _ONES:
                return word.end
        return words[0].end

    def _mention(self, text: str, item: Found, link: Link, intent: IntentFound) -> Mention:
        start, end = item.span.words[0].start, self._end(item, link)
        naming, entries = item.naming, self._index.entries
        return Mention(
            start=start,
            end=end,
            text=text[start:end],
            product_ids=tuple([entries[n].product.product_id for n in link.numbers]),
            category=link.category,
            intent=intent.intent,
            confidence=round(item.probability * intent.probability, 3),
            size=naming.sizes[0] if naming.sizes else None,
            color=naming.colors[0] if naming.colors else None,
            gender=naming.gender,
        )


def _found(span: Span, naming: Naming, link: Link) -> Found:
    return Found(span, replace(naming, recipient=None) if naming.recipient else naming, link)


def _is_open(naming: Naming, link: Link | None) -> bool:
    """Say whether words name no kind and nothing by themselves, and fit several: what was named before decides."""
    return link is not None and link.n_families > 1 and not (naming.kinds or naming.telling)


def _told_apart(naming: Naming, words: list[NoteWord], span: Span) -> Naming:
    """Add what tells the product from others of its name: "the big jute", "press, the small one"."""
    beside = words_beside(words, span.last)
    scales = [scale for scale in (scale_of(words, span), *(SCALES.get(word.norm) for word in beside)) if scale]
    terms = tuple(word.reading.terms[0][0] for word in beside if word.reading.terms)
    if not (scales or terms):
        return naming
    return replace(naming, sizes=(*naming.sizes, *scales[:1]), beside=terms)


def _is_capital(text: str, words: list[NoteWord], first: int) -> bool:
    """Say whether a run begins with a capital though no sentence does, in a note that is not all capitals."""
    if not first or words[first - 1].norm in _SENTENCE_ENDS or not text[words[first].start].isupper():
        return False
    return not text.isupper() and not text[words[first - 1].start].isupper()


def _next_namings(spans: list[Span], end: int) -> list[int]:
    """Answer for each span where the next one that names something begins."""
    limits, following = [end] * len(spans), end
    for k in range(len(spans) - 1, -1, -1):
        limits[k] = following
        if any(word.reading.terms for word in spans[k].words):
            following = spans[k].first
    return limits
