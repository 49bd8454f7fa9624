"""The catalogue compiled for reading: which word stands in which product, and which words name kinds."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from math import log
from sys import intern
from typing import NamedTuple

from backend.domain.products import CatalogProduct
from etl.mentions.lexicon import Lexicon
from etl.mentions.sizes import SizeRange, parse_size_range
from etl.mentions.words import normalize, stem

_WORD = re.compile(
    r"\d+(?:[.,/]\d+)*(?=(?:qt|in|oz|ft|gal|ml|cm|mm|lb|pk|pc|l|g|w)\b)|[^\W_]+(?:'[^\W\d_]+)?(?:[.]\d+)?"
)
_STOP = frozenset({"the", "a", "an", "and", "of", "for", "with", "in", "by", "to", "or", "on", "at", "&", "s"})
_PART = re.compile(r"[&,/+]|\band\b")
_PACKED = "pk"
"""What a pack is after a number: the unit."""
Terms = tuple[str, ...]


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
        self._terms_of: dict[str, Terms] = {}
        self._colors_of: dict[str | None, frozenset[str]] = {None: frozenset()}
        self._gender_of: dict[str | None, str | None] = {None: None}
        self._sizes_of: dict[str | None, SizeRange | None] = {None: None}
        self.postings: dict[str, list[int]] = defaultdict(list)
        self.leading: set[str] = set()
        self.by_subcategory: dict[str | None, list[int]] = defaultdict(list)
        self._first_of_name: dict[Terms, int] = {}
        self._more_of_name: dict[Terms, list[int]] = {}
        self._stem_of: dict[str, str] = {}
        self._phrase_starts = frozenset(phrase[0] for phrase in lexicon.phrases)
        self.entries: list[Entry] = []
        self.number_of: dict[str, int] = {}
        for product in sorted(products, key=lambda p: p.product_id):
            self._add(product)
        in_fields = {c for colors in self._colors_of.values() for c in colors}
        self.color_words = in_fields | {c for c in lexicon.plain_colors if c not in self.postings}
        self._modifiers = self.color_words | _GENDER_TERMS | lexicon.sizes.keys()
        self.kinds = self._find_kinds()
        self._heads: list[frozenset[str] | None] = [None] * len(self.entries)
        self._heads_after: dict[tuple[str | None, Terms], frozenset[str]] = {}
        self._heads_of: dict[str | None, tuple[frozenset[str], bool]] = {}
        self._weights: dict[str, float] = {}
        self.brand_words = frozenset(t for e in self.entries for t in e.brand)
        self.n_products = max(1, len(self.entries))
        self.name_words = {term for name in self._first_of_name for term in name}
        self.pairs = self._find_pairs()
        self.joined = self._find_joined()
        self._families: dict[int, tuple[str | None, Terms]] = {}

    def _add(self, product: CatalogProduct) -> None:
        number = len(self.entries)
        if product.product_id in self.number_of:
            return
        self.number_of[product.product_id] = number
        variant = self.entries and self.entries[-1].product.name == product.name
        name = self.entries[-1].name if variant else self.split(product.name)
        brand = self.terms(product.brand) if product.brand else ()
        subcategory = self.terms(product.subcategory) if product.subcategory else ()
        model = self.terms(product.model) if product.model else ()
        aliases = tuple([term for alias in product.aliases for term in self.terms(alias)]) if product.aliases else ()
        entry = Entry(
            product,
            name,
            brand,
            subcategory,
            (*model, *aliases),
            self._colors(product.color) or self._colors_in(name),
            self._gender(product.gender) or self._gender_in(name),
            self._sizes(product.size_range or product.size),
        )
        self.entries.append(entry)
        postings = self.postings
        for term in {*name, *brand, *subcategory, *entry.aliases}:
            postings[term].append(number)
        if self._first_of_name.setdefault(name, number) != number:
            self._more_of_name.setdefault(name, []).append(number)
        opening = name[len(brand) :] if brand and name[: len(brand)] == brand else name
        if opening:
            self.leading.add(opening[0])
        if entry.aliases:
            self.leading.update(entry.aliases)
        self.by_subcategory[product.subcategory].append(number)

    def named(self, name: Terms) -> list[int]:
        """Answer the products of this very name."""
        first = self._first_of_name.get(name)
        return [] if first is None else [first, *self._more_of_name.get(name, ())]

    def terms(self, text: str) -> Terms:
        """Split a catalogue field into stems, phrases that are one kind added as one term."""
        known = self._terms_of.get(text)
        if known is None:
            known = self._terms_of[text] = self.split(text)
        return known

    def split(self, text: str) -> Terms:
        """Split a text into stems, remembering its words but not itself."""
        known = self._stem_of
        written = _WORD.findall(normalize(text))
        try:
            words = [word for one in written if (word := known[one])]
        except KeyError:
            known.update((one, self._stem(one)) for one in written if one not in known)
            words = [word for one in written if (word := known[one])]
        if "pack" in words:
            words = [_PACKED if w == "pack" and i and words[i - 1][0].isdigit() else w for i, w in enumerate(words)]
        if self._phrase_starts.isdisjoint(words):
            return tuple(words)
        return tuple(words + self._phrases_in(words))

    def _stem(self, written: str) -> str:
        """Answer a word as the index knows it; nothing for one too small."""
        return "" if written in _STOP else intern(stem(self.lexicon.units.get(written, written)))

    def _phrases_in(self, words: list[str]) -> list[str]:
        phrases = self.lexicon.phrases
        return [
            intern("-".join(words[i : i + n]))
            for i, word in enumerate(words)
            if word in self._phrase_starts
            for n in (2, 3)
            if tuple(words[i : i + n]) in phrases
        ]

    def _colors(self, text: str | None) -> frozenset[str]:
        if text not in self._colors_of:
            known, terms = self.lexicon.colors, self.terms(text or "")
            colors = [known[t] for t in terms if t in known] or [t for t in terms if t not in _SHADINGS]
            self._colors_of[text] = frozenset(colors)
        return self._colors_of[text]

    def _colors_in(self, name: Terms) -> frozenset[str]:
        return frozenset(self.lexicon.colors[t] for t in name if t in self.lexicon.plain_colors)

    def _gender(self, text: str | None) -> str | None:
        if text not in self._gender_of:
            self._gender_of[text] = self.lexicon.genders.get(normalize(text or "").strip())
        return self._gender_of[text]

    def _gender_in(self, name: Terms) -> str | None:
        for term in name:
            if term in {"w", "woman"}:
                return "women"
            if term == "man" or (term == "m" and name[-1] == "m"):
                return "men"
            if term in {"kid", "child", "youth", "junior", "jr", "toddler"}:
                return "kids"
        return None

    def _sizes(self, text: str | None) -> SizeRange | None:
        if text not in self._sizes_of:
            self._sizes_of[text] = parse_size_range(text or "")
        return self._sizes_of[text]

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
        if not plain_after or name[0] in self.kinds or name[0] in self._subcategory_heads(text)[0]:
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
        pairs: set[tuple[str, str]] = set()
        for words in (*self._first_of_name, *{e.subcategory for e in self.entries}):
            pairs.update(pairwise(words))
        return pairs

    def _find_joined(self) -> dict[str, tuple[str, str]]:
        """Two words of a name written as one: `dutchoven`; small words alone never are."""
        small = self.lexicon.function_words
        words = {term for term in self.postings if term.isalpha()}
        joined: dict[str, tuple[str, str]] = {}
        for pair in self.pairs:
            a, b = pair
            if a in words and b in words and not (a in small and b in small):
                joined[a + b] = max(pair, joined.get(a + b, pair))
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

    def having(self, term: str, numbers: Sequence[int]) -> AbstractSet[int]:
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

    def having_any(self, terms: Iterable[tuple[str, float]], numbers: Sequence[int]) -> AbstractSet[int]:
        """Answer which of these products have one of the terms."""
        several = [self.having(term, numbers) for term, _ in terms]
        return several[0] if len(several) == 1 else set[int]().union(*several)

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
_SHADINGS = frozenset({"light", "dark", "wash", "matte", "bright", "deep", "two", "tone", "print"})
_ENDINGS = frozenset({"", "e", "er", "r", "ing", "y"})
_NO_KINDS = frozenset({"set", "piece", "pair", "size", "collection", "accessory", "gift", "care", "supply", "pro"})
_GENDER_TERMS = frozenset(
    {"w", "m", "woman", "man", "womens", "mens", "kid", "child", "youth", "junior", "jr", "unisex", "toddler", "lady"}
)
