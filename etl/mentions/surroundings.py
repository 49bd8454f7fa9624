"""What is said beside a naming: attributes after a comma, and whom it is for."""

from etl.mentions.lexicon import load_lexicon
from etl.mentions.note_words import NoteWord
from etl.mentions.spans import Span

_BETWEEN = frozenset(
    ", - in size sz a an : ( ) \u2013 the color colour or / w x x2 x3 x4".split()  # noqa: SIM905
)
_OPENERS = frozenset({",", "-", "in", "size", "sz", "(", ":", "\u2013"})
_FAR = 7
_RECIPIENT_REACH = 8
_SENTENCE = frozenset(".!?;\n")
_OBJECTS = frozenset({"her", "him", "his"})


def trailing_attributes(words: list[NoteWord], last: int, limit: int) -> tuple[list[NoteWord], int]:
    """Answer the colours and sizes that follow a naming ("…, red, size 8") and the place of the last of them."""
    found: list[NoteWord] = []
    reached = last
    for i in range(last + 1, min(limit, last + 1 + _FAR, len(words))):
        word = words[i]
        reading = word.reading
        if (reading.attribute or reading.number) and not word.sign:
            if reading.number and i + 1 < len(words) and words[i + 1].reading.attribute and not found:
                return found, reached  # "4 blush, 2 slate" counts
            found.append(word)
            reached = i
        elif (
            word.norm not in _BETWEEN
            or (i == last + 1 and word.norm not in _OPENERS)
            or (word.norm == "the" and words[i - 1].norm not in {"in", "("})
        ):
            break
    return found, reached


SCALES = dict.fromkeys(("small", "little", "smaller", "smallest"), "S") | dict.fromkeys(
    ("big", "bigger", "biggest", "large", "larger", "largest"), "L"
)
_AFTER_COMMA = frozenset({"the", "a", "an", "in"})
_CLOSING = frozenset({"one", "ones", "and", "+", "&", "for", "x1", "x2", "x3"})


def scale_of(words: list[NoteWord], span: Span) -> str | None:
    """Answer S or L where the word before a naming says that it is the small or the big one."""
    return SCALES.get(words[span.first - 1].norm) if span.first else None


def words_beside(words: list[NoteWord], last: int) -> list[NoteWord]:
    """Answer the words of names that tell one apart after a comma or "of": "tackle box, the small", "candle of fig"."""
    i = last + 1
    if i >= len(words) or words[i].norm not in {",", "of", "("}:
        return []
    i += 1
    while i < len(words) and words[i].norm in _AFTER_COMMA:
        i += 1
    found: list[NoteWord] = []
    while i < len(words) and len(found) < 3 and _tells_apart(words[i]):  # noqa: PLR2004 - a name has no more beside it
        found.append(words[i])
        i += 1
    closed = i >= len(words) or words[i].sign or words[i].norm in _CLOSING
    return found if closed else []


def _tells_apart(word: NoteWord) -> bool:
    reading = word.reading
    if word.norm in SCALES or reading.unit:
        return True
    return bool(reading.terms) and not reading.kind and not reading.telling and not reading.function


def recipient_of(words: list[NoteWord], span: Span, limit: int) -> str | None:
    """Answer for whom the naming is, where a word near it says so: women, men or kids."""
    genders = load_lexicon().genders
    owner = span.first - (2 if span.first > 1 and words[span.first - 1].norm in {"old", "new", "current"} else 1)
    if owner >= 0 and words[owner].norm in {"her", "his"}:
        return "women" if words[owner].norm == "her" else "men"
    for i in range(span.last + 1, min(limit, span.last + 1 + _RECIPIENT_REACH)):
        norm = words[i].norm
        if norm in _SENTENCE:
            break
        if norm in genders and len(norm) > 1 and (norm not in _OBJECTS or words[i - 1].norm == "for"):
            return _person(genders[norm])
    for i in range(span.first - 1, max(-1, span.first - 1 - _RECIPIENT_REACH), -1):
        norm = words[i].norm
        if norm in _SENTENCE:
            break
        if norm in genders and len(norm) > 1 and norm not in _OBJECTS:
            return _person(genders[norm])
    return None


def _person(gender: str) -> str | None:
    return gender if gender != "unisex" else None
