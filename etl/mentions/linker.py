"""From the words of one naming to the products meant: retrieve by the rarest word, score, narrow by attributes."""

from collections import Counter
from dataclasses import dataclass

from backend.domain.ids import ProductId
from etl.mentions.catalog_index import CatalogIndex, Entry
from etl.mentions.note_words import NoteWord

_MOST_CANDIDATES = 2000
_MOST_FAMILIES = 3
_TIE = 0.15
_ENOUGH = 0.55


@dataclass(frozen=True, slots=True)
class Naming:
    """What the words of one span ask for."""

    groups: tuple[tuple[tuple[str, float], ...], ...]  # one group a word: the terms that it may stand for
    kinds: tuple[bool, ...]  # whether each group names a kind
    telling: bool
    colors: tuple[str, ...]
    gender: str | None
    sizes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """The products meant, best first; none where only the kind is."""

    numbers: tuple[int, ...]
    category: str | None
    confidence: float


def naming_of(words: list[NoteWord]) -> Naming:
    """Collect what a span's words ask for."""
    groups = [(w.reading.terms, w.reading.kind) for w in words if w.reading.terms and not w.reading.attribute]
    sizes = [w.reading.size for w in words if w.reading.size]
    sizes += [w.norm.rstrip("s") for w in words if w.reading.number and not w.reading.terms]
    return Naming(
        tuple(terms for terms, _ in groups),
        tuple(kind for _, kind in groups),
        any(w.reading.telling for w in words),
        tuple(w.reading.color for w in words if w.reading.color),
        next((w.reading.gender for w in words if w.reading.gender), None),
        tuple(sizes),
    )


class Linker:
    """Resolves namings against one catalogue. Answers are remembered: notes repeat themselves."""

    def __init__(self, index: CatalogIndex) -> None:
        self._index = index
        self._known: dict[Naming, Link | None] = {}

    def link(self, naming: Naming) -> Link | None:
        """Answer what is meant, or None where the catalogue has nothing of the kind."""
        if naming not in self._known:
            if len(self._known) >= 50_000:  # noqa: PLR2004 - bounds memory, nothing else
                self._known.clear()
            self._known[naming] = self._link(naming)
        return self._known[naming]

    def _link(self, naming: Naming) -> Link | None:
        if not naming.groups or not (naming.telling or any(naming.kinds)):
            return None
        weights = [self._index.weight(group[0][0]) for group in naming.groups]
        scored = [(self._score(naming, weights, n), n) for n in self._candidates(naming)]
        if not scored:
            return None
        best = max(score for score, _ in scored)
        coverage = best / sum(weights)
        if coverage < _ENOUGH:
            return None
        top = [n for score, n in scored if score >= best - _TIE]
        return self._decide(naming, top, coverage)

    def _candidates(self, naming: Naming) -> list[int]:
        postings = self._index.postings
        pools = [{n for term, _ in group for n in postings.get(term, ())} for group in naming.groups]
        pools.sort(key=len)
        found = pools[0]
        for pool in pools[1:]:
            found = (found & pool) or found
        return sorted(found)[:_MOST_CANDIDATES]

    def _score(self, naming: Naming, weights: list[float], number: int) -> float:
        entry, score = self._index.entries[number], 0.0
        for group, kind, weight in zip(naming.groups, naming.kinds, weights, strict=True):
            matched = max((w for term, w in group if _has(entry, term)), default=None)
            if matched is not None:
                score += weight * matched
            else:
                score -= weight * (1.5 if kind else 0.5)
        return score

    def _decide(self, naming: Naming, top: list[int], coverage: float) -> Link:
        narrowed, confidence = self._narrow(naming, top, min(1.0, coverage))
        exact = [n for n in narrowed if self._fully_named(naming, n)]
        if exact and len({self._index.family(n) for n in exact}) == 1:
            narrowed = exact
        families = {self._index.family(n) for n in narrowed}
        category = self._category(narrowed)
        singled = len(families) == 1 or (naming.telling and len(families) <= _MOST_FAMILIES)
        if singled:
            return Link(tuple(narrowed), category, round(confidence * (1.0 if len(families) == 1 else 0.7), 3))
        return Link((), category, round(confidence * 0.9, 3))

    def _narrow(self, naming: Naming, top: list[int], confidence: float) -> tuple[list[int], float]:
        entries, parents = self._index.entries, self._index.lexicon.parents
        for color in naming.colors:
            same = [n for n in top if color in entries[n].colors]
            same = same or [n for n in top if any(color in parents.get(c, ()) for c in entries[n].colors)]
            confidence *= 1.0 if same or not any(entries[n].colors for n in top) else 0.8
            top = same or top
        if naming.gender:
            same = [n for n in top if entries[n].gender == naming.gender]
            same = same or [n for n in top if entries[n].gender in {None, "unisex"}]
            confidence *= 1.0 if same else 0.7
            top = same or top
        for size in naming.sizes:
            fitting = [n for n in top if (made := entries[n].sizes) is None or made.holds(size) is not False]
            top = fitting or top
        return top, confidence

    def _fully_named(self, naming: Naming, number: int) -> bool:
        asked = {term for group in naming.groups for term, _ in group}
        return all(term in asked for term in self._index.family(number)[1])

    def _category(self, numbers: list[int]) -> str | None:
        counted = Counter(self._index.entries[n].product.subcategory for n in numbers)
        counted.pop(None, None)
        return min(counted, key=lambda name: (-counted[name], name or "")) if counted else None

    def fits(self, naming: Naming, number: int) -> bool:
        """Say whether a product answers to every word of the naming."""
        entry = self._index.entries[number]
        return all(any(_has(entry, term) for term, _ in group) for group in naming.groups)

    def product_ids(self, link: Link) -> tuple[ProductId, ...]:
        """Answer the ids of a link's products."""
        return tuple(ProductId(self._index.entries[n].product.product_id) for n in link.numbers)


def _has(entry: Entry, term: str) -> bool:
    return term in entry.name or term in entry.subcategory or term in entry.brand
