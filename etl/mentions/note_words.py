"""The words of a note, each with its place and its reading."""

from dataclasses import dataclass

from spacy.tokens import Doc

from etl.mentions.readings import NOTHING, WordReader, WordReading
from etl.mentions.words import normalize, stem


@dataclass(slots=True)
class NoteWord:
    """One word, or several that are one ("frying pan"); `text_of_note[start:end]` is its surface."""

    start: int
    end: int
    norm: str
    reading: WordReading
    sign: bool = False  # punctuation or a symbol


def words_of(doc: Doc, reader: WordReader, phrases: frozenset[tuple[str, ...]]) -> list[NoteWord]:
    """Read each token of the note, white space left out (a line break stays, as the sign it is)."""
    words: list[NoteWord] = []
    for token in doc:
        text, start = token.text, token.idx
        norm = normalize(text)
        if norm[:1].isalnum():
            words.append(NoteWord(start, start + len(text), norm, reader.read(norm)))
        elif not text.isspace() or "\n" in text:
            words.append(NoteWord(start, start + len(text), "\n" if text.isspace() else text, NOTHING, sign=True))
    return _joined(words, reader, phrases)


def _joined(words: list[NoteWord], reader: WordReader, phrases: frozenset[tuple[str, ...]]) -> list[NoteWord]:
    joined: list[NoteWord] = []
    i = 0
    while i < len(words):
        taken = _phrase_at(words, i, phrases)
        if taken:
            parts, after = taken
            norm = "-".join(parts)
            reading = reader.read(norm)
            if reading.terms or reading.foreign:
                joined.append(NoteWord(words[i].start, words[after - 1].end, norm, reading))
                i = after
                continue
        joined.append(words[i])
        i += 1
    return joined


def _phrase_at(
    words: list[NoteWord], i: int, phrases: frozenset[tuple[str, ...]]
) -> tuple[tuple[str, ...], int] | None:
    if words[i].sign:
        return None
    parts, j, longest = [stem(words[i].norm)], i + 1, None
    while j < len(words) and len(parts) < 3:  # noqa: PLR2004 - the longest phrase of the lexicon
        if words[j].norm == "-":
            j += 1
            continue
        if words[j].sign:
            break
        parts.append(stem(words[j].norm))
        j += 1
        if tuple(parts) in phrases:
            longest = (tuple(parts), j)
    return longest
