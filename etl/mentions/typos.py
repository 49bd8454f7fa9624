"""Typing errors by symmetric deletes: one edit (a letter too many, too few, wrong, or two swapped) is mended."""

from collections.abc import Iterable

from rapidfuzz.distance import OSA

SHORTEST = 4
"""Shorter words have too many neighbours to be mended."""


def _deletes(word: str) -> set[str]:
    return {word[:i] + word[i + 1 :] for i in range(len(word))}


class TypoIndex:
    """Known words, found again from a written word that is one edit away."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_key: dict[str, list[str]] = {}
        for word in sorted(set(words)):
            if len(word) >= SHORTEST and word.isalpha():
                for key in (word, *sorted(_deletes(word))):
                    self._by_key.setdefault(key, []).append(word)

    def neighbours(self, written: str) -> tuple[str, ...]:
        """Answer the known words one edit away, those with the same first letter first."""
        if not SHORTEST <= len(written) + 1 <= 40:  # noqa: PLR2004 - no product word is longer
            return ()
        found = {
            word
            for key in (written, *_deletes(written))
            for word in self._by_key.get(key, ())
            if OSA.distance(written, word, score_cutoff=1) == 1
        }
        return tuple(sorted(found, key=lambda word: (word[0] != written[0], word)))
