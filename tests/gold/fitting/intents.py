"""Learn what the words around a naming tell of the customer and the product."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from etl.mentions import NoteReader
from etl.mentions.intent_evidence import Surroundings
from etl.mentions.note_words import NoteWord
from etl.mentions.said_words import Vocabulary
from tests.gold.fitting.regression import fit, named
from tests.gold.notes import GoldMention, GoldNote, GoldSet

STRENGTH = 10.0
_NAMES = Vocabulary[str](lambda name: (name,))
_BEFORE_NAMINGS = frozenset(
    "a an the her his their my our your this that these those some any one of pair pairs pr prs another new old same"  # noqa: SIM905
    " both all each every couple two three four x 2 3 4 5 6".split()
)
_OF_CUES = ("cue", "own=", "listed", "lists", "praised")


@dataclass(frozen=True, slots=True)
class Example:
    """What stands around one naming, and the intent that a person read."""

    evidence: dict[str, float]
    intent: str


def examples_of(sets: Iterable[GoldSet], plain: Sequence[GoldNote]) -> Iterator[Example]:
    """Answer an example for every naming that was marked."""
    for gold in sets:
        reader = NoteReader.from_catalog(gold.catalog)
        for note in gold.notes:
            yield from _examples(reader, note, known=True)
    reader = NoteReader.from_catalog([])
    for note in plain:
        yield from _examples(reader, note, known=False)


def without_cues(example: Example) -> Example:
    """Leave out what the cues make of it: of the notes that they were made for they know too much."""
    kept = {name: weight for name, weight in example.evidence.items() if not name.startswith(_OF_CUES)}
    return replace(example, evidence=kept)


def fit_intents(examples: Sequence[Example]) -> dict[str, Any]:
    """Answer what `intents.json` holds."""
    intents = [e.intent for e in examples]
    names, model = fit([e.evidence for e in examples], intents, strength=STRENGTH, of_length_one=True)
    rows = {name: [round(float(w), 2) for w in model.coef_[:, i]] for i, name in enumerate(names)}
    return {
        "intents": [str(name) for name in model.classes_],
        "bias": [round(float(b), 3) for b in model.intercept_],
        "rows": dict(sorted(rows.items())),
    }


def _examples(reader: NoteReader, note: GoldNote, *, known: bool) -> Iterator[Example]:
    words = reader.words(note.text)
    marked: list[GoldMention] = []
    places: list[tuple[int, int]] = []
    for mention in sorted(note.mentions, key=lambda one: one.start):
        inside = [i for i, word in enumerate(words) if word.start < mention.end and mention.start < word.end]
        if inside and (not places or inside[0] > places[-1][1]):
            places.append((_naming_starts(words, inside), inside[-1]))
            marked.append(mention)
    around = Surroundings(words, places, _NAMES)
    for k, mention in enumerate(marked):
        names, weighed = around.evidence(k, kind=not mention.product_ids if known else None)
        strengths = {name: weight for found, weight in weighed for name in found}
        yield Example(named(names) | strengths, str(mention.intent))


def _naming_starts(words: Sequence[NoteWord], inside: Sequence[int]) -> int:
    """Answer where the reader would let the naming begin: people mark "her" and "a pair of" with it.

    What stands before it would else be no evidence in fitting and evidence in reading.
    """
    return next((i for i in inside if words[i].norm.replace("'", "") not in _BEFORE_NAMINGS), inside[-1])
