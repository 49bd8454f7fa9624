"""The words of a note, each with its place and its reading."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from etl.mentions.readings import WordReader, WordReading
from etl.mentions.words import stem


@dataclass(slots=True)
class NoteWord:
    """One word, or several that are one ("frying pan"); `text_of_note[start:end]` is its surface."""

    start: int
    end: int
    norm: str
    reading: WordReading
    sign: bool = False  # punctuation or a symbol


def words_of(surfaces: Sequence[str], reader: WordReader, phrases: frozenset[tuple[str, ...]]) -> list[NoteWord]:
    """Read each token of the note, white space left out (a line break stays, as the sign it is)."""
    words: list[NoteWord] = []
    start, written = 0, reader.written
    for surface in surfaces:
        if surface != " ":
            for first, last, norm, reading, sign in written(surface):
                words.append(NoteWord(start + first, start + last, norm, reading, sign))
        start += len(surface)
    return _named_in_full(_joined(words, reader, phrases), reader)


def _named_in_full(words: list[NoteWord], reader: WordReader) -> list[NoteWord]:
    """Take small words that stand so in a product's name as part of it: "no show", "pour over"."""
    for i in range(len(words) - 1, 0, -1):
        here, before = words[i], words[i - 1]
        if here.sign or before.sign or not (here.reading.function or before.reading.function):
            continue
        if reader.side_by_side(before.norm, here.norm) and _is_borne_out(words, i, reader):
            for word in (before, here):
                if word.reading.function:
                    word.reading = replace(word.reading, function=False, terms=reader.terms(word.norm))
    return words


def _is_borne_out(words: list[NoteWord], i: int, reader: WordReader) -> bool:
    """Say whether two small words are more than a turn of the sentence: a third word of the name stands beside them."""
    here, before = words[i], words[i - 1]
    if not (here.reading.function and before.reading.function):
        return True
    following = i + 1 < len(words) and reader.side_by_side(here.norm, words[i + 1].norm)
    return following or (i > 1 and reader.side_by_side(words[i - 2].norm, before.norm))


def _joined(words: list[NoteWord], reader: WordReader, phrases: frozenset[tuple[str, ...]]) -> list[NoteWord]:
    joined: list[NoteWord] = []
    openings = _openings(phrases)
    i = 0
    while i < len(words):
        word = words[i]
        taken = None
        if not word.sign:
            opens = stem(word.norm) in openings
            taken = (
                (_phrase_at(words, i, phrases) if opens else None)
                or _torn_at(words, i, reader)
                or _code_at(words, i, reader)
            )
        if taken:
            norm, after = taken
            reading = reader.read(norm)
            if reading.terms or reading.foreign:
                joined.append(NoteWord(word.start, words[after - 1].end, norm, reading))
                i = after
                continue
        joined.append(word if word.reading.settled else _mended(words, i, reader))
        i += 1
    return joined


@lru_cache(maxsize=4)
def _openings(phrases: frozenset[tuple[str, ...]]) -> frozenset[str]:
    return frozenset(phrase[0] for phrase in phrases)


def _mended(words: list[NoteWord], i: int, reader: WordReader) -> NoteWord:
    """Beside words of the catalogue even a word that English knows may be a typing error ("ski boats")."""
    word = words[i]
    beside = [words[j].reading for j in (i - 1, i + 1) if 0 <= j < len(words)]
    if any((r.terms and not r.function and not r.number) or r.color or r.gender for r in beside):
        mended = reader.mend(word.norm)
        if mended.terms:
            return NoteWord(word.start, word.end, word.norm, mended)
    return word


def _torn_at(words: list[NoteWord], i: int, reader: WordReader) -> tuple[str, int] | None:
    """One word of the catalogue written as two: "ridge line".

    Two small words never are ("call her on" names no Heron), two everyday words only beside more of the name.
    """
    if i + 1 >= len(words):
        return None
    j = i + 2 if words[i + 1].norm == "-" and i + 2 < len(words) else i + 1
    first, second = words[i], words[j]
    if second.sign or first.reading.number or second.reading.number or (first.reading.terms and second.reading.terms):
        return None
    if first.reading.function and second.reading.function:
        return None
    norm = first.norm + second.norm
    if not reader.knows(norm):
        return None
    hyphened = j > i + 1
    if reader.is_ordinary(first.norm) and reader.is_ordinary(second.norm) and not hyphened:
        beside = (*words[max(0, i - 1) : i], *words[j + 1 : j + 2])
        if not any(reader.side_by_side(norm, w.norm) or reader.side_by_side(w.norm, norm) for w in beside):
            return None
    return norm, j + 1


def _code_at(words: list[NoteWord], i: int, reader: WordReader) -> tuple[str, int] | None:
    """Put a model of letters and a number together that was written as two words: "BS 200"."""
    if i + 1 >= len(words) or not words[i + 1].reading.number:
        return None
    reading = words[i].reading
    norm = words[i].norm + words[i + 1].norm
    return (norm, i + 2) if not (reading.number or reading.function) and reader.knows(norm) else None


def _phrase_at(words: list[NoteWord], i: int, phrases: frozenset[tuple[str, ...]]) -> tuple[str, int] | None:
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
            longest = ("-".join(parts), j)
    return longest
