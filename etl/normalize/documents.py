"""Take a free-form document apart: the customer's own fields, its sections, and what no column stands for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from etl.normalize import fields
from etl.normalize.fields import token
from etl.normalize.objects import Doubtful, escape, keep, keep_unread
from etl.normalize.understood import Doubt

_SECTIONS = {
    **dict.fromkeys(fields.PRODUCTS, "products"),
    **dict.fromkeys(fields.ORDERS, "orders"),
    **dict.fromkeys(fields.TRANSACTIONS, "transactions"),
    **dict.fromkeys(fields.COMMENTS, "notes"),
}
_PEOPLE = frozenset({"", "customer", "profile", "contact", "person", "personal", "client"})
_AMONG_OTHERS = frozenset({"storeid", "associateid"})


class Part(NamedTuple):
    """One element of a section: where it stands, and the name under which it stood where the section was an object."""

    pointer: str
    value: Any
    name: str | None


class _Leaf(NamedTuple):
    depth: int
    pointer: str
    parent: str
    name: str
    value: Any


class _Claim(NamedTuple):
    order: tuple[int, int]
    pointer: str
    raw: Any
    value: Any


@dataclass(slots=True)
class DocumentParts:
    """A document, taken apart: `said` by column, `extra` by JSON pointer, sections in the order of the document."""

    said: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    pointers: dict[str, str] = field(default_factory=dict)
    doubts: list[Doubtful] = field(default_factory=list)
    sections: dict[str, list[Part]] = field(default_factory=dict)


def take_apart(payload: Mapping[str, Any]) -> DocumentParts:
    """Take a document apart. Of two fields for one column the one nearer to the root wins, then the better spelling."""
    parts = DocumentParts()
    claims: dict[str, _Claim] = {}
    for leaf in _leaves(payload, parts):
        found = _field_of(leaf)
        if found is None:
            keep(parts.extra, leaf.pointer, leaf.value)
            continue
        understood = found.convert(leaf.value)
        if understood.doubt is not None:
            parts.doubts.append(Doubtful(leaf.pointer, understood.doubt))
            keep(parts.extra, leaf.pointer, leaf.value)
        if understood.value is None:
            keep_unread(parts.extra, leaf.pointer, leaf.value)
            continue
        claim = _Claim((leaf.depth, found.rank), leaf.pointer, leaf.value, understood.value)
        held = claims.get(found.column)
        if held is None or claim.order < held.order:
            claims[found.column] = claim
            beaten = held
        else:
            beaten = claim
        if beaten is not None:
            keep(parts.extra, beaten.pointer, beaten.raw)
    for column, claim in claims.items():
        parts.said[column], parts.pointers[column] = claim.value, claim.pointer
    return parts


def _field_of(leaf: _Leaf) -> fields.Field | None:
    own = token(leaf.name)
    joined = fields.CUSTOMER.get(leaf.parent + own) if leaf.parent else None
    if leaf.parent in fields.OTHERS:
        return joined if leaf.parent + own in _AMONG_OTHERS else None
    found = fields.CUSTOMER.get(own)
    if joined is None and found is not None and found.column == "full_name" and leaf.parent not in _PEOPLE:
        return None  # the name of something within
    return joined or found


def _leaves(payload: Mapping[str, Any], parts: DocumentParts) -> Iterator[_Leaf]:
    """Walk the objects level by level; sections are put aside, lists that are no section are leaves."""
    level: list[tuple[int, str, str, Mapping[str, Any]]] = [(0, "", "", payload)]
    while level:
        deeper: list[tuple[int, str, str, Mapping[str, Any]]] = []
        for depth, at, parent, record in level:
            for name, value in record.items():
                pointer, own = f"{at}/{escape(name)}", token(name)
                section = _SECTIONS.get(own) if parent not in fields.OTHERS else None
                if section is not None and value is not None and value not in ("", [], {}):
                    parts.sections.setdefault(section, []).extend(_elements(section, pointer, value))
                elif isinstance(value, dict) and value:
                    deeper.append((depth + 1, pointer, own, value))
                elif isinstance(value, list) and value and own in fields.FIRST_OF:
                    for position, other in enumerate(value[1:], start=1):
                        keep(parts.extra, f"{pointer}/{position}", other)
                    if isinstance(value[0], dict):
                        deeper.append((depth + 1, f"{pointer}/0", fields.FIRST_OF[own], value[0]))
                    else:
                        yield _Leaf(depth, f"{pointer}/0", parent, name, value[0])
                else:
                    yield _Leaf(depth, pointer, parent, name, value)
        level = deeper


def _elements(section: str, pointer: str, value: Any) -> Iterator[Part]:
    """Answer the elements of a section, be it a list, one record, records by name, or a single text."""
    if isinstance(value, list):
        yield from (Part(f"{pointer}/{position}", element, None) for position, element in enumerate(value))
    elif isinstance(value, dict) and section != "notes" and all(isinstance(v, dict) for v in value.values()):
        yield from (Part(f"{pointer}/{escape(name)}", element, name) for name, element in value.items())
    else:
        yield Part(pointer, value, None)


def set_aside(parts: DocumentParts, part: Part, code: str, detail: str) -> None:
    """Keep an element that is not what its section holds."""
    keep(parts.extra, part.pointer, part.value)
    parts.doubts.append(Doubtful(part.pointer, Doubt(code, detail)))
