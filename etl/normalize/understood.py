"""What became of one value: what was understood, and what is doubtful about it."""

from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Doubt(NamedTuple):
    """Why a value was understood only in part (`code` is stable, `detail` is for people)."""

    code: str
    detail: str


class Understood(NamedTuple, Generic[T]):
    """A value, or None where there is none; with a doubt where something was lost on the way."""

    value: T | None
    doubt: Doubt | None = None


UNKNOWN: Understood[Any] = Understood(None)
"""Nothing was said, and nothing is doubtful."""


def doubtful(code: str, detail: str, value: T | None = None) -> Understood[T]:
    """Answer a value (or none) with the reason why it should be looked at."""
    return Understood(value, Doubt(code, detail))
