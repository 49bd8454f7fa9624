"""What the words of one span ask for."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from etl.mentions.note_words import NoteWord

_SIZE_WORDS = frozenset({"size", "sz"})


class Group(NamedTuple):
    """One word of a naming: the terms that it may stand for, best first."""

    terms: tuple[tuple[str, float], ...]
    kind: bool
    number: bool
    telling: bool
    brand: bool


@dataclass(frozen=True, slots=True)
class Naming:
    """What the words of one span ask for."""

    groups: tuple[Group, ...]
    colors: tuple[str, ...] = ()
    gender: str | None = None
    sizes: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()  # words of names said after a comma: "tackle box, the small"
    recipient: str | None = None  # whom the sentence says it is for: women, men or kids

    @property
    def telling(self) -> bool:
        """Say whether a word singles out products by itself."""
        return any(group.telling for group in self.groups)

    @property
    def kinds(self) -> tuple[Group, ...]:
        """Answer the words that name a kind."""
        return tuple([group for group in self.groups if group.kind])

    def with_attributes(self, other: "Naming", recipient: str | None) -> "Naming":
        """Add what was said beside the naming ("…, red, size 8")."""
        if other == _NOTHING_BESIDE and recipient is None:
            return self
        return replace(
            self,
            groups=self.groups + tuple(group for group in other.groups if group.number),
            colors=self.colors + tuple(c for c in other.colors if c not in self.colors),
            gender=self.gender or other.gender,
            sizes=self.sizes + other.sizes,
            beside=other.beside,
            recipient=recipient,
        )


_NOTHING_BESIDE = Naming(())


def naming_of(words: list[NoteWord]) -> Naming:
    """Collect what a span's words ask for."""
    if not words:
        return _NOTHING_BESIDE
    groups: list[Group] = []
    sizes: list[str] = []
    colors: list[str] = []
    gender, before = None, ""
    for word in words:
        reading = word.reading
        if reading.color:
            colors.append(reading.color)
        gender = gender or reading.gender
        if reading.size:
            sizes.append(reading.size)
        elif reading.number and (not reading.terms or before in _SIZE_WORDS):
            sizes.append(word.norm.rstrip("s"))
        elif reading.terms and not reading.attribute and not word.sign:
            groups.append(Group(reading.terms, reading.kind, reading.number, reading.telling, reading.brand))
        before = word.norm
    return Naming(tuple(_one_kind(groups)), tuple(colors), gender, tuple(sizes))


def _one_kind(groups: list[Group]) -> list[Group]:
    """Leave of several kinds only the last: the "boot" of "boot bag" is no kind."""
    kinds = [i for i, group in enumerate(groups) if group.kind]
    for i in kinds[:-1]:
        groups[i] = groups[i]._replace(kind=False)
    return groups
