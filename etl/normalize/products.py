"""Which product is meant: by its identifier, its name, or, where the catalogue has neither, one not listed."""

import hashlib
import re
from typing import NamedTuple

from etl.normalize.state import NameReader, ResolvedName

UNLISTED = "unlisted:"
_NO_LETTER = re.compile(r"[\W_]+")
_MAX_SLUG = 60


class Resolved(NamedTuple):
    """The product meant. `confidence` is None where the catalogue does not have it."""

    product_id: str
    confidence: float | None


class RememberedNames:
    """Resolves each name once: in a batch of customers the same few hundred come again and again."""

    def __init__(self, reader: NameReader) -> None:
        self._reader = reader
        self._known: dict[str, ResolvedName | None] = {}

    def resolve_name(self, name: str) -> ResolvedName | None:
        """Answer what the reader answers."""
        if name not in self._known:
            self._known[name] = self._reader.resolve_name(name)
        return self._known[name]


def resolve(name: str, reader: NameReader) -> Resolved:
    """Answer the product that a name stands for."""
    found = reader.resolve_name(name)
    return Resolved(found.product_id, found.confidence) if found else Resolved(unlisted_id(name), None)


def unlisted_id(name: str) -> str:
    """Answer the identifier of a product that is known by its name alone."""
    slug = _NO_LETTER.sub("-", name.casefold()).strip("-")
    if slug and len(slug) <= _MAX_SLUG:
        return UNLISTED + slug
    return f"{UNLISTED}{slug[:_MAX_SLUG]}~{hashlib.sha256(name.encode()).hexdigest()[:12]}"
