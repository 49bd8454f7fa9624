"""Free-form JSON, strictly: what is taken is read alike by every reader and can be stored by every store behind us.

orjson parses (it refuses NaN, invalid UTF-8 and lone surrogates); what it lets pass in silence is checked here:
duplicate keys, integers beyond 64 bits, NUL, keys that a document store reads as operators, depth. All in linear time.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from backend.domain.errors import Fault, InvalidInputError, MalformedJsonError

DEEPEST = 100
_MOST_FAULTS = 20
_INT64 = 2**63
_LONGEST_INT64 = len(str(-_INT64))

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # possessive: never tries a byte twice
_BRACKETS_ONLY = bytes(set(range(256)) - set(b"[]{}"))


@dataclass(frozen=True, slots=True)
class FreeForm:
    """A body as it was sent, and what it says."""

    raw: bytes
    payload: dict[str, Any]


class _Doubled(dict[str, Any]):
    """An object in which a key comes twice."""

    twice: str


def read_free_form(body: bytes) -> FreeForm:
    """Parse a JSON object; raises MalformedJsonError or InvalidInputError saying what, where and how to mend it."""
    return FreeForm(body, parse_object(body))


def parse_object(body: bytes) -> dict[str, Any]:
    """Answer the object that the body says; see `read_free_form`."""
    bare = _STRING.sub(b"", body)
    _refuse_depth(bare)
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedJsonError(
            f"Not JSON at line {error.lineno}, column {error.colno}: {error.msg}. "
            "Send one JSON object in UTF-8, without NaN, Infinity or half surrogates."
        ) from error
    if not isinstance(parsed, dict):
        raise InvalidInputError("A JSON object is wanted here.", faults=[Fault("", "Send {…}, not a bare value.")])
    survey = _Survey()
    survey.visit(parsed, "")
    if survey.n_members != bare.count(b":"):
        raise _doubled_keys(body)
    if survey.saw_huge_number:
        survey.faults.extend(_huge_integers(_parse_slowly(body), ""))
    if survey.faults:
        raise InvalidInputError(survey.faults[0].detail, faults=survey.faults[:_MOST_FAULTS])
    return parsed


def pointer_step(key: str | int) -> str:
    """Answer a key or an index as a step of a JSON pointer (RFC 6901)."""
    return "/" + str(key).replace("~", "~0").replace("/", "~1")


def _refuse_depth(bare: bytes) -> None:
    """Count brackets outside strings, before anything recurses."""
    brackets = bare.translate(None, _BRACKETS_ONLY)
    if len(brackets) <= DEEPEST:
        return
    depth = 0
    for bracket in brackets:
        if bracket in b"[{":
            depth += 1
            if depth > DEEPEST:
                detail = f"Nested deeper than {DEEPEST} levels. Flatten it, or send the inner part as text."
                raise InvalidInputError(detail, faults=[Fault("", detail)])
        else:
            depth -= 1


class _Survey:
    """One walk over the parsed value: counts the members of objects and collects what can't be stored."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.n_members = 0
        self.saw_huge_number = False

    def visit(self, value: Any, pointer: str) -> None:
        """Look at a value and all below it (at most DEEPEST levels)."""
        if isinstance(value, dict):
            self.n_members += len(value)
            for key, member in value.items():
                where = pointer + pointer_step(key)
                self._key(key, where)
                self.visit(member, where)
        elif isinstance(value, list):
            for index, element in enumerate(value):
                self.visit(element, f"{pointer}/{index}")
        elif isinstance(value, str):
            if "\0" in value:
                self._fault(pointer, "A text may not hold NUL (U+0000). Take it out.")
        elif isinstance(value, (int, float)):
            self._number(value, pointer)

    def _key(self, key: str, pointer: str) -> None:
        if key.startswith("$"):
            self._fault(pointer, f"The key {key!r} starts with $. Rename it.")
        if "." in key:
            self._fault(pointer, f"The key {key!r} holds a dot. Rename it, or nest an object.")
        if "\0" in key:
            self._fault(pointer, "A key may not hold NUL (U+0000). Take it out.")

    def _number(self, value: float, pointer: str) -> None:
        if isinstance(value, float):
            if not math.isfinite(value):
                self._fault(pointer, "The number is too large. Send it as text.")
            elif abs(value) >= _INT64:
                self.saw_huge_number = True  # 1e30 is fine, an integer of thirty digits is not: look at its spelling
        elif not -_INT64 <= value < _INT64:
            self._fault(pointer, "The integer does not fit into 64 bits. Send it as text.")

    def _fault(self, pointer: str, detail: str) -> None:
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(Fault(pointer, detail))


def _parse_slowly(body: bytes) -> Any:
    """Parse with the standard library, which can be asked about every object and every integer's spelling."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        whole = dict(pairs)
        if len(whole) == len(pairs):
            return whole
        seen: set[str] = set()
        doubled = _Doubled(whole)
        doubled.twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return doubled

    def integer(spelling: str) -> Any:
        fits = len(spelling) <= _LONGEST_INT64 and -_INT64 <= int(spelling) < _INT64
        return int(spelling) if fits else _Huge(spelling)

    return json.loads(body, object_pairs_hook=members, parse_int=integer)


class _Huge(str):
    """The spelling of an integer that does not fit into 64 bits."""

    __slots__ = ()


def _doubled_keys(body: bytes) -> MalformedJsonError:
    faults = [
        Fault(pointer, f"The key {key!r} comes twice in one object. Keep one of them.")
        for pointer, key in _find_doubled(_parse_slowly(body), "")
    ][:_MOST_FAULTS]
    return MalformedJsonError("A key comes twice in one object, and readers disagree on which counts.", faults=faults)


def _find_doubled(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, _Doubled):
        yield pointer + pointer_step(value.twice), value.twice
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _find_doubled(member, pointer + pointer_step(key))
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from _find_doubled(element, f"{pointer}/{index}")


def _huge_integers(value: Any, pointer: str) -> Iterator[Fault]:
    if isinstance(value, _Huge):
        yield Fault(pointer, "The integer does not fit into 64 bits. Send it as text.")
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _huge_integers(member, pointer + pointer_step(key))
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from _huge_integers(element, f"{pointer}/{index}")
