"""One typing error in every mention: a letter too many, too few, wrong, or two swapped, in its longest word."""

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from tests.gold.notes import GoldMention, GoldNote, GoldSet

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_WORD = re.compile(r"[A-Za-z]{4,}")


def spoil(word: str, chance: random.Random) -> str:
    """Answer the word with one error, never in its first letter."""
    i = chance.randrange(1, len(word) - 1)
    return chance.choice(
        [
            word[:i] + word[i + 1 :],
            word[:i] + chance.choice(_LETTERS) + word[i:],
            word[:i] + chance.choice(_LETTERS) + word[i + 1 :],
            word[:i] + word[i + 1] + word[i] + word[i + 2 :],
        ]
    )


def with_typos(sets: Sequence[GoldSet], seed: int = 3) -> list[GoldSet]:
    """Answer the same sets with one error in each mention that has a word of four letters or more."""
    chance = random.Random(seed)
    return [replace(gold, notes=[_spoil_note(note, chance) for note in gold.notes]) for gold in sets]


def _spoil_note(note: GoldNote, chance: random.Random) -> GoldNote:
    text, shift = note.text, 0
    mentions: list[GoldMention] = []
    for mention in note.mentions:
        start, end = mention.start + shift, mention.end + shift
        words = list(_WORD.finditer(text, start, end))
        if words:
            word = max(words, key=lambda match: len(match[0]))
            spoiled = spoil(word[0], chance)
            text = text[: word.start()] + spoiled + text[word.end() :]
            shift += len(spoiled) - len(word[0])
            end += len(spoiled) - len(word[0])
        mentions.append(replace(mention, start=start, end=end))
    return replace(note, text=text, mentions=tuple(mentions))
