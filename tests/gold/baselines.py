"""What a shop would try first, over the same catalogues: exact names and generated aliases, by spaCy and by rapidfuzz."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import pairwise

import spacy
from rapidfuzz import fuzz, process
from spacy.matcher import PhraseMatcher
from spacy.pipeline import EntityRuler
from spacy.util import filter_spans

from backend.domain.ids import ProductId
from backend.domain.mentions import Intent, Mention, NoteReading
from backend.domain.products import CatalogProduct
from etl.mentions import NoteReader
from tests.gold.notes import GoldNote, GoldSet
from tests.gold.score import Tally, tally

Names = Callable[[CatalogProduct], Iterable[str]]
Reader = Callable[[str], NoteReading]
Build = Callable[[Iterable[CatalogProduct]], Reader]
_WORD = re.compile(r"[^\W_]+(?:['.][^\W_]+)*")
_SOME_DAY = date(2026, 11, 11)
_LONGEST_WINDOW = 4
_LEAST_RATIO = 88


def exact_names(product: CatalogProduct) -> Iterable[str]:
    """Answer the name as it stands."""
    return {product.name, product.name.split(" - ")[0], *product.aliases}


def generated_aliases(product: CatalogProduct) -> Iterable[str]:
    """Answer the names that a pattern generator would make: with and without maker, colour, plural; pairs of words; kinds."""
    name = product.name.split(" - ")[0]
    words = name.split()
    forms = {name, *product.aliases, " ".join(words[:2]), " ".join(words[-2:]), *(" ".join(p) for p in pairwise(words))}
    forms |= {words[0], words[-1]} if words else set()
    if product.subcategory:
        forms |= {product.subcategory, product.subcategory.split()[-1]}
    if product.color:
        forms |= {f"{product.color} {form}" for form in tuple(forms)}
    forms |= {f"{form}s" for form in tuple(forms)} | {form.removesuffix("s") for form in tuple(forms)}
    return {form for form in forms if len(form) > 2}


def phrase_reader(names: Names) -> Build:
    """Answer readers by spaCy's PhraseMatcher; every mention is wanted, and the first product is the answer."""

    def build(catalog: Iterable[CatalogProduct]) -> Reader:
        nlp = spacy.blank("en")
        matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
        meant = _meant(catalog, names)
        matcher.add("product", list(nlp.pipe(meant)))

        def read(text: str) -> NoteReading:
            doc = nlp(text)
            found = filter_spans([doc[start:end] for _, start, end in matcher(doc)])
            return _reading(text, [(s.start_char, s.end_char, s.text.lower()) for s in found], meant)

        return read

    return build


def entity_ruler_reader(catalog: Iterable[CatalogProduct]) -> Reader:
    """Answer a reader by spaCy's EntityRuler over generated aliases."""
    nlp = spacy.blank("en")
    meant = _meant(catalog, generated_aliases)
    ruler = EntityRuler(nlp, phrase_matcher_attr="LOWER")
    ruler.add_patterns([{"label": "PRODUCT", "pattern": form} for form in meant])

    def read(text: str) -> NoteReading:
        return _reading(
            text, [(e.start_char, e.end_char, e.text.lower()) for e in ruler(nlp.make_doc(text)).ents], meant
        )

    return read


def window_reader(catalog: Iterable[CatalogProduct]) -> Reader:
    """Answer a reader that compares each run of up to four words with every generated alias, by rapidfuzz."""
    meant = _meant(catalog, generated_aliases)
    forms = list(meant)

    def read(text: str) -> NoteReading:
        words = [match.span() for match in _WORD.finditer(text)]
        scored = []
        for i in range(len(words)):
            for j in range(i, min(i + _LONGEST_WINDOW, len(words))):
                start, end = words[i][0], words[j][1]
                best = process.extractOne(text[start:end].lower(), forms, scorer=fuzz.ratio, score_cutoff=_LEAST_RATIO)
                if best is not None:
                    scored.append((-(end - start) * best[1], start, end, best[0]))
        return _reading(text, _apart(scored), meant)

    return read


def floorbook_reader(catalog: Iterable[CatalogProduct]) -> Reader:
    """Answer the reader that the baselines are measured beside, on one day."""
    reader = NoteReader.from_catalog(catalog)

    def read(text: str) -> NoteReading:
        return reader.read(text, written_on=_SOME_DAY)

    return read


def score_baseline(sets: Iterable[GoldSet], build: Build) -> list[Tally]:
    """Count a baseline over every set."""
    return [_tally(note, read) for gold in sets for read in [build(gold.catalog)] for note in gold.notes]


def _tally(note: GoldNote, read: Reader) -> Tally:
    return tally(note, read(note.text))


def _meant(catalog: Iterable[CatalogProduct], names: Names) -> dict[str, list[ProductId]]:
    meant: dict[str, list[ProductId]] = defaultdict(list)
    for product in catalog:
        for form in sorted(names(product)):
            meant[form.lower()].append(product.product_id)
    return meant


def _apart(scored: Iterable[tuple[float, int, int, str]]) -> list[tuple[int, int, str]]:
    """Keep the best windows that do not overlap, in order of their place."""
    kept: list[tuple[int, int, str]] = []
    for _, start, end, form in sorted(scored):
        if all(end <= other[0] or start >= other[1] for other in kept):
            kept.append((start, end, form))
    return sorted(kept)


def _reading(text: str, found: Iterable[tuple[int, int, str]], meant: Mapping[str, list[ProductId]]) -> NoteReading:
    mentions = tuple(
        Mention(start, end, text[start:end], tuple(meant.get(form, ())), None, Intent.WANTS, 1.0)
        for start, end, form in found
    )
    return NoteReading(mentions, None, "baseline")


BUILDS: dict[str, Build] = {
    "PhraseMatcher, exact names": phrase_reader(exact_names),
    "PhraseMatcher, aliases": phrase_reader(generated_aliases),
    "EntityRuler, aliases": entity_ruler_reader,
    "rapidfuzz windows, aliases": window_reader,
}
"""The baselines by the names that the bench prints."""
