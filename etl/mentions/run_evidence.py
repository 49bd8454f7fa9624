"""What speaks for and against a run of words' being meant as a product, in parts that notes repeat.

Each part is a few plain values, and names the evidence that they are. Fitting learns the names; the reader looks the
names of a part up once and remembers what they weigh together, for most parts come again in the next note.
"""

from operator import attrgetter
from typing import NamedTuple

from etl.mentions.linker import Link
from etl.mentions.naming import Naming
from etl.mentions.note_words import NoteWord
from etl.mentions.readings import EXACT, SYNONYM
from etl.mentions.spans import Span

_START, _END, _EDGE = "<start>", "<end>", "edge"
_RANKS = (500, 2_500, 12_000, 30_000)
_TITLES = frozenset({"mr", "mrs", "ms", "miss", "mme", "mlle", "dr", "lady", "lord", "sir", "madame", "herr", "frau"})
_MOST_WORDS, _MOST_FAMILIES, _MOST_PLACES = 4, 4, 3
_IS_NUMBER, _IS_BRAND, _IS_MENDED = attrgetter("number"), attrgetter("brand"), attrgetter("reading.mended")


class Itself(NamedTuple):
    """The run itself: what its words say, what they fit, and what the note said before of the same."""

    lone: bool
    kind: str
    telling: bool
    refusal: str | None
    coverage: int
    families: int
    answer: str
    singling: bool
    exact: bool
    dropped: int
    pointed: str
    numeric: bool
    n_words: int
    mended: bool
    rank: int
    attributes: tuple[bool, bool, bool]  # whether it names a colour, a gender, a thing
    again: str
    brand: bool
    pronoun: str
    leads: bool
    capital: bool
    place: int
    plural: bool

    def names(self) -> list[str]:
        """Name it all."""
        lone, kind, answer = self.lone, self.kind, self.answer
        sort = f"{'lone' if lone else 'several'}|{kind}|{'telling' if self.telling else ''}"
        return [
            f"sort={sort}",
            f"refusal={self.refusal}",
            f"refusal={self.refusal}|{sort}",
            f"coverage={self.coverage}|{kind}",
            f"families={self.families}|{kind}",
            f"answer={answer}|{'singling' if self.singling else ''}|{'exact' if self.exact else ''}",
            f"dropped={self.dropped}",
            f"pointed={self.pointed}",
            f"numeric={self.numeric}|{self.pointed}",
            f"words={self.n_words}",
            f"mended={self.mended}|{lone}",
            f"rank={self.rank}|{lone}|{kind}",
            "attributes=" + "|".join(map(str, self.attributes)),
            f"again={self.again}|{lone}|{answer}",
            f"brand={self.brand}",
            f"pronoun={self.pronoun}" if self.pronoun else "named",
            f"leads={self.leads}|{lone}|{kind}",
            f"capital={self.capital}|{kind}",
            f"capital={self.capital}|{self.leads}|{self.rank}",
            f"place={self.place}|{sort}",
            f"plural={self.plural}|{kind}|{lone}",
        ]


class Before(NamedTuple):
    """The two words before a run."""

    word: str
    farther: str
    sort: str
    pointed: bool
    lone: bool
    kind: str

    def names(self) -> list[str]:
        """Name it all."""
        return [
            f"before={self.word}",
            f"before2={self.farther}",
            f"to={self.farther} {self.word}",
            f"before={self.sort}|{self.lone}|{self.kind}",
            f"pointed={self.pointed}|{self.word}",
            f"pointed={self.pointed}|{self.farther} {self.word}",
            f"titled={self.word in _TITLES}",
        ]


class After(NamedTuple):
    """The two words after a run."""

    word: str
    farther: str
    sort: str
    pointed: bool
    lone: bool
    kind: str

    def names(self) -> list[str]:
        """Name it all."""
        return [
            f"after={self.word}",
            f"after2={self.farther}",
            f"of={self.word} {self.farther}",
            f"after={self.sort}|{self.lone}|{self.kind}",
            f"pointed={self.pointed}|{self.word}",
        ]


class Around(NamedTuple):
    """The sorts of words on both sides of a run."""

    before: str
    after: str

    def names(self) -> list[str]:
        """Name it all."""
        return [f"around={self.before}|{self.after}"]


Part = Itself | Before | After | Around
Evidence = tuple[Itself, Before, After, Around]
"""What speaks for and against one run."""


def names_of(evidence: Evidence) -> list[str]:
    """Name all that speaks for or against."""
    return [name for part in evidence for name in part.names()]


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
) -> Evidence:
    """Answer all that speaks for or against: of the words themselves, of what they fit, of the words around.

    `again`: whether the note named the same before ("product", "kind" or nothing); `leads`: the words begin the name of
    a product; `capital`: they begin with a capital letter that begins no sentence.
    """
    first, last, own = span.first, span.last, span.words
    lone, kind, pointed = len(own) == 1, _kind(naming), bool(link.pointed)
    groups = naming.groups
    itself = Itself(
        lone=lone,
        kind=kind,
        telling=naming.telling,
        refusal=refusal,
        coverage=int(link.coverage * 5),
        families=min(link.n_families, _MOST_FAMILIES),
        answer="product" if link.numbers else "kind",
        singling=link.singling,
        exact=link.exact,
        dropped=link.dropped,
        pointed=link.pointed,
        numeric=all(map(_IS_NUMBER, groups)),
        n_words=min(len(own), _MOST_WORDS),
        mended=any(map(_IS_MENDED, own)),
        rank=_rank(own),
        attributes=(bool(naming.colors), bool(naming.gender), bool(groups)),
        again=again,
        brand=bool(groups) and all(map(_IS_BRAND, groups)),
        pronoun=" ".join([word.norm for word in own]) if span.pronoun else "",
        leads=leads,
        capital=capital,
        place=min(first, _MOST_PLACES),
        plural=own[-1].norm.endswith("s"),
    )
    before, after = _sort_of(words, first - 1), _sort_of(words, last + 1)
    return (
        itself,
        Before(_norm(words, first - 1), _norm(words, first - 2), before, pointed, lone, kind),
        After(_norm(words, last + 1), _norm(words, last + 2), after, pointed, lone, kind),
        Around(before, after),
    )


def _kind(naming: Naming) -> str:
    kinds = naming.kinds
    if not kinds:
        return "none"
    weight = kinds[-1].terms[0][1]
    return "exact" if weight >= EXACT else "synonym" if weight >= SYNONYM else "wider"


def _rank(own: list[NoteWord]) -> int:
    ranks = [word.reading.rank for word in own if word.reading.terms and not word.reading.number]
    rarest = max(ranks, default=0)
    return sum([rarest > bound for bound in _RANKS])


def _norm(words: list[NoteWord], i: int) -> str:
    if i < 0:
        return _START
    return words[i].norm if i < len(words) else _END


def _sort_of(words: list[NoteWord], i: int) -> str:
    if i < 0 or i >= len(words):
        return _EDGE
    word, reading = words[i], words[i].reading
    if word.sign:
        return "sign" if word.norm not in {"-", "/", ":"} else word.norm
    for name in ("function", "number", "foreign", "purpose", "attribute", "kind"):
        if getattr(reading, name):
            return name
    return "term" if reading.terms else "word"
