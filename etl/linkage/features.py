"""What speaks for and against two records being one product, as numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import log

from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler, Levenshtein

from etl.linkage.corpus import Corpus, dot
from etl.linkage.records import Record

MISSING = -1.0
"""What stands for evidence that a source does not give; all other evidence but the price ratio is 0 or more."""
_NEAR = 0.88
_LEAST_INSIDE = 4


@dataclass(frozen=True)
class Profile:
    """A record with its words weighed."""

    record: Record
    name: dict[str, float]
    text: dict[str, float]
    grams: frozenset[str]


def profile(record: Record, corpus: Corpus) -> Profile:
    """Weigh the words of a record once, for all the pairs that it is in."""
    spaced = f" {record.name} "
    return Profile(
        record,
        corpus.vector(record.name_tokens),
        corpus.vector(record.tokens),
        frozenset(spaced[i : i + 3] for i in range(len(spaced) - 2)),
    )


def pair_features(left: Profile, right: Profile, corpus: Corpus) -> list[float]:
    """Answer the evidence of one pair; MISSING where a source does not say."""
    a, b = left.record, right.record
    return [
        dot(left.name, right.name),
        dot(left.text, right.text),
        dot(left.name, right.text),
        dot(left.text, right.name),
        _jaccard(left.grams, right.grams),
        *_ratios(a.name, b.name),
        fuzz.token_set_ratio(a.text, b.text) / 100,
        *_unmatched(a.name_tokens, b.name_tokens, b.tokens, b.joined, corpus),
        *_unmatched(b.name_tokens, a.name_tokens, a.tokens, a.joined, corpus),
        *_models(a, b),
        *_models(b, a),
        _best_model(a, b),
        *_sets(a.numbers, b.numbers),
        *_measures(a, b),
        *_prices(a.price, b.price),
        *_brands(a, b),
        *_brands(b, a),
        *_category(a, b),
        float(len(a.name_tokens)),
        float(len(b.name_tokens)),
        float(len(a.tokens)),
        float(len(b.tokens)),
        float(bool(a.name_tokens[:1] == b.name_tokens[:1])),
        _ends(a.name_tokens, b.name_tokens),
    ]


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one | other) or 1)


def _ratios(one: str, other: str) -> list[float]:
    return [
        fuzz.ratio(one, other) / 100,
        fuzz.partial_ratio(one, other) / 100,
        fuzz.token_sort_ratio(one, other) / 100,
        fuzz.token_set_ratio(one, other) / 100,
        JaroWinkler.similarity(one, other),
    ]


def _unmatched(
    own: tuple[str, ...], name: tuple[str, ...], text: tuple[str, ...], joined: str, corpus: Corpus
) -> list[float]:
    """Weigh the words of one name that the other record lacks: in its name, anywhere, and even misspelt."""
    words, in_name, in_text = sorted(set(own)), set(name), set(text)
    total = sum(corpus.weight(t) for t in words) or 1.0
    out_name = [corpus.weight(t) for t in words if t not in in_name]
    out_text = [
        corpus.weight(t) * (1 - _nearest(t, name))
        for t in words
        if t not in in_text and not (len(t) >= _LEAST_INSIDE and t in joined)
    ]
    return [
        1 - sum(out_name) / total,
        1 - sum(out_text) / total,
        sum(out_name),
        sum(out_text),
        max(out_name, default=0.0),
        max(out_text, default=0.0),
        float(len(out_text)),
    ]


def _nearest(token: str, others: Iterable[str]) -> float:
    best = max((_alike(token, other) for other in others), default=0.0)
    return best if best >= _NEAR else 0.0


@lru_cache(maxsize=500_000)
def _alike(one: str, other: str) -> float:
    if any(c.isdigit() for c in one + other):
        return float(one == other)
    return JaroWinkler.similarity(one, other)


def _models(a: Record, b: Record) -> list[float]:
    """Say whether the model numbers of one stand in the other, and how near the nearest comes."""
    if not a.models:
        return [MISSING, MISSING, MISSING, MISSING]
    inside = [m in b.joined for m in sorted(a.models)]
    nearest = max((Levenshtein.normalized_similarity(m, n) for m in a.models for n in b.models), default=0.0)
    return [
        float(any(inside)),
        sum(inside) / len(inside),
        nearest,
        float(max((len(m) for m in a.models if m in b.joined), default=0)),
    ]


def _best_model(a: Record, b: Record) -> float:
    """Answer how the longest model numbers of the two agree."""
    if not a.models or not b.models:
        return MISSING
    one, other = max(a.models, key=lambda m: (len(m), m)), max(b.models, key=lambda m: (len(m), m))
    if one in b.joined or other in a.joined:
        return 2.0
    return Levenshtein.normalized_similarity(one, other)


def _sets(one: frozenset[str], other: frozenset[str]) -> list[float]:
    if not one and not other:
        return [MISSING, 0.0, 0.0, 0.0]
    shared = one & other
    return [len(shared) / len(one | other), float(len(shared)), float(len(one - other)), float(len(other - one))]


def _measures(a: Record, b: Record) -> list[float]:
    units = {u for u, _ in a.measures} & {u for u, _ in b.measures}
    if not units:
        return [MISSING, 0.0]
    agree = sum(any((u, n) in b.measures for v, n in a.measures if v == u) for u in units)
    return [agree / len(units), float(len(units) - agree)]


def _prices(one: float | None, other: float | None) -> list[float]:
    known = float((one is not None) + (other is not None))
    if one is None or other is None:
        return [MISSING, MISSING, known]
    ratio = log(one / other)
    return [ratio, abs(ratio), known]


def _brands(a: Record, b: Record) -> list[float]:
    """Say whether the maker of one is the other's, or stands in its text."""
    if not a.brand:
        return [MISSING, MISSING]
    same = fuzz.token_set_ratio(a.brand, b.brand) / 100 if b.brand else MISSING
    return [same, float(a.brand.replace(" ", "") in b.joined or a.brand.split()[0] in b.tokens)]


def _category(a: Record, b: Record) -> list[float]:
    one, other = a.field(("category",)), b.field(("category",))
    return [fuzz.token_set_ratio(one, other) / 100 if one and other else MISSING]


def _ends(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Answer how many of the first words agree, word by word."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return float(count)
