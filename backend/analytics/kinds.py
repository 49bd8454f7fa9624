"""What the semantic model is made of: dimensions, measures, joins and cubes, as data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, DateTime, FromClause, bindparam

AS_OF = bindparam("as_of", type_=DateTime(timezone=True))
"""The moment of the query: whatever depends on "now" (ages, trailing windows) is told from it."""


class MemberType(StrEnum):
    """The types of a dimension, as Cube names them."""

    STRING = "string"
    NUMBER = "number"
    TIME = "time"
    BOOLEAN = "boolean"


class Format(StrEnum):
    """How a value is to be read. Money comes as a decimal string in the currency's major unit."""

    PLAIN = "plain"
    CURRENCY = "currency"  # compiled from integer cents
    PERCENT = "percent"  # 0..100
    DECIMAL = "decimal"
    COUNT = "count"  # a JSON integer


class Mask(StrEnum):
    """Why a column is hidden from some roles."""

    CONTACT = "contact"  # names, phone, e-mail, street: not for analysts
    INCOME = "income"  # annual income: for analysts only


@dataclass(frozen=True, slots=True)
class RowMask:
    """A column that is hidden in some of its rows: for each reason, in which ones."""

    rows: Mapping[Mask, ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Dimension:
    """Something to group and filter by."""

    name: str
    expression: ColumnElement[Any]
    description: str
    type: MemberType = MemberType.STRING
    format: Format = Format.PLAIN
    mask: Mask | RowMask | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """An aggregate over the rows of one cube. `zero_when_empty`: no rows give 0; else no rows give NULL."""

    name: str
    expression: ColumnElement[Any]
    description: str
    format: Format = Format.COUNT
    aggregation: str = "number"
    zero_when_empty: bool = True
    as_of_window: bool = False
    """True: the measure brings its own window, ending at the moment of the query."""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A named filter."""

    name: str
    condition: ColumnElement[bool]
    description: str


@dataclass(frozen=True, slots=True)
class Join:
    """A join to exactly one row or none (N:1), so that no measure can be counted twice by it."""

    cube: str
    condition: ColumnElement[bool] | None
    """None: what is asked of that cube stands in the row itself (rollups only)."""


@dataclass(frozen=True, slots=True)
class Cube:
    """One table with what may be asked of it."""

    name: str
    table: FromClause
    title: str
    description: str
    dimensions: tuple[Dimension, ...] = ()
    measures: tuple[Measure, ...] = ()
    segments: tuple[Segment, ...] = ()
    joins: tuple[Join, ...] = ()
    store: ColumnElement[str] | None = None
    """The column that says whose row it is."""
    scope_through: str | None = None
    """The joined cube whose store says whose row it is. With neither, everybody may see the rows."""
    owner: str = "sales-analytics"
    _by_name: Mapping[str, Dimension | Measure | Segment] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        members = list(self.members())
        object.__setattr__(self, "_by_name", {member.name: member for member in members})
        if len(self._by_name) != len(members):
            raise ValueError(f"cube {self.name} declares a member twice")

    def members(self) -> Iterator[Dimension | Measure | Segment]:
        """Answer all that may be asked of the cube."""
        yield from self.dimensions
        yield from self.measures
        yield from self.segments

    def member(self, name: str) -> Dimension | Measure | Segment | None:
        """Answer the member of this name, if there is one."""
        return self._by_name.get(name)


def title_of(name: str, given: str = "") -> str:
    """Answer the title for people: the given one, or the name in words."""
    return given or name.replace("_", " ").capitalize()
