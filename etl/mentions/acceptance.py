"""Whether a run of words that fits the catalogue was meant as a product of it: "the platforms", or "nobody buys boots".

What speaks for and against is weighed by a logistic regression, fitted on hand-written notes (`training`); the
probability that it answers is the ground of a mention's confidence.
"""

from collections.abc import Sequence

from etl.mentions.lexicon import read_weights
from etl.mentions.linker import Link
from etl.mentions.naming import Naming
from etl.mentions.note_words import NoteWord
from etl.mentions.readings import EXACT, SYNONYM
from etl.mentions.spans import Span
from etl.mentions.weights import Weights

_START, _END = "<start>", "<end>"
_RANKS = (500, 2_500, 12_000, 30_000)
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mme", "mlle", "dr", "lady", "lord", "sir", "madame", "herr", "frau"})
_MOST_WORDS, _MOST_FAMILIES = 4, 4


class Acceptance:
    """Judges by the stored weights."""

    def __init__(self) -> None:
        stored = read_weights("acceptance.json")
        self._meant, self._right = Weights(stored["meant"]), Weights(stored["right"])
        self._threshold: float = stored["threshold"]

    def confidence(self, evidence: Sequence[str]) -> float | None:
        """Answer how likely the words mean just what they were linked to; None where they mean no product at all."""
        meant = self._meant.probability(evidence)
        return meant * self._right.probability(evidence) if meant >= self._threshold else None


def evidence_for(
    words: list[NoteWord],
    span: Span,
    naming: Naming,
    link: Link,
    *,
    refusal: str | None,
    again: str,
    leads: bool,
    capital: bool,
) -> list[str]:
    """Name all that speaks for or against: of the words themselves, of what they fit, of the words around.

    `again`: whether the note named the same before ("product", "kind" or nothing); `leads`: the words begin the name of
    a product; `capital`: they begin with a capital letter that begins no sentence.
    """
    before, before2 = _norm(words, span.first - 1), _norm(words, span.first - 2)
    after, after2 = _norm(words, span.last + 1), _norm(words, span.last + 2)
    lone = len(span.words) == 1
    kind = _kind(naming)
    sort = f"{'lone' if lone else 'several'}|{kind}|{'telling' if naming.telling else ''}"
    answer = "product" if link.numbers else "kind"
    numeric = all(group.number for group in naming.groups)
    rank = _rank(span)
    return [
        f"sort={sort}",
        f"refusal={refusal}",
        f"refusal={refusal}|{sort}",
        f"coverage={int(link.coverage * 5)}|{kind}",
        f"families={min(link.n_families, _MOST_FAMILIES)}|{kind}",
        f"answer={answer}|{'singling' if link.singling else ''}|{'exact' if link.exact else ''}",
        f"dropped={link.dropped}",
        f"pointed={link.pointed}",
        f"pointed={bool(link.pointed)}|{before}",
        f"pointed={bool(link.pointed)}|{after}",
        f"pointed={bool(link.pointed)}|{before2} {before}",
        f"numeric={numeric}|{link.pointed}",
        f"words={min(len(span.words), _MOST_WORDS)}",
        f"mended={any(w.reading.mended for w in span.words)}|{lone}",
        f"rank={rank}|{lone}|{kind}",
        f"attributes={bool(naming.colors)}|{bool(naming.gender)}|{bool(naming.groups)}",
        f"again={again}|{lone}|{answer}",
        f"before={before}",
        f"after={after}",
        f"before2={before2}",
        f"after2={after2}",
        f"before={_sort_of(words, span.first - 1)}|{lone}|{kind}",
        f"after={_sort_of(words, span.last + 1)}|{lone}|{kind}",
        f"around={_sort_of(words, span.first - 1)}|{_sort_of(words, span.last + 1)}",
        f"brand={all(group.brand for group in naming.groups) and bool(naming.groups)}",
        f"pronoun={' '.join(w.norm for w in span.words)}" if span.pronoun else "named",
        f"leads={leads}|{lone}|{kind}",
        f"capital={capital}|{kind}",
        f"capital={capital}|{leads}|{rank}",
        f"titled={before in _TITLES}",
        f"place={min(span.first, 3)}|{sort}",
        f"of={after} {after2}",
        f"to={before2} {before}",
        f"plural={span.words[-1].norm.endswith('s')}|{kind}|{lone}",
    ]


def _kind(naming: Naming) -> str:
    if not naming.kinds:
        return "none"
    weight = naming.kinds[-1].terms[0][1]
    return "exact" if weight >= EXACT else "synonym" if weight >= SYNONYM else "wider"


def _rank(span: Span) -> int:
    ranks = [w.reading.rank for w in span.words if w.reading.terms and not w.reading.number] or [0]
    return sum(max(ranks) > bound for bound in _RANKS)


def _norm(words: list[NoteWord], i: int) -> str:
    if i < 0:
        return _START
    return words[i].norm if i < len(words) else _END


def _sort_of(words: list[NoteWord], i: int) -> str:
    if i < 0 or i >= len(words):
        return "edge"
    word, reading = words[i], words[i].reading
    if word.sign:
        return "sign" if word.norm not in {"-", "/", ":"} else word.norm
    for name in ("function", "number", "foreign", "purpose", "attribute", "kind"):
        if getattr(reading, name):
            return name
    return "term" if reading.terms else "word"
