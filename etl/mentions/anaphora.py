"""Words that mean what was named before: "not the plum", "the floor one", "98s", "the boots"."""

from collections.abc import Iterator
from dataclasses import replace

from etl.mentions.catalog_index import CatalogIndex
from etl.mentions.linker import Link, Linker
from etl.mentions.naming import Naming
from etl.mentions.note_words import NoteWord
from etl.mentions.spans import Span

_POINTERS = frozenset(
    "the not no wants want wanted took got bought prefers prefer ordered chose likes liked loves loved needs had have"  # noqa: SIM905
    " has hates hated owns over vs exchanged than either her his that this only picked tried show sold".split()
)
_SAME = frozenset({"same", "one", "ones", "another", "pair", "it", "them", "those", "these", "that"})
_WISHES = frozenset({"want", "wants", "wanted", "needs", "prefers", "prefer", "not"})
"""Before a colour they say of which colour the thing just named should be, unless that was of one colour already."""
_ARTICLES = frozenset({"the", "this", "that", "her", "his", "only"})
_JOINED = frozenset({"and", "or", "vs", "&", "/"})
_COUNTABLE = frozenset({"the", "not", "vs", "over", "or"})
_ONE = frozenset({"one", "ones", "version", "kind"})
_DEFINITE = frozenset({"the", "those", "these", "her", "his", "their", "both"})
_DOUBT = 0.85
_MOST = 300
_ANY = "*"
"""Any department, where none is known."""
_REMEMBERED = 500


class Anaphora:
    """Resolves what only makes sense after something else was named."""

    def __init__(self, index: CatalogIndex, linker: Linker) -> None:
        self._index, self._linker = index, linker
        self._kin: dict[tuple[str, str | None, str | None], list[int]] = {}

    def resolve(
        self, words: list[NoteWord], span: Span, naming: Naming, before: list[Link]
    ) -> tuple[Span, Link] | None:
        """Answer the products of a run that names none by itself, and the run with its "one"."""
        if span.pronoun:
            return self._latest(span, naming, before)
        after = words[span.last + 1].norm if span.last + 1 < len(words) else ""
        one = after in _ONE and (span.first == 0 or words[span.first - 1].norm != "one")
        elaborates = not before[-1].numbers or len({self._index.entries[n].colors for n in before[-1].numbers}) > 1
        how = "one" if one else "points" if self._points(words, span, elaborates=elaborates) else "loosely"
        if how == "loosely" and elaborates:
            how = "elaborates"
        for link in reversed(before):
            for pool in self._pools(naming, link):
                fitting = self._fitting(naming, pool)
                if fitting:
                    category = self._index.entries[fitting[0]].product.subcategory
                    if one:
                        last = span.last + 1
                        span = Span(span.first, last, words[span.first : last + 1])
                    return span, Link(tuple(fitting), category, round(link.confidence * _DOUBT, 3), pointed=how)
        return None

    def _latest(self, span: Span, naming: Naming, before: list[Link]) -> tuple[Span, Link]:
        """Take the latest product, or else the latest kind; in the colour and for whom it is said: "same in navy"."""
        link = next((link for link in reversed(before) if link.numbers), before[-1])
        numbers = link.numbers
        if numbers and (naming.colors or naming.gender or naming.recipient):
            numbers = tuple(self._variants_as(naming, numbers)) or numbers
        return span, replace(link, numbers=numbers, confidence=round(link.confidence * _DOUBT, 3), pointed="pronoun")

    def _variants_as(self, naming: Naming, numbers: tuple[int, ...]) -> list[int]:
        """Answer the variants of a product in another colour or for another person; what is not said stays."""
        entries, found = self._index.entries, self._index.variants(numbers[0])
        for color in naming.colors:
            found = self._of_color(color, found)
        gender = naming.gender or naming.recipient or entries[numbers[0]].gender
        found = [n for n in found if entries[n].gender == gender] or found
        if naming.colors:
            return found
        had = {entries[n].colors for n in numbers}
        return [n for n in found if entries[n].colors in had] or found

    def said_before(self, words: list[NoteWord], span: Span, naming: Naming, link: Link, before: list[Link]) -> Link:
        """Let "the boots" mean the boots named before in the note, and a maker's name alone the same kind of thing."""
        if not (link.numbers or naming.kinds):
            return self._of_the_same_kind(naming, link, before)
        if link.numbers or span.first == 0 or words[span.first - 1].norm not in _DEFINITE or len(span.words) > 2:  # noqa: PLR2004
            return link
        for earlier in reversed(before):
            fitting = tuple(n for n in earlier.numbers if self._linker.fits(naming, n))
            if fitting:
                return Link(fitting, earlier.category, round(earlier.confidence * _DOUBT, 3), pointed="named")
        return link

    def _of_the_same_kind(self, naming: Naming, link: Link, before: list[Link]) -> Link:
        """Take "the nord lamp or the alba" for two lamps, though there are mugs of that name too."""
        for earlier in reversed(before):
            kin = self._fitting(naming, self._index.by_subcategory[earlier.category])
            if kin and len({self._index.family(n) for n in kin}) == 1:
                return Link(tuple(kin), earlier.category, round(link.confidence * _DOUBT, 3), pointed="brand")
        return link

    def _points(self, words: list[NoteWord], span: Span, *, elaborates: bool) -> bool:
        """Say whether the word before the run makes it stand for something named before."""
        before = words[span.first - 1].norm if span.first else ""
        last = span.words[-1].reading
        if before in _WISHES and elaborates:
            return False
        if before in _POINTERS:
            return self._may_be_pointed_at(words, span, before)
        if before == "in" and span.first > 1 and words[span.first - 2].norm in _SAME:
            return True
        counted = span.first > 1 and words[span.first - 2].reading.number
        return last.number and before in _JOINED and (counted or span.words[-1].norm.endswith("s"))

    def _may_be_pointed_at(self, words: list[NoteWord], span: Span, before: str) -> bool:
        if before in {"had", "have"}:  # "we only had navy" tells of the shelf
            return not any(word.norm == "we" for word in words[max(0, span.first - 4) : span.first])
        if all(word.reading.number or word.reading.unit for word in span.words):
            return before in _COUNTABLE
        worded = any(w.reading.terms and not w.reading.number and not w.reading.attribute for w in span.words)
        return not (worded and before in _ARTICLES)

    def _pools(self, naming: Naming, link: Link) -> Iterator[list[int]]:
        """Where to look, nearest first: variants, the same line of models, the same kind, the same department."""
        index = self._index
        product = index.entries[link.numbers[0]].product if link.numbers else None
        if link.numbers:
            yield index.variants(link.numbers[0])
        if not naming.groups:
            if link.category is not None:
                yield index.by_subcategory[link.category][:_MOST]
            return
        firsts = (term for group in naming.groups for term, _ in group.terms[:1])
        rarest = min(firsts, key=lambda term: len(index.postings.get(term, ())))
        if product is not None:
            yield self._of_the_line(rarest, link.numbers[0])
        yield self._of_the_kind(rarest, product.category if product else _ANY, link.category)

    def _of_the_line(self, term: str, number: int) -> list[int]:
        """Answer the products near one whose names begin as its name does: those of the first word are few."""
        index, near = self._index, self._near(term)
        line, category = index.entries[number].name[:1], index.entries[number].product.category
        numbers = index.postings[line[0]] if line and near else near
        having = index.having(term, numbers)
        return [
            n
            for n in numbers
            if n in having
            and n <= near[-1]
            and index.entries[n].name[:1] == line
            and index.entries[n].product.category == category
        ]

    def _of_the_kind(self, term: str, category: str | None, subcategory: str | None) -> list[int]:
        key = term, category, subcategory
        if key not in self._kin:
            if len(self._kin) >= _REMEMBERED:
                self._kin.clear()
            entries = self._index.entries
            self._kin[key] = [
                n
                for n in self._near(term)
                if entries[n].product.subcategory == subcategory and category in {_ANY, entries[n].product.category}
            ]
        return self._kin[key]

    def _near(self, term: str) -> list[int]:
        return self._index.postings.get(term, [])[: _MOST * 10]

    def _fitting(self, naming: Naming, pool: list[int]) -> list[int]:
        """Answer which of the pool have all the words and colours of a naming; none where it has neither."""
        if naming.sizes and not (naming.groups or naming.colors):
            return self._linker.narrower.named_by_size(naming.sizes, pool)
        found = pool if naming.groups or naming.colors else []
        for group in naming.groups:
            if not found:
                return []
            having = self._index.having_any(group.terms, found)
            found = [n for n in found if n in having]
        for color in naming.colors:
            found = self._of_color(color, found)
        return found

    def _of_color(self, color: str, numbers: list[int]) -> list[int]:
        entries, parents = self._index.entries, self._index.lexicon.parents
        answers = {
            colors: color in colors or any(color in parents.get(c, ()) for c in colors)
            for colors in {entries[n].colors for n in numbers}
        }
        return [n for n in numbers if answers[entries[n].colors]]
