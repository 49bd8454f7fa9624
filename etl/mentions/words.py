"""How a written word becomes the word that the index knows: case, accents, possessives and plurals taken away."""

import unicodedata
from functools import lru_cache

_IRREGULAR = {
    "knives": "knife",
    "scarves": "scarf",
    "shelves": "shelf",
    "loaves": "loaf",
    "women": "woman",
    "men": "man",
    "children": "child",
    "people": "person",
    "feet": "foot",
    "mice": "mouse",
    "dishes": "dish",
    "shoes": "shoe",
    "clothes": "clothes",
    "glasses": "glass",
    "sunglasses": "sunglass",
    "vases": "vase",
    "cases": "case",
    "axes": "axe",
    "bases": "base",
    "hoodies": "hoodie",
    "booties": "bootie",
    "beanies": "beanie",
    "wellies": "welly",
    "cookies": "cookie",
    "undies": "undies",
    "sunnies": "sunnies",
    "ties": "tie",
    "series": "series",
    "gas": "gas",
    "bus": "bus",
    "canvas": "canvas",
    "atlas": "atlas",
    "christmas": "christmas",
    "xmas": "xmas",
    "this": "this",
    "his": "his",
    "is": "is",
    "was": "was",
    "has": "has",
    "as": "as",
    "us": "us",
    "yes": "yes",
    "adidas": "adidas",
    "asics": "asics",
    "levis": "levis",
}
_KEPT_ENDINGS = ("ss", "us", "is", "'s")
_SHORTEST_PLURAL = 4


def normalize(text: str) -> str:
    """Lower the case, take accents off, straighten apostrophes."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.replace("\u2019", "'").replace("\u2018", "'").lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:  # noqa: PLR0911 - one rule a line
    """Answer the singular of a normalised word: `boots` → `boot`, `women's` → `woman`, `110s` → `110`."""
    word = word.removesuffix("'s").replace("'", "")
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word[:1].isdigit():
        return word.removesuffix("s")
    if len(word) < _SHORTEST_PLURAL or not word.endswith("s"):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > _SHORTEST_PLURAL else word[:-1]
    if word.endswith(("ches", "shes", "sses", "xes", "zzes")):
        return word[:-2]
    if word.endswith(_KEPT_ENDINGS):
        return word
    return word[:-1]


@lru_cache(maxsize=1)
def irregular_plurals() -> dict[str, str]:
    """Answer the plurals that their singular is no part of: `knives` → `knife`."""
    return {plural: single for plural, single in _IRREGULAR.items() if single not in plural}
