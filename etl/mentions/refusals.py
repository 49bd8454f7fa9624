"""When words of the catalogue name no product of it: another kind, a piece, a service, a comparison."""

from etl.mentions.intents import load_cues
from etl.mentions.lexicon import load_lexicon
from etl.mentions.naming import Naming
from etl.mentions.note_words import NoteWord
from etl.mentions.spans import Span
from etl.mentions.words import stem

_OWNERS = frozenset({"her", "his", "their", "my", "old", "new"})
_COMPARED = frozenset({"something", "anything", "nothing", "much", "even", "bit", "somewhat", "far", "too", "very"})
_WANTED = frozenset(
    {
        "a",
        "an",
        "new",
        "spare",
        "extra",
        "replacement",
        "wants",
        "want",
        "needs",
        "need",
        "bought",
        "for",
        "about",
        "some",
    }
)
_ORDINARY_RANK = 12_000


def refusal_of(words: list[NoteWord], span: Span, naming: Naming, *, named_before: bool) -> str | None:  # noqa: PLR0911 - one reason a line
    """Answer what speaks against a run's being a product of the catalogue, if anything does."""
    lexicon = load_lexicon()
    before = words[span.first - 1] if span.first else None
    after = words[span.last + 1] if span.last + 1 < len(words) else None
    last = span.words[-1]
    singular = stem(last.norm) == last.norm
    if before is not None and (before.reading.foreign or before.reading.purpose) and len(naming.groups) == 1:
        listed = before.norm.endswith("s") and before.reading.foreign and before.norm not in lexicon.brands
        return None if listed else "another kind"
    if after is not None and after.norm == ":" and not naming.telling:
        return "heading"
    if before is not None and before.norm in _COMPARED and len(naming.groups) == 1:
        return "comparison"
    if after is not None and not after.sign and last.reading.terms and singular and _renamed(after, naming):
        return "renamed"
    if after is not None and after.norm == "left" and not naming.groups:
        return "left"
    if len(span.words) == 1 and not naming.kinds and after is not None and _goes_on(before, last, after):
        return "goes on"
    lone = len(span.words) == 1 and not naming.telling
    if lone and singular and naming.kinds and after is not None and _qualifies(before, after):
        return "qualifies"
    if lone and singular and last.norm in lexicon.parts and (before is None or before.norm not in _WANTED):
        return "part of what was named" if named_before else "part"
    return None


def _goes_on(before: NoteWord | None, word: NoteWord, after: NoteWord) -> bool:
    """Say whether an English word of a product's name is just a word of the sentence: "painters start"."""
    reading = after.reading
    if before is not None and before.norm in _OWNERS:
        return False
    if word.reading.rank > _ORDINARY_RANK or word.reading.attribute or word.reading.number or word.reading.brand:
        return False
    quiet = after.sign or reading.function or reading.attribute or reading.number or reading.terms
    return not quiet and after.norm not in load_cues() and stem(after.norm) not in load_lexicon().parts


def _qualifies(before: NoteWord | None, after: NoteWord) -> bool:
    """Say whether a bare kind only describes the word that follows: "ski instructor"."""
    reading = after.reading
    if before is not None and (before.reading.function or before.reading.terms or before.reading.attribute):
        return False
    quiet = after.sign or reading.function or reading.attribute or reading.number or reading.terms
    return not quiet and after.norm not in load_cues() and stem(after.norm) not in load_lexicon().parts


def _renamed(after: NoteWord, naming: Naming) -> bool:
    """Say whether the next word makes another thing of it: "boot dryer", "boot fitting"."""
    lexicon = load_lexicon()
    term = stem(after.norm)
    if after.norm in lexicon.services:
        return bool(naming.kinds) or len(naming.groups) == 1
    if term in lexicon.parts:
        return False
    return after.reading.foreign
