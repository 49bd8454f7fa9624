"""Where a product is named: runs of words that the catalogue knows, cut into one run a product."""

from dataclasses import dataclass, field
from itertools import pairwise

from etl.mentions.lexicon import load_lexicon
from etl.mentions.note_words import NoteWord
from etl.mentions.words import stem

_LINKS = frozenset({"-", "/"})
_LONGEST = 14
"""No naming has more words."""
_SIZE_WORDS = frozenset({"size", "sz"})
_WITH = frozenset({"with", "w/"})
_COLORED = frozenset({"colored", "coloured", "color", "colour"})
_ARTICLES = frozenset({"a", "an", "the"})
_UNIT_SIGNS = frozenset({'"', "''", "'", "\u2033", "-"})
_ONES = frozenset({"one", "ones", "version", "model"})
_ONES_OF_IT = frozenset({"one", "ones", "pair", "pairs", "set", "again", "model", "version"})
_AGAIN = frozenset({"another", "new", "same", "second", "spare", "replacement", "identical", "fresh"})
_ALONE = frozenset({"another", "same"})
_AFTER_A_PRONOUN = frozenset({"in", "for", "please", "pls", "as", "and", "&", "next", "today"})
_OF_TIME = frozenset(
    "min mins minutes hr hrs hour hours day days week weeks wk wks month months mth mths year years yr yrs % km"  # noqa: SIM905
    " \u00a3 \u20ac people ppl euros bucks quid".split()
)
_LONE_LETTERS = frozenset("wmsl")


@dataclass(slots=True)
class Span:
    """The words of one naming: `first` to `last` (inclusive) in the note's words."""

    first: int
    last: int
    words: list[NoteWord] = field(default_factory=list)
    pronoun: bool = False  # it names nothing and stands for what was named before: "another pair", "the big one"


def find_spans(words: list[NoteWord]) -> list[Span]:
    """Answer every run that names a product or only tells one apart ("the plum"), in order."""
    spans: list[Span] = []
    i = 0
    while i < len(words):
        reading = words[i].reading
        if (reading.speaks or reading.number) and _starts(words, i):
            last = _run_end(words, i)
            spans.extend(_cut(words, i, last))
            i = last + 1
            continue
        end = _pronoun_end(words, i)
        if end is not None:
            spans.append(Span(i, end, words[i : end + 1], pronoun=True))
            i = end
        i += 1
    return spans


def _pronoun_end(words: list[NoteWord], i: int) -> int | None:
    """Answer where "another pair", "same again", "the big one" ends that begins here; None where none does."""
    norm = words[i].norm
    following = words[i + 1].norm if i + 1 < len(words) else ""
    if not (norm in _AGAIN or following in _ONES):
        return None
    if norm in _AGAIN:
        if following in _ONES_OF_IT:
            return i + 1
        alone = i + 1 == len(words) or words[i + 1].sign or following in _AFTER_A_PRONOUN
        return i if norm in _ALONE and alone else None
    return i + 1 if i and not words[i].sign and not words[i].reading.function else None


def _starts(words: list[NoteWord], i: int) -> bool:
    word = words[i]
    if word.reading.number:
        return bool(word.reading.terms) or _measures(words, i)
    if word.norm == "black" and i + 1 < len(words) and words[i + 1].norm == "friday":
        return False
    return word.reading.speaks and (len(word.norm) > 1 or bool(word.reading.terms))


def _measures(words: list[NoteWord], i: int) -> bool:
    """Say whether a number and its unit stand before a product: "5 qt dutch oven"."""
    j = i + 1
    while j < len(words) and (words[j].reading.unit or words[j].norm in _UNIT_SIGNS):
        j += 1
    return j > i + 1 and j < len(words) and words[j].reading.speaks


def _run_end(words: list[NoteWord], first: int) -> int:
    last, i = first, first + 1
    while i < min(len(words), first + _LONGEST):
        word = words[i]
        if word.reading.speaks:
            if word.norm in _LONE_LETTERS and not _closes(words, i):
                break
            last = i
        elif i == last + 1 and _extends(words, i):
            last = i
        elif not _links(words, first, last, i):
            break
        i += 1
    return last


def _extends(words: list[NoteWord], i: int) -> bool:
    """Say whether a number or a unit belongs to the word before it: "ridgeline 110", "12 in", "size 8"."""
    word, before = words[i], words[i - 1]
    if word.norm == "in" and i + 1 < len(words) and words[i + 1].reading.color:
        return False  # "5.5 in ink" is no length
    if word.reading.number:
        counted = i + 1 < len(words) and words[i + 1].norm in _OF_TIME  # "looked at knives 20 min"
        return before.norm not in _LINKS and not counted
    return before.reading.number and (word.reading.unit or (word.norm in _UNIT_SIGNS and word.start == before.end))


def _closes(words: list[NoteWord], i: int) -> bool:
    """Say whether a lone letter ends its phrase: the M of "navy M, wants", not the w of "boots w bag"."""
    following = words[i + 1] if i + 1 < len(words) else None
    return following is None or following.sign or following.reading.number or words[i].reading.size is not None


def _links(words: list[NoteWord], first: int, last: int, i: int) -> bool:
    """Say whether the word only joins what stands before and after it: "in" plum, "with a" platform, blk"/"wht."""
    word = words[i]
    j = i + 1
    if word.norm in _ARTICLES and i == last + 2 and words[i - 1].norm in _WITH:
        return j < len(words) and words[j].reading.speaks and not words[j].reading.kind
    if i != last + 1 or j >= len(words):
        return False
    following, anchored = words[j], any(w.reading.terms for w in words[first:i])
    if word.norm in _LINKS or word.norm in _COLORED:
        return _ties(words[i - 1], word, following, anchored=anchored)
    if word.norm == "in":
        return anchored and bool(following.reading.color or following.reading.size)
    if word.norm in _SIZE_WORDS:
        return anchored and bool(following.reading.number or following.reading.size)
    skipped = words[j + 1] if following.norm in _ARTICLES and j + 1 < len(words) else following
    return (
        word.norm in _WITH
        and anchored
        and skipped.reading.speaks
        and not skipped.reading.kind
        and bool(skipped.reading.terms)
    )


def _ties(before: NoteWord, word: NoteWord, following: NoteWord, *, anchored: bool) -> bool:
    """Say whether a sign or "coloured" ties its neighbours together: blk/wht, rust coloured jacket, Tarn -5."""
    if word.norm in _COLORED:
        return bool(before.reading.color) and following.reading.speaks
    if word.start > before.end:
        return word.norm == "-" and anchored and following.reading.number and following.start == word.end
    return following.reading.speaks and following.start == word.end


def _cut(words: list[NoteWord], first: int, last: int) -> list[Span]:
    heads = [i for i in range(first, last + 1) if words[i].reading.kind]
    spans, start = [], first
    for here, following in pairwise(heads):
        named_through = words[here + 1].norm in load_lexicon().function_words  # "light up sneakers"
        compound = (following == here + 1 or named_through) and stem(words[here].norm) == words[here].norm
        if not compound:
            spans.append(Span(start, here, words[start : here + 1]))
            start = here + 1
            while start < last and (words[start].sign or words[start].norm in _LINKS):
                start += 1
    spans.append(Span(start, last, words[start : last + 1]))
    return spans
