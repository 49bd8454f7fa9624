"""Rows by their key that are found by their group, too: the lines of an order, the mentions of a note."""

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")


class Grouped(dict[K, R], Generic[K, R]):
    """A dict whose values belong to groups. The index is made when it is first asked for, and kept from then on."""

    __slots__ = ("_group", "_members")

    def __init__(self, group: Callable[[R], Hashable], rows: dict[K, R] | None = None) -> None:
        super().__init__(rows or {})
        self._group = group
        self._members: dict[Hashable, dict[K, None]] | None = None

    def copy(self) -> "Grouped[K, R]":
        """Answer a dict of the same rows."""
        return Grouped(self._group, self)

    def of(self, group: Hashable) -> list[R]:
        """Answer the rows of a group, in the order in which they came."""
        if self._members is None:
            self._members = {}
            for key, row in self.items():
                self._members.setdefault(self._group(row), {})[key] = None
        return [self[key] for key in self._members.get(group, ())]

    def __setitem__(self, key: K, row: R) -> None:
        if self._members is not None:
            if key in self:
                self._leave(key)
            self._members.setdefault(self._group(row), {})[key] = None
        super().__setitem__(key, row)

    def __delitem__(self, key: K) -> None:
        if self._members is not None:
            self._leave(key)
        super().__delitem__(key)

    def _leave(self, key: K) -> None:
        members: Any = self._members
        del members[self._group(self[key])][key]
