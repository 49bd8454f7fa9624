"""Where a product is named: runs of words that the catalogue knows, cut into one run a product."""

from dataclasses import dataclass, field

from etl.mentions.note_words import NoteWord

_LINKS = frozenset({"-", "/", "in", "size", "sz"})


@dataclass(slots=True)
class Span:
    """The words of one naming: `first` to `last` (inclusive) in the note's words."""

    first: int
    last: int
    words: list[NoteWord] = field(default_factory=list)


def find_spans(words: list[NoteWord]) -> list[Span]:
    """Answer every run that names a product or only tells one apart ("the plum"), in order."""
    spans: list[Span] = []
    i = 0
    while i < len(words):
        if _starts(words[i]):
            last = _run_end(words, i)
            spans.extend(_cut(words, i, last))
            i = last + 1
        else:
            i += 1
    return spans


def _speaks(word: NoteWord) -> bool:
    reading = word.reading
    return not word.sign and (bool(reading.terms) and not reading.function or reading.attribute)


def _starts(word: NoteWord) -> bool:
    return _speaks(word) and (len(word.norm) > 1 or bool(word.reading.terms))


_LONE_LETTERS = frozenset("wmsl")


def _run_end(words: list[NoteWord], first: int) -> int:
    last, i = first, first + 1
    while i < len(words):
        word = words[i]
        if _speaks(word):
            if word.norm in _LONE_LETTERS and not _closes(words, i):
                break
            last = i
        elif word.norm in _LINKS and i == last + 1 and i + 1 < len(words) and _may_link(words, first, i):
            pass
        elif word.reading.number and i == last + 1 and words[i - 1].norm in {"size", "sz"}:
            last = i
        elif word.reading.number and words[i - 1].norm not in _LINKS and i == last + 1:
            last = i
        elif word.reading.number and words[i - 1].norm in {"size", "sz"}:
            last = i
        else:
            break
        i += 1
    return last


def _closes(words: list[NoteWord], i: int) -> bool:
    """Say whether a lone letter ends its phrase: the M of "navy M, wants", not the w of "boots w bag"."""
    following = words[i + 1] if i + 1 < len(words) else None
    return following is None or following.sign or following.reading.number or words[i].reading.size is not None


def _may_link(words: list[NoteWord], first: int, i: int) -> bool:
    following, anchored = words[i + 1], any(w.reading.terms for w in words[first:i])
    if words[i].norm == "in":
        return anchored and bool(following.reading.color or following.reading.size)
    if words[i].norm in {"size", "sz"}:
        return anchored and bool(following.reading.number or following.reading.size)
    return _speaks(following) and words[i].start == words[i - 1].end and following.start == words[i].end


def _cut(words: list[NoteWord], first: int, last: int) -> list[Span]:
    heads = [i for i in range(first, last + 1) if words[i].reading.kind]
    spans, start = [], first
    for here, following in zip(heads, heads[1:], strict=False):
        compound = following == here + 1 and not words[here].norm.endswith("s")
        if not compound:
            spans.append(Span(start, here, words[start : here + 1]))
            start = here + 1
            while start < last and (words[start].sign or words[start].norm in _LINKS):
                start += 1
    spans.append(Span(start, last, words[start : last + 1]))
    return spans
