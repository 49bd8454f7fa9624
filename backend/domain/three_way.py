"""Three-way merge of JSON objects, field by field: what only one side changed is taken, what both did is disputed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.domain.free_form import pointer_step


class _Missing:
    """Stands for a member that is not there: JSON's null is a value."""


_MISSING = _Missing()


@dataclass(frozen=True, slots=True)
class Merged:
    """What comes of a merge; `disputed` are JSON pointers to what both sides changed, each its own way."""

    value: dict[str, Any]
    disputed: tuple[str, ...]


def three_way_merge(
    base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any], *, prefer_mine: bool = False
) -> Merged:
    """Put what changed from base to mine on top of theirs; lists are values, taken or disputed whole.

    Where both changed a member, theirs stays (or mine, if asked) and the member is named as disputed.
    Where no member is disputed, the order of two merges makes no difference.
    """
    merge = _Merge(prefer_mine)
    value = merge.objects(base, mine, theirs, "")
    return Merged(value, tuple(merge.disputed))


class _Merge:
    def __init__(self, prefer_mine: bool) -> None:  # noqa: FBT001 - private
        self.disputed: list[str] = []
        self._prefer_mine = prefer_mine

    def objects(
        self, base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any], pointer: str
    ) -> dict[str, Any]:
        """Merge two objects; theirs gives the order of the members."""
        merged: dict[str, Any] = {}
        for key in (*theirs, *(key for key in mine if key not in theirs)):
            value = self._values(
                base.get(key, _MISSING),
                mine.get(key, _MISSING),
                theirs.get(key, _MISSING),
                pointer + pointer_step(key),
            )
            if value is not _MISSING:
                merged[key] = value
        return merged

    def _values(self, base: Any, mine: Any, theirs: Any, pointer: str) -> Any:
        if same_value(mine, base) or same_value(mine, theirs):
            return theirs
        if same_value(theirs, base):
            return mine
        if isinstance(mine, Mapping) and isinstance(theirs, Mapping):
            return self.objects(base if isinstance(base, Mapping) else {}, mine, theirs, pointer)
        self.disputed.append(pointer)
        return mine if self._prefer_mine else theirs


def same_value(one: Any, other: Any) -> bool:
    """Tell whether two JSON values say the same: 1 and 1.0 do, 1 and true don't."""
    if isinstance(one, Mapping):
        return (
            isinstance(other, Mapping)
            and one.keys() == other.keys()
            and all(same_value(value, other[key]) for key, value in one.items())
        )
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same_value, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)
