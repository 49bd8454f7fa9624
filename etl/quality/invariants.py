"""An invariant: what must hold, and how to see whether it does."""

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

from backend.warehouse.engine import Connection


class Violation(NamedTuple):
    """One place where an invariant does not hold."""

    where: str
    detail: str


class Invariant(ABC):
    """Something that holds in every snapshot of the warehouse, or somebody must be told."""

    name: ClassVar[str]
    promise: ClassVar[str]

    @abstractmethod
    def check(self, connection: Connection) -> list[Violation]:
        """Answer where it does not hold; nothing is changed."""
