"""From the words of one naming to the products meant: retrieve by the rarest word, score, narrow by attributes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import chain
from operator import add

from etl.mentions.catalog_index import CatalogIndex
from etl.mentions.naming import Group, Naming
from etl.mentions.narrowing import Narrower
from etl.mentions.readings import NARROWER

_MOST_CANDIDATES = 400
_MOST_FAMILIES = 3
_MOST_VARIANTS = 24
_TIE = 0.2
_ENOUGH = 0.4
_MOST_UNNAMED_FAMILIES = 6
"""Words that name no kind and fit more product lines than this mean nothing."""
_REMEMBERED, _MERGED = 50_000, 100
_IN_PASSING = 0.6
_HEAD_BONUS = 1.15
_FAMILY_DOUBT, _KIND_DOUBT, _DROPPED_DOUBT = 0.7, 0.9, 0.7


Weighed = tuple[tuple[str, float], ...]
"""Terms, each with how surely it is meant."""
Decided = tuple[tuple[int, ...], str | None, float]
"""The products meant, their subcategory, and how sure that is."""


@dataclass(frozen=True, slots=True)
class Link:
    """The products meant, best first; none where only the kind is.

    `coverage`: how much of what the words say is found in the best product, 0..1 and a little more; `n_families`: how
    many product lines answer equally well, counted to 7; `singling`: whether more than a kind was said; `exact`: a name
    in full.
    """

    numbers: tuple[int, ...]
    category: str | None
    confidence: float
    coverage: float = 1.0
    n_families: int = 1
    singling: bool = False
    exact: bool = False
    dropped: int = 0  # words that nothing in the catalogue bears out
    pointed: str = ""  # it stands for what was named before: how the words say so


_UNKNOWN = Link((), None, 0.0)
"""No naming's answer: it stands where none was looked for yet."""


def _worth(group: Group) -> float:
    """Count a number half: it may as well be a size."""
    return 0.5 if group.number else 1.0


class Linker:
    """Resolves namings against one catalogue. Answers are remembered: notes repeat themselves."""

    def __init__(self, index: CatalogIndex) -> None:
        self._index = index
        self.narrower = Narrower(index)
        self._known: dict[Naming, Link | None] = {}
        self._merged: dict[Weighed, list[int]] = {}

    def link(self, naming: Naming) -> Link | None:
        """Answer what is meant, or None where the catalogue has nothing of the kind."""
        known = self._known.get(naming, _UNKNOWN)
        if known is _UNKNOWN:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[naming] = self._link(naming) or self._without_a_word(naming)
        return known

    def _without_a_word(self, naming: Naming) -> Link | None:
        """Link what is left when a word that goes with nothing else is dropped: "yoga" leggings, "the usual" cream."""
        if not naming.kinds or len(naming.groups) < 2:  # noqa: PLR2004 - something must be left
            return None
        for i, group in enumerate(naming.groups):
            if group.kind:
                continue
            link = self._link(replace(naming, groups=naming.groups[:i] + naming.groups[i + 1 :]))
            if link is not None:
                return replace(link, dropped=1, confidence=round(link.confidence * _DROPPED_DOUBT, 3))
        return None

    def _link(self, naming: Naming) -> Link | None:
        if not naming.groups:
            return None
        candidates = self._candidates(naming)
        if not candidates:
            return None
        scores = self._scores(naming, candidates)
        best = max(scores)
        coverage = best / sum([self._index.weight(g.terms[0][0]) * _worth(g) for g in naming.groups])
        if coverage < _ENOUGH:
            return None
        top = [n for score, n in zip(scores, candidates, strict=True) if score >= best - _TIE]
        n_families = self._count_families(top, _MOST_UNNAMED_FAMILIES + 1)
        if not naming.kinds and n_families > _MOST_UNNAMED_FAMILIES:
            top = self.narrower.of_colors(naming.colors, top)
            n_families = self._count_families(top, _MOST_UNNAMED_FAMILIES + 1)
            if not top or n_families > _MOST_UNNAMED_FAMILIES:
                return None
        singling = naming.telling or sum([self._answers(g, top[0]) for g in naming.groups if not g.kind]) > 1
        decided = self._decide(naming, top, min(1.0, coverage), singling=singling or not naming.kinds)
        return Link(*decided, coverage=coverage, n_families=n_families, singling=singling)

    def _candidates(self, naming: Naming) -> list[int]:
        """Answer the products that have the rarest word and, as far as any do, the others too."""
        index = self._index
        groups = [group for group in naming.groups if not group.number] or list(naming.groups)
        if len(groups) > 1:
            groups.sort(key=self._n_having)
        found = self._having_any(groups[0].terms)
        for group in groups[1:]:
            having = index.having_any(group.terms, found)
            found = [n for n in found if n in having] or found
        if len(found) <= _MOST_CANDIDATES:
            return found
        named = index.named(tuple([group.terms[0][0] for group in naming.groups]))
        return sorted({*found[:: len(found) // _MOST_CANDIDATES], *named})

    def _n_having(self, group: Group) -> int:
        """Count the products that have a word, those that have several of its terms several times."""
        postings = self._index.postings
        return sum([len(postings[term]) for term, _ in group.terms if term in postings])

    def _having_any(self, terms: Weighed) -> list[int]:
        """Answer the products that have one of the terms, in order; long lists put together are remembered."""
        postings = self._index.postings
        several = [postings[term] for term, _ in terms if term in postings]
        if len(several) == 1:
            return several[0]
        merged = self._merged.get(terms)
        if merged is None:
            merged = sorted(set(chain.from_iterable(several)))
            if len(merged) > _MOST_CANDIDATES:
                if len(self._merged) >= _MERGED:
                    self._merged.clear()
                self._merged[terms] = merged
        return merged

    def _scores(self, naming: Naming, numbers: list[int]) -> list[float]:
        """Answer how well each product fits: word by word for all of them, which is quicker than one by one."""
        heads = self._index.heads_of(numbers)
        first, *others = [self._word_scores(group, numbers, heads) for group in naming.groups]
        for more in others:
            first = list(map(add, first, more))
        return first

    def _word_scores(self, group: Group, numbers: list[int], heads: list[frozenset[str]]) -> list[float]:
        """Answer what one word adds to the score of each product, or takes from it."""
        weight, worth = self._index.weight(group.terms[0][0]), _worth(group)
        missing = -0.3 if group.number else -weight * (1.5 if group.kind else 1.0)
        if len(group.terms) > 1:
            matched = (self._kind_matched if group.kind else self._word_matched)(group, numbers, heads)
            return [missing if m is None else weight * m * worth for m in matched]
        term, own = group.terms[0]
        has = self._index.having(term, numbers)
        if group.kind:
            is_head, in_name = weight * own * worth, weight * (own * _IN_PASSING) * worth
            return [
                is_head if term in ends else in_name if n in has else missing
                for n, ends in zip(numbers, heads, strict=True)
            ]
        is_head, in_name = weight * (own * _HEAD_BONUS) * worth, weight * own * worth
        return [
            missing if n not in has else is_head if term in ends else in_name
            for n, ends in zip(numbers, heads, strict=True)
        ]

    def _kind_matched(self, group: Group, numbers: list[int], heads: list[frozenset[str]]) -> Iterator[float | None]:
        """Weigh how each product answers to a kind; one that it has in passing (boot in "Boot Bag") counts little."""
        having = self._having_each(group, numbers)
        for n, ends in zip(numbers, heads, strict=True):
            best = max([w for term, w, _ in having if term in ends], default=None)
            yield max([w * _IN_PASSING for _, w, has in having if n in has], default=None) if best is None else best

    def _word_matched(self, group: Group, numbers: list[int], heads: list[frozenset[str]]) -> Iterator[float | None]:
        """Weigh how each product answers to a word that may stand for several."""
        having = self._having_each(group, numbers)
        for n, ends in zip(numbers, heads, strict=True):
            weight, term = max([(w, term) for term, w, has in having if n in has], default=(0.0, ""))
            yield (weight * _HEAD_BONUS if term in ends else weight) if term else None

    def _having_each(self, group: Group, numbers: list[int]) -> list[tuple[str, float, AbstractSet[int]]]:
        """Answer each term of a word with its weight and the products that have it."""
        return [(term, weight, self._index.having(term, numbers)) for term, weight in group.terms]

    def _answers(self, group: Group, number: int) -> bool:
        return any(self._index.has(number, term) for term, _ in group.terms)

    def _decide(self, naming: Naming, top: list[int], confidence: float, *, singling: bool) -> Decided:
        narrowed, confidence = self.narrower.narrow(naming, top, confidence)
        asked = {term for group in naming.groups for term, _ in group.terms}
        exact = [n for n in narrowed if self._is_fully_named(asked, n)]
        if exact and self._count_families(exact, 2) == 1:
            narrowed, confidence = exact, max(confidence, 0.95)
        n_families = self._count_families(narrowed, _MOST_FAMILIES + 1)
        category = self._category(naming, narrowed)
        if not naming.telling and self._is_kind(naming, narrowed, category):
            return (), category, round(confidence * _KIND_DOUBT, 3)
        only_wider = all(group.terms[0][1] <= NARROWER for group in naming.kinds) and bool(naming.kinds)
        if n_families == 1 and not (only_wider and not singling):
            return tuple(narrowed[:_MOST_VARIANTS]), category, round(confidence, 3)
        if singling and n_families <= _MOST_FAMILIES:
            narrowed = self._plainest_first(naming, narrowed)
            return tuple(narrowed[:_MOST_VARIANTS]), category, round(confidence * _FAMILY_DOUBT, 3)
        return (), category, round(confidence * _KIND_DOUBT, 3)

    def _plainest_first(self, naming: Naming, numbers: list[int]) -> list[int]:
        """Put first whose name has least that was not said: "the Maestra" is rather no Maestra Pro."""
        asked = {term for group in naming.groups for term, _ in group.terms}

        def unsaid(number: int) -> int:
            own = self._index.family(number)[1]
            return sum(term not in asked and term not in self._index.kinds for term in own)

        return sorted(numbers, key=unsaid)

    def _is_kind(self, naming: Naming, numbers: list[int], category: str | None) -> bool:
        """Say whether no single product is meant: all of a subcategory, its very name, men's and women's alike."""
        entries = self._index.entries
        first = entries[numbers[0]].gender
        if self._count_families(numbers, 2) == 1 and all(entries[n].gender == first for n in numbers):
            return False
        whole = self._index.by_subcategory[category]
        if len(naming.groups) == 1 and len(numbers) >= len(whole) and set(numbers).issuperset(whole):
            return True
        said = {group.terms[0][0] for group in naming.groups}
        return len(said) > 1 and said <= set(self._index.terms(category or ""))

    def _is_fully_named(self, asked: set[str], number: int) -> bool:
        """Say whether nothing in a product's name was left unsaid but what tells its variants apart."""
        index, entry = self._index, self._index.entries[number]
        in_full = True
        for term in entry.name:
            if term not in asked and "-" not in term:
                in_full = False
                if not (index.is_modifier(term) or term in index.terms(entry.product.color or "")):
                    return False
        return in_full or all(term in asked for term in index.family(number)[1] if "-" not in term)

    def _count_families(self, numbers: Iterable[int], most: int) -> int:
        """Count the product lines, no further than to `most`: of thousands only that there are many matters."""
        families = set()
        for number in numbers:
            families.add(self._index.family(number))
            if len(families) == most:
                break
        return len(families)

    def _category(self, naming: Naming, numbers: list[int]) -> str | None:
        """Answer the subcategory that the words name best; among equals the one with most products."""
        entries = self._index.entries
        told = [name for n in numbers if (name := entries[n].product.subcategory) is not None]
        if not told or told.count(told[0]) == len(told):
            return told[0] if told else None
        counted = Counter(told)
        asked = {term for group in naming.groups for term, weight in group.terms if weight == group.terms[0][1]}

        def rank(name: str) -> tuple[bool, int, int, int, str]:
            terms = self._index.terms(name)
            named = sum(term in asked for term in terms)
            return (not terms or terms[-1] not in asked, -named, len(terms) - named, -counted[name], name)

        return min(counted, key=rank)

    def fits(self, naming: Naming, number: int) -> bool:
        """Say whether a product answers to every word of the naming."""
        return all(self._answers(group, number) or group.number for group in naming.groups)
