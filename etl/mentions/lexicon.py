"""What every shop's language shares, read once from the tables in `data/`."""

import json
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from etl.mentions.words import stem


@dataclass(frozen=True, slots=True)
class Lexicon:
    """General retail knowledge. Every key is a stem; a phrase is its stems joined by hyphens."""

    colors: dict[str, str]  # word → canonical colour
    plain_colors: frozenset[str]  # words that are colours whatever the shop sells; others are where a product has them
    parents: dict[str, frozenset[str]]  # shade → the colours it answers for
    synonyms: dict[str, frozenset[str]]  # kind → the other words for it
    narrower: dict[str, frozenset[str]]  # kind → kinds that answer for it
    nouns: frozenset[str]  # heads of things that shops sell
    brands: frozenset[str]  # makers well known outside this catalogue
    purposes: frozenset[str]  # before a kind they make it another kind
    services: frozenset[str]  # after a kind they name no product
    parts: frozenset[str]  # pieces of a thing
    materials: frozenset[str]  # narrow a kind, name nothing alone
    genders: dict[str, str]
    name_genders: frozenset[str]
    sizes: dict[str, str]
    units: dict[str, str]
    phrases: frozenset[tuple[str, ...]]  # several words that are one kind
    function_words: frozenset[str]
    ranks: dict[str, int]  # English words by frequency, 0 the most frequent

    def rank(self, word: str) -> int:
        """Answer how common a word is in English; very rare or unknown words rank last."""
        return self.ranks.get(word, len(self.ranks))


def read_weights(name: str) -> dict[str, Any]:
    """Read what was fitted on hand-written notes."""
    found: dict[str, Any] = json.loads(files("etl.mentions").joinpath("data", name).read_text(encoding="utf-8"))
    return found


def read_table(name: str) -> dict[str, Any]:
    """Read one of the tables in `data/`."""
    return tomllib.loads(files("etl.mentions").joinpath("data", name).read_text(encoding="utf-8"))


def _term(word: str) -> str:
    return "-".join(stem(part) for part in word.split("-"))


def _spellings(table: dict[str, str]) -> dict[str, str]:
    found = {}
    for canonical, words in table.items():
        for word in words.split():
            found[word] = canonical
            found.setdefault(word.replace("'", ""), canonical)
    return found


def _spelled(table: dict[str, str]) -> set[str]:
    return {*table, *(word for words in table.values() for word in words.split())}


def _colors(table: dict[str, Any]) -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    colors = {canonical: canonical for canonical in table["spellings"]}
    for canonical, words in table["spellings"].items():
        colors |= dict.fromkeys(words.split(), canonical)
    parents: dict[str, set[str]] = {}
    for parent, shades in table["shades"].items():
        for shade in shades.split():
            colors.setdefault(shade, shade)
            parents.setdefault(colors[shade], set()).add(parent)
    for plain in table["plain"]["words"].split():
        colors.setdefault(plain, plain)
    return colors, {shade: frozenset(above) for shade, above in parents.items()}


def _synonyms(groups: list[str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for group in groups:
        members = {_term(word) for word in group.split()}
        for member in members:
            found.setdefault(member, set()).update(members - {member})
    return {member: frozenset(others) for member, others in found.items()}


def _ranks() -> dict[str, int]:
    lines = files("symspellpy").joinpath("frequency_dictionary_en_82_765.txt").read_text(encoding="utf-8-sig")
    return {line.split(" ", 1)[0]: rank for rank, line in enumerate(lines.splitlines())}


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """Read the tables; the same object each time."""
    kinds, people = read_table("kinds.toml"), read_table("people.toml")
    colors, parents = _colors(read_table("colors.toml"))
    synonyms = _synonyms(kinds["same"]["groups"])
    narrower = {stem(kind): frozenset(_term(w) for w in words.split()) for kind, words in kinds["wider"].items()}
    nouns = frozenset(_term(word) for word in kinds["nouns"]["words"].split())
    every_kind = nouns | set(synonyms) | {n for group in narrower.values() for n in group}
    return Lexicon(
        colors=colors,
        plain_colors=frozenset(_spelled(read_table("colors.toml")["spellings"]))
        - {"char", "natural", "nat", "copper", "silver", "cream"},
        parents=parents,
        synonyms=synonyms,
        narrower=narrower,
        nouns=frozenset(every_kind) | frozenset(narrower),
        brands=frozenset(kinds["brands"]["words"].split()),
        purposes=frozenset(kinds["purposes"]["words"].split()),
        services=frozenset(kinds["services"]["words"].split()),
        parts=frozenset(kinds["parts"]["words"].split()),
        materials=frozenset(stem(word) for word in kinds["materials"]["words"].split()),
        genders=_spellings(people["gender"]) | {"women": "women", "men": "men"},
        name_genders=frozenset(people["gender_in_name"]["words"].split()),
        sizes={word: size for size, words in people["sizes"].items() for word in words.split()},
        units={word: unit for unit, words in people["units"].items() for word in [unit, *words.split()]},
        phrases=frozenset(tuple(kind.split("-")) for kind in every_kind if "-" in kind),
        function_words=frozenset(read_table("function_words.toml")["words"].split()),
        ranks=_ranks(),
    )
