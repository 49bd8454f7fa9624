"""A record of a product as a source wrote it, and what can be read off its text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from etl.mentions.words import normalize, stem

NAME_FIELDS = ("name", "title", "product_name")
BRAND_FIELDS = ("brand", "manufacturer", "maker", "vendor")
MODEL_FIELDS = ("modelno", "model", "mpn", "sku")
PRICE_FIELDS = ("price", "list_price")

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*[^\W\d_]*|[^\W_]+")
_RUN = re.compile(r"[^\W_]+(?:[-/.][^\W_]+)*")
_JOINT = re.compile(r"[\W_]+")
_AMOUNT = re.compile(r"\d+(?:\.\d+)?")
_MEASURE = re.compile(
    r"(\d+(?:\.\d+)?) ?-? ?(gb|mb|tb|inch|in|mm|cm|ft|oz|qt|lb|hz|ghz|mhz|mp|megapixel|user|pack|pk|w|x)\b"
)
_SHORTEST_MODEL = 4
_UNITS = {"inch": "in", "megapixel": "mp", "pk": "pack"}


@dataclass(frozen=True)
class Record:
    """A product by its named fields; a field that is empty is absent. Equal fields are equal records."""

    items: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> Self:
        """Keep the fields that say something, in one order, whatever the order they came in."""
        texts = {key: normalize(value or "").strip() for key, value in fields.items()}
        return cls(tuple(sorted((key, text) for key, text in texts.items() if text and text != "nan")))

    def field(self, names: tuple[str, ...]) -> str:
        """Answer the first of the fields named that says something."""
        fields = dict(self.items)
        return next((fields[name] for name in names if name in fields), "")

    @cached_property
    def name(self) -> str:
        """What the source calls it; where it has no name, all that it says."""
        return self.field(NAME_FIELDS) or " ".join(text for _, text in self.items)

    @cached_property
    def brand(self) -> str:
        """Its maker, as far as the source says."""
        return self.field(BRAND_FIELDS)

    @cached_property
    def text(self) -> str:
        """Answer all that it says in words, the name first."""
        rest = (text for key, text in self.items if key not in PRICE_FIELDS and key not in NAME_FIELDS)
        return " ".join((self.name, *rest))

    @cached_property
    def price(self) -> float | None:
        """Its price in units of its currency."""
        found = _AMOUNT.search(self.field(PRICE_FIELDS).replace(",", ""))
        return float(found[0]) if found and float(found[0]) > 0 else None

    @cached_property
    def name_tokens(self) -> tuple[str, ...]:
        """Answer the stems of the name in order."""
        return tokens_of(self.name)

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Answer the stems of all that it says in order."""
        return tokens_of(self.text)

    @cached_property
    def models(self) -> frozenset[str]:
        """Answer what looks like a model number in its name or in a field for it."""
        return frozenset(models_in(self.name)) | frozenset(
            m
            for m in (_JOINT.sub("", run) for run in self.field(MODEL_FIELDS).split())
            if len(m) >= _SHORTEST_MODEL - 1
        )

    @cached_property
    def joined(self) -> str:
        """All that it says run together, where a model number is found however it was broken up."""
        return _JOINT.sub("", self.text)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Answer the plain numbers of its name: versions, years, sizes."""
        return frozenset(t.rstrip("0").rstrip(".") if "." in t else t for t in self.name_tokens if _is_number(t))

    @cached_property
    def measures(self) -> frozenset[tuple[str, str]]:
        """Answer the numbers that stand before a unit, anywhere in the text: (gb, 4)."""
        return frozenset((_UNITS.get(unit, unit), number) for number, unit in _MEASURE.findall(self.text))


def tokens_of(text: str) -> tuple[str, ...]:
    """Split a normalised text into stems."""
    return tuple(stem(word) for word in _TOKEN.findall(text))


def models_in(text: str) -> set[str]:
    """Answer the runs of letters and digits mixed that look like model numbers, joints taken out."""
    found = set()
    for run in _RUN.findall(text):
        joined = _JOINT.sub("", run)
        digits = sum(c.isdigit() for c in joined)
        if len(joined) >= _SHORTEST_MODEL and digits and (digits < len(joined) or len(joined) > _SHORTEST_MODEL):
            found.add(joined)
    return found


def _is_number(token: str) -> bool:
    return token.replace(".", "", 1).isdigit()
