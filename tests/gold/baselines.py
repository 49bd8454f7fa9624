"""What a shop would try first, over the same catalogues: exact names and generated aliases, as spaCy components."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise

import spacy
from spacy.matcher import PhraseMatcher
from spacy.util import filter_spans

from backend.domain.ids import ProductId
from backend.domain.mentions import Intent, Mention, NoteReading
from backend.domain.products import CatalogProduct
from tests.gold.notes import GoldNote, GoldSet
from tests.gold.score import Tally, tally

Names = Callable[[CatalogProduct], Iterable[str]]


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


def phrase_reader(catalog: Iterable[CatalogProduct], names: Names) -> Callable[[GoldNote], NoteReading]:
    """Answer a reader by spaCy's PhraseMatcher; every mention is wanted, and the first product is the answer."""
    nlp = spacy.blank("en")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    meant: dict[str, list[ProductId]] = defaultdict(list)
    for product in catalog:
        for form in names(product):
            meant[form.lower()].append(product.product_id)
    matcher.add("product", list(nlp.pipe(meant)))

    def read(note: GoldNote) -> NoteReading:
        doc = nlp(note.text)
        found = filter_spans([doc[start:end] for _, start, end in matcher(doc)])
        return NoteReading(
            tuple(
                Mention(s.start_char, s.end_char, s.text, tuple(meant[s.text.lower()]), None, Intent.WANTS, 1.0)
                for s in found
            ),
            None,
            "baseline",
        )

    return read


def score_baseline(sets: Iterable[GoldSet], names: Names) -> list[Tally]:
    """Count a baseline over every set."""
    return [
        tally(note, read(note)) for gold in sets for read in [phrase_reader(gold.catalog, names)] for note in gold.notes
    ]
