"""Which of several products that fit a naming are meant: by colour, gender, size, and what was said beside it."""

from etl.mentions.catalog_index import CatalogIndex
from etl.mentions.naming import Naming

_COLOR_DOUBT, _GENDER_DOUBT = 0.8, 0.7
_SCALED = {"S": frozenset({"s", "small", "mini"}), "L": frozenset({"l", "large", "big"})}
_WORDED = {**_SCALED, "M": frozenset({"m", "medium"}), "XL": frozenset({"xl"})}
_MOST_SCALED = 24


class Narrower:
    """Narrows candidates of one catalogue. What no candidate has narrows nothing."""

    def __init__(self, index: CatalogIndex) -> None:
        self._index = index

    def narrow(self, naming: Naming, top: list[int], confidence: float = 1.0) -> tuple[list[int], float]:
        """Keep the products that the colour, gender, recipient, size and words beside allow, where any do."""
        for color in naming.colors:
            same = self._of_color(color, top)
            confidence *= 1.0 if same or not any(self._index.entries[n].colors for n in top) else _COLOR_DOUBT
            top = same or top
        if naming.gender:
            same = self._of_gender(naming.gender, top)
            confidence *= 1.0 if same else _GENDER_DOUBT
            top = same or top
        for term in naming.beside:
            top = [n for n in top if self._index.has(n, term)] or top
        for size in naming.sizes:
            top = self._of_size(size, top) or top
        if naming.recipient and not naming.gender and self._may_follow_recipient(naming, top):
            top = [n for n in top if self._index.entries[n].gender == naming.recipient] or top
        return top, confidence

    def of_colors(self, colors: tuple[str, ...], top: list[int]) -> list[int]:
        """Answer the products of one of these colours; none where no colour was said."""
        return sorted({n for color in colors for n in self._of_color(color, top)})

    def _of_color(self, color: str, top: list[int]) -> list[int]:
        entries, parents = self._index.entries, self._index.lexicon.parents
        same = [n for n in top if color in entries[n].colors]
        same = same or [n for n in top if color in entries[n].name]  # "Ink" of the colour Ink Blue
        return same or [n for n in top if any(color in parents.get(c, ()) for c in entries[n].colors)]

    def _of_gender(self, gender: str, top: list[int]) -> list[int]:
        entries = self._index.entries
        same = [n for n in top if entries[n].gender == gender]
        return same or [n for n in top if entries[n].gender in {None, "unisex"}]

    def named_by_size(self, sizes: tuple[str, ...], pool: list[int]) -> list[int]:
        """Answer the products whose names have one of these sizes: "Nomad Large"."""
        words = {word for size in sizes for word in _WORDED.get(size, ())}
        return [n for n in pool if not words.isdisjoint(self._index.entries[n].name)]

    def _of_size(self, size: str, top: list[int]) -> list[int]:
        """Keep what is made in a size; "small" and "large" goods are told apart by their names, or by their numbers."""
        entries = self._index.entries
        words = _WORDED.get(size) or {size.lower()}
        named = [n for n in top if not words.isdisjoint(entries[n].name)]
        if named and len(named) < len(top):
            return named
        if size in _SCALED and not any((made := entries[n].sizes) and made.letters for n in top):
            return self._of_scale(size, top)
        return [n for n in top if (made := entries[n].sizes) is None or made.holds(size) is not False]

    def _of_scale(self, size: str, top: list[int]) -> list[int]:
        entries = self._index.entries
        named = [n for n in top if not _SCALED[size].isdisjoint(entries[n].name)]
        if named or len(top) > _MOST_SCALED:
            return named
        numbers = {n: [float(t) for t in entries[n].name if t.replace(".", "", 1).isdigit()] for n in top}
        if not all(numbers.values()):
            return []
        wanted = (min if size == "S" else max)(max(found) for found in numbers.values())
        return [n for n in top if max(numbers[n]) == wanted]

    def _may_follow_recipient(self, naming: Naming, top: list[int]) -> bool:
        """Let a recipient choose between variants, and between adults' and children's goods, not between products."""
        if naming.telling or naming.recipient == "kids":
            return True
        return len({self._index.family(n) for n in top}) == 1
