"""Words that do the same work in a note: "copped" and "took home" take, "chafes" and "snapped" break.

What is learned of one word holds for the others of its class, so a verb that no note had before still tells something.
The classes are general knowledge of the language, written down in `data/word_classes.toml`.
"""

from functools import lru_cache

from etl.mentions.lexicon import read_table

BASE, PRESENT, PAST, GOING_ON = "base", "s", "past", "ing"
_VOWELS = "aeiou"
_HISSING = ("s", "x", "z", "ch", "sh")
_SHORT = 5
"""Verbs of so many letters double the last one after a lone vowel: "grab", "grabbed"; longer ones rarely do."""
_PERSONS = {"<who>": "customer", "<whos>": "customer", "<whom>": "them"}


@lru_cache(maxsize=1)
def load_classes() -> dict[str, tuple[str, ...]]:
    """Answer word → its classes; those of verbs carry the form: `take.past`."""
    table = read_table("word_classes.toml")
    found: dict[str, dict[str, None]] = {}
    for name, words in table["deeds"].items():
        for verb in words.split():
            for word, form in _forms(verb):
                found.setdefault(word, {})[f"{name}.{form}"] = None
    for name, words in table["others"].items():
        for word in words.split():
            found.setdefault(word, {})[name] = None
    for word, name in _PERSONS.items():
        found.setdefault(word, {})[name] = None
    return {word: tuple(names) for word, names in found.items()}


def classes_of(word: str) -> tuple[str, ...]:
    """Answer the classes of a word, verbs' both with their form and without."""
    named = load_classes().get(word, ())
    return tuple(dict.fromkeys([*named, *(name.split(".")[0] for name in named)]))


def deed_of(word: str) -> str:
    """Answer the class and form of a verb (its first, where it has several); nothing for any other word."""
    return next((name for name in load_classes().get(word, ()) if "." in name), "")


def _forms(verb: str) -> list[tuple[str, str]]:
    """Answer the forms of a verb; an irregular one has them written out."""
    if "/" in verb:
        base, present, *rest = verb.split("/")
        return [
            (base, BASE),
            (present, PRESENT if present.endswith("s") else PAST),
            *((word, GOING_ON if word.endswith(("ing", "in")) else PAST) for word in rest),
        ]
    if verb.endswith("e"):
        return [(verb, BASE), (f"{verb}s", PRESENT), (f"{verb}d", PAST), (f"{verb[:-1]}ing", GOING_ON)]
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return [(verb, BASE), (f"{verb[:-1]}ies", PRESENT), (f"{verb[:-1]}ied", PAST), (f"{verb}ing", GOING_ON)]
    present = f"{verb}es" if verb.endswith(_HISSING) else f"{verb}s"
    stretched = verb + verb[-1] if _doubles(verb) else verb
    return [(verb, BASE), (present, PRESENT), (f"{stretched}ed", PAST), (f"{stretched}ing", GOING_ON)]


def _doubles(verb: str) -> bool:
    return (
        2 < len(verb) < _SHORT  # noqa: PLR2004 - "go" has no forms of this kind
        and verb[-1] not in f"{_VOWELS}wxy"
        and verb[-2] in _VOWELS
        and verb[-3] not in _VOWELS
    )
