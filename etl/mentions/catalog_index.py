"""The catalogue compiled for reading: which word stands in which product, and which words name kinds."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from math import log
from operator import attrgetter
from typing import NamedTuple

from backend.domain.products import CatalogProduct
from etl.mentions.catalog_fields import FieldReader, Terms
from etl.mentions.lexicon import Lexicon
from etl.mentions.sizes import SizeRange
from etl.mentions.words import normalize

_PART = re.compile(r"[&,/+]|\band\b")


class Entry(NamedTuple):
    """One product as the index knows it; terms are stems. A tuple, because 100,000 of them must be made in no time."""

    product: CatalogProduct
    name: Terms
    brand: Terms
    subcategory: Terms
    aliases: Terms
    colors: frozenset[str]
    gender: str | None
    sizes: SizeRange | None


class CatalogIndex:
    """Postings from terms to products, in the order of product ids, whatever the order they came in."""

    def __init__(self, products: Iterable[CatalogProduct], lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._fields = FieldReader(lexicon)
        self.postings: dict[str, list[int]] = defaultdict(list)
        self.leading: set[str] = set()
        self.by_subcategory: dict[str | None, list[int]] = defaultdict(list)
        self._first_of_name: dict[Terms, int] = {}
        self._more_of_name: dict[Terms, list[int]] = {}
        self.entries: list[Entry] = []
        self.number_of: dict[str, int] = {}
        for product in sorted(products, key=attrgetter("product_id")):
            self._add(product)
        self.color_words = self._fields.forget_shelves() | {c for c in lexicon.plain_colors if c not in self.postings}
        self._modifiers = self.color_words | _GENDER_TERMS | lexicon.sizes.keys()
        self.kinds = self._find_kinds()
        self._heads: list[frozenset[str] | None] = [None] * len(self.entries)
        self._heads_after: dict[tuple[str | None, Terms], frozenset[str]] = {}
        self._heads_of: dict[str | None, tuple[frozenset[str], bool]] = {}
        self._weights: dict[str, float] = {}
        self.brand_words = frozenset(chain.from_iterable({e.brand for e in self.entries}))
        self.n_products = max(1, len(self.entries))
        self.name_words = set(chain.from_iterable(self._first_of_name))
        self.pairs = self._find_pairs()
        self.joined = self._find_joined()
        self._families: dict[int, tuple[str | None, Terms]] = {}

    def _add(self, product: CatalogProduct) -> None:
        number = len(self.entries)
        if product.product_id in self.number_of:
            return
        self.number_of[product.product_id] = number
        fields, last = self._fields, self.entries[-1] if number else None
        name = last.name if last is not None and last.product.name == product.name else fields.split(product.name)
        brand, subcategory, colors, gender, sizes = fields.shelved(product)
        aliases = fields.other_names(product) if product.model or product.aliases else ()
        colors = colors or fields.colors_in(name)
        gender = gender or fields.gender_in(name)
        self.entries.append(Entry(product, name, brand, subcategory, aliases, colors, gender, sizes))
        postings = self.postings
        for term in {*name, *brand, *subcategory, *aliases}:
            postings[term].append(number)
        if self._first_of_name.setdefault(name, number) != number:
            self._more_of_name.setdefault(name, []).append(number)
        branded = brand and name[:1] == brand[:1] and name[: len(brand)] == brand
        self.leading.update(name[len(brand) : len(brand) + 1] if branded else name[:1])
        if aliases:
            self.leading.update(aliases)
        self.by_subcategory[product.subcategory].append(number)

    def named(self, name: Terms) -> list[int]:
        """Answer the products of this very name."""
        first = self._first_of_name.get(name)
        return [] if first is None else [first, *self._more_of_name.get(name, ())]

    def terms(self, text: str) -> Terms:
        """Split a catalogue field into stems, phrases that are one kind added as one term; remembered."""
        return self._fields.terms(text)

    def split(self, text: str) -> Terms:
        """Split a text into stems, remembering its words but not itself."""
        return self._fields.split(text)

    def is_modifier(self, term: str) -> bool:
        """Say whether the term tells variants apart (colour, gender, size) and not products."""
        return term in self._modifiers

    def _find_kinds(self) -> frozenset[str]:
        """Read the type nouns off the subcategories and the last words of names."""
        kinds: set[str] = set()
        for text in {e.product.subcategory for e in self.entries if e.product.subcategory}:
            for part in _PART.split(normalize(text)):
                terms = self.terms(part)
                words = [t for t in terms if "-" not in t]
                kinds.update(t for t in terms if "-" in t)
                kinds.update(words[-1:])
        kinds |= self.lexicon.nouns & self.postings.keys()
        last: Counter[str] = Counter()
        units = self.lexicon.units
        self._plain = says = {
            t: "-" not in t and not t[0].isdigit() and not self.is_modifier(t) and t not in units and t not in _NO_KINDS
            for t in self.postings
        }
        for name in self._first_of_name:
            for term in reversed(name):
                if says[term]:
                    last[term] += 1
                    break
        english = self.lexicon.ranks
        kinds.update(term for term, count in last.items() if count >= 3 and term in english)  # noqa: PLR2004
        return frozenset(
            k for k in kinds if k not in _NO_KINDS and (k not in self.color_words or k in self.lexicon.nouns)
        )

    def heads(self, number: int) -> frozenset[str]:
        """Answer what a product is: the nouns that its subcategory and its name end in.

        Of a subcategory of several kinds ("Gloves & Mittens") only the one that the name says counts, if it says one.
        """
        known = self._heads[number]
        if known is None:
            known = self._heads[number] = self._heads_by_ending(self.entries[number])
        return known

    def heads_of(self, numbers: Sequence[int]) -> list[frozenset[str]]:
        """Answer the heads of several products, in their order."""
        known, heads = self._heads, self.heads
        return [known[n] or heads(n) for n in numbers]

    def _heads_by_ending(self, entry: Entry) -> frozenset[str]:
        """Remember them by the name without its first word, mostly a model's, where that says nothing of the kind."""
        name, text = entry.name, entry.product.subcategory
        plain_after = len(name) > 1 and self._plain.get(name[-1], False)
        heads = self._heads_of.get(text) or self._subcategory_heads(text)
        if not plain_after or name[0] in self.kinds or name[0] in heads[0]:
            return self._find_heads(entry)
        key = (text, name[1:])
        known = self._heads_after.get(key)
        if known is None:
            known = self._heads_after[key] = self._find_heads(entry)
        return known

    def _find_heads(self, entry: Entry) -> frozenset[str]:
        own = [t for t in entry.name if t in self.kinds]
        plain = [t for t in entry.name if self._plain.get(t)]
        ends = set(own[-1:])
        if any("-" in t for t in own):
            ends |= {t for t in own if t.endswith(f"-{own[-1]}") or own[-1].endswith(f"-{t}")}
            ends.add(own[-1].rsplit("-", 1)[-1])
        heads, several = self._subcategory_heads(entry.product.subcategory)
        if several and not heads.isdisjoint(entry.name):
            heads = heads.intersection(entry.name)
        return frozenset(ends.union(heads, plain[-1:]))

    def _subcategory_heads(self, text: str | None) -> tuple[frozenset[str], bool]:
        """Answer the nouns that a subcategory ends in, and whether it is one of several kinds."""
        known = self._heads_of.get(text)
        if known is None:
            parts = [self.terms(part) for part in _PART.split(normalize(text or ""))]
            plain = [[t for t in part if "-" not in t] for part in parts]
            heads = frozenset(part[-1] for part in (*parts, *plain) if part)
            known = self._heads_of[text] = heads, len(parts) > 1
        return known

    def _find_pairs(self) -> set[tuple[str, str]]:
        """Answer every two words that stand side by side in a name or a subcategory."""
        several = chain(self._first_of_name, {e.subcategory for e in self.entries})
        return set(chain.from_iterable(map(pairwise, several)))

    def _find_joined(self) -> dict[str, tuple[str, str]]:
        """Two words of a name written as one: `dutchoven`; small words alone never are."""
        small = self.lexicon.function_words
        words = {term for term in self.postings if term.isalpha()}
        joined: dict[str, tuple[str, str]] = {}
        for pair in self.pairs:
            a, b = pair
            if a in words and b in words and not (a in small and b in small):
                before = joined.setdefault(a + b, pair)
                if before < pair:
                    joined[a + b] = pair
        return joined

    def family(self, number: int) -> tuple[str | None, Terms]:
        """Answer what all variants of one product share: maker and name without colour, gender and size."""
        known = self._families.get(number)
        if known is None:
            entry = self.entries[number]
            own = self.terms(entry.product.color or "")
            modifiers = self._modifiers
            name = tuple(sorted([t for t in entry.name if t not in modifiers and t not in own]))
            known = self._families[number] = (entry.product.brand, name or entry.name)
        return known

    def has(self, number: int, term: str) -> bool:
        """Say whether a term stands in a product's name, maker, subcategory or aliases."""
        entry = self.entries[number]
        return term in entry.name or term in entry.subcategory or term in entry.brand or term in entry.aliases

    def having(self, term: str, numbers: Sequence[int]) -> set[int]:
        """Answer which of these products have a term: looked up by term or by product, whichever is less."""
        having = self.postings.get(term, ())
        if len(having) <= _LOOKS_OF_ONE * len(numbers):
            return set(numbers).intersection(having)
        entries = self.entries
        return {
            n
            for n in numbers
            if term in (one := entries[n]).name or term in one.subcategory or term in one.brand or term in one.aliases
        }

    def having_any(self, terms: Iterable[tuple[str, float]], numbers: Sequence[int]) -> set[int]:
        """Answer which of these products have one of the terms."""
        several = [self.having(term, numbers) for term, _ in terms]
        return several[0].union(*several[1:]) if len(several) > 1 else several[0]

    def relatives(self, number: int) -> list[int]:
        """Answer the products that share the rarest word of one product's family name, itself included."""
        terms = [t for t in self.family(number)[1] if t in self.postings]
        return min((self.postings[t] for t in terms), key=len, default=[number])

    def variants(self, number: int) -> list[int]:
        """Answer the products of one product's line, itself included."""
        family = self.family(number)
        return [n for n in self.relatives(number) if self.family(n) == family]

    def is_rare(self, term: str) -> bool:
        """Say whether hardly any product has the term."""
        return term in self.name_words and len(self.postings.get(term, ())) <= max(6, self.n_products // 1000)

    def kinds_beginning_with(self, word: str) -> list[str]:
        """Answer the kind that a shortened word begins ("crew" of crewneck), where it is one only."""
        found = [k for k in self.kinds if k.startswith(word) and k[len(word) :] not in _ENDINGS]
        return found if len(found) == 1 else []

    def weight(self, term: str) -> float:
        """Answer how telling a term is: the logarithm of its rarity in this catalogue."""
        known = self._weights.get(term)
        if known is None:
            known = log(1 + self.n_products / max(1, len(self.postings.get(term, ())))) + 0.1
            self._weights[term] = known
        return known


_LOOKS_OF_ONE = 8
"""So many numbers are looked at in a list while one product is asked for a term."""
_ENDINGS = frozenset({"", "e", "er", "r", "ing", "y"})
_NO_KINDS = frozenset({"set", "piece", "pair", "size", "collection", "accessory", "gift", "care", "supply", "pro"})
_GENDER_TERMS = frozenset(
    {"w", "m", "woman", "man", "womens", "mens", "kid", "child", "youth", "junior", "jr", "unisex", "toddler", "lady"}
)
