"""From the words of a note to its mentions: spans, their products, their intents."""

from backend.domain.ids import ProductId
from backend.domain.mentions import Mention, NoteContext
from etl.mentions.catalog_index import CatalogIndex
from etl.mentions.intents import read_intent
from etl.mentions.linker import Link, Linker, Naming, naming_of
from etl.mentions.note_words import NoteWord
from etl.mentions.spans import Span, find_spans

_FOREIGN_REACH = 1


class MentionFinder:
    """Finds the products named in a note."""

    def __init__(self, index: CatalogIndex, linker: Linker) -> None:
        self._index, self._linker = index, linker

    def find(self, text: str, words: list[NoteWord], context: NoteContext) -> list[Mention]:
        """Answer the mentions in order of their place."""
        found: list[tuple[Span, Naming, Link]] = []
        for span in find_spans(words):
            if self._is_foreign(words, span):
                continue
            naming = naming_of(span.words)
            link = self._linker.link(naming)
            if link is None:
                link = self._in_context(words, span, naming, found)
            else:
                link = self._owned(naming, link, context)
            if link is not None:
                found.append((span, naming, link))
        places = [(span.words[0].start, span.words[-1].end) for span, _, _ in found]
        return [
            self._mention(
                text, span, naming, link, [p for p in places if p != (span.words[0].start, span.words[-1].end)]
            )
            for span, naming, link in found
        ]

    def _is_foreign(self, words: list[NoteWord], span: Span) -> bool:
        following = words[span.last + 1] if span.last + 1 < len(words) else None
        preceding = words[span.first - 1] if span.first else None
        return bool((following and following.reading.foreign) or (preceding and preceding.reading.foreign))

    def _in_context(
        self, words: list[NoteWord], span: Span, naming: Naming, found: list[tuple[Span, Naming, Link]]
    ) -> Link | None:
        """Resolve "the plum", "same in navy": a colour of what was named before."""
        if naming.groups or not naming.colors or not found:
            return None
        before = found[-1][2]
        families = {self._index.family(n) for n in before.numbers}
        same = [
            n
            for first in before.numbers[:1]
            for n in self._index.relatives(first)
            if self._index.family(n) in families and naming.colors[0] in self._index.entries[n].colors
        ]
        return Link(tuple(same), before.category, round(before.confidence * 0.8, 3)) if same else None

    def _owned(self, naming: Naming, link: Link, context: NoteContext) -> Link:
        """Prefer what the customer has, where the words leave it open."""
        owned = [self._index.number_of[i] for i in context.owned if i in self._index.number_of]
        if link.numbers:
            mine = [n for n in link.numbers if n in owned]
            return Link((*mine, *(n for n in link.numbers if n not in mine)), link.category, link.confidence)
        fitting = [n for n in owned if self._linker.fits(naming, n)]
        if len(fitting) == 1:
            return Link(tuple(fitting), self._index.entries[fitting[0]].product.subcategory, 0.8)
        return link

    def _mention(self, text: str, span: Span, naming: Naming, link: Link, others: list[tuple[int, int]]) -> Mention:
        start, end = span.words[0].start, span.words[-1].end
        intent, sureness = read_intent(text, start, end, other_spans=others)
        return Mention(
            start=start,
            end=end,
            text=text[start:end],
            product_ids=tuple(ProductId(self._index.entries[n].product.product_id) for n in link.numbers),
            category=link.category,
            intent=intent,
            confidence=round(link.confidence * (0.7 + 0.3 * sureness), 3),
            size=naming.sizes[0] if naming.sizes else None,
            color=naming.colors[0] if naming.colors else None,
            gender=naming.gender,
        )
