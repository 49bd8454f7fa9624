"""Which product a name in words means, as in `products[]` and order lines: the notes' linker, then a check.

A note may name a thing loosely; a name in an order line means one product. So what the linker found is answered only
where nothing in the name speaks against it: another number, another kind, another material, a second product as good.
"""

import re
from collections.abc import Callable, Iterator

from rapidfuzz.distance import Levenshtein

from etl.mentions.catalog_fields import Terms
from etl.mentions.catalog_index import CatalogIndex
from etl.mentions.linker import Link, Linker
from etl.mentions.naming import Naming
from etl.mentions.words import normalize

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_GLUED = re.compile(r"(?<=[^\W\d_]{3})(?=\d{2})")
_CODE = re.compile(r"[a-z]\d{1,2}(?:\.\d+)?")
_WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?")
_LEAST_ALIKE = 0.8
_SHORTEST_MISSPELT = 5
_MOST_RELATIVES = 200
_MOST_WORDS = 40
_LONGEST = 400
"""Characters; what is longer is no name."""


class ProductNames:
    """Resolves names against one catalogue. Where it is not sure it answers nothing."""

    def __init__(self, index: CatalogIndex, linker: Linker, read: Callable[[str], Naming]) -> None:
        self._index, self._linker, self._read = index, linker, read

    def find(self, name: str) -> Link | None:
        """Answer the product, its variants beside it, or None where the name fits none or several."""
        if len(name) > _LONGEST:
            return None
        for spelling in _spellings(name, self._index):
            naming = self._read(spelling)
            link = self._linker.link(naming)
            if link is None or not link.numbers:
                continue
            words = self._words_asked(spelling)
            number = self._best_borne_out(link, words)
            if number is None or self._is_contradicted(spelling, words, number):
                continue
            same = self._index.variants(number) or [number]
            numbers, confidence = self._linker.narrower.narrow(naming, same, link.confidence)
            return Link(tuple(numbers), link.category, confidence)
        return None

    def _words_asked(self, name: str) -> list[str]:
        """Answer the words of a name that say what the thing is, without numbers, colours, sizes and whom it is for."""
        index, lexicon = self._index, self._index.lexicon
        return [
            term
            for term in index.split(name)[:_MOST_WORDS]
            if term.isalpha()
            and len(term) > 1
            and not index.is_modifier(term)
            and term not in lexicon.units
            and term not in lexicon.colors
            and term not in lexicon.genders
            and term not in lexicon.function_words
            and term not in index.brand_words
        ]

    def _best_borne_out(self, link: Link, words: list[str]) -> int | None:
        """Answer the product that bears out most words, of those linked and their like; None where two do equally."""
        linked = dict.fromkeys(link.numbers)
        for number in self._index.relatives(link.numbers[0])[:_MOST_RELATIVES]:
            linked.setdefault(number)
        open_words = {number: len(self._unexplained(words, number)) for number in linked}
        fewest = min(open_words[number] for number in link.numbers)
        best = list(link.numbers)
        if min(open_words.values()) < fewest:
            fewest = min(open_words.values())
            best = [number for number in linked if open_words[number] == fewest]
        else:
            best = [number for number in best if open_words[number] == fewest]
        return best[0] if len({self._index.family(number) for number in best}) == 1 else None

    def _terms(self, number: int) -> Terms:
        entry = self._index.entries[number]
        return (*entry.name, *entry.subcategory, *entry.aliases, *entry.brand)

    def _unexplained(self, words: list[str], number: int) -> list[str]:
        terms = self._terms(number)
        synonyms = self._index.lexicon.synonyms
        return [
            word
            for word in words
            if not any(_stands_for(word, term) or word in synonyms.get(term, ()) for term in terms)
        ]

    def _is_contradicted(self, name: str, words: list[str], number: int) -> bool:
        entry = self._index.entries[number]
        asked, had = _numbers(name), _numbers(entry.product.name)
        if asked - had and had - asked:
            return True
        unexplained = self._unexplained(words, number)
        if not unexplained:
            return False
        materials = self._index.lexicon.materials
        unsaid = [t for t in entry.name if t.isalpha() and not any(_stands_for(word, t) for word in words)]
        if not materials.isdisjoint(unexplained) and not materials.isdisjoint(unsaid):
            return True
        heads = self._index.heads(number)
        synonyms = self._index.lexicon.synonyms
        return not any(
            _stands_for(word, head) or word in synonyms.get(head, ())
            for word in words
            for head in (*heads, *entry.name[-1:])
        )


def _spellings(name: str, index: CatalogIndex) -> Iterator[str]:
    """Answer the name as written, with words run together set apart, and with words torn apart put together."""
    yield name
    apart = _GLUED.sub(" ", name)
    if apart != name:
        yield apart
    words = _WORD.findall(normalize(name))[:_MOST_WORDS]
    for i in range(len(words) - 1):
        joined = index.split(words[i] + words[i + 1])
        if len(joined) == 1 and joined[0] in index.postings and joined[0].isalpha():
            yield " ".join((*words[:i], words[i] + words[i + 1], *words[i + 2 :]))


def _numbers(name: str) -> set[str]:
    """Answer the numbers that tell products apart, models of a letter and a number among them."""
    text = normalize(name)
    codes = set(_CODE.findall(text)) if _CODE.search(text) else set()
    return codes | {n.removesuffix(".0") for n in _NUMBER.findall(text)}


def _stands_for(word: str, term: str) -> bool:
    """Say whether a written word may be a term of the catalogue: itself, its beginning, its consonants, or misspelt."""
    if word == term or (term.startswith(word) and len(word) > 1):
        return True
    if len(word) >= _SHORTEST_MISSPELT and Levenshtein.normalized_similarity(word, term) >= _LEAST_ALIKE:
        return True
    return word[0] == term[0] and word[-1] == term[-1] and not set(word) & set("aeiou") and _is_within(word, term)


def _is_within(word: str, term: str) -> bool:
    letters = iter(term)
    return all(letter in letters for letter in word)
