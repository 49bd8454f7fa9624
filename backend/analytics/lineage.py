"""From the document to the measure, field by field: told by the expressions themselves, so never out of date."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Column, ColumnElement, Table
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.sql.selectable import AliasedReturnsRows

from backend.analytics.kinds import Cube, Join, Segment
from backend.analytics.product import read_product
from backend.analytics.semantic import MODEL

_SPELLINGS = Path(__file__).parent / "data" / "spellings.json"


@lru_cache(maxsize=1)
def spellings() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Answer, by table and column, the field names by which documents and files say it (without case, `_`, `-`)."""
    told: dict[str, dict[str, list[str]]] = json.loads(_SPELLINGS.read_text(encoding="utf-8"))
    return told


def columns_of(expression: ColumnElement[Any]) -> list[tuple[str, str]]:
    """Answer the tables and columns that an expression reads, in order of their names."""
    found: set[tuple[str, str]] = set()
    for element in visitors.iterate(expression):
        if isinstance(element, Column) and element.table is not None:
            table: Any = element.table
            while isinstance(table, AliasedReturnsRows):
                table = table.element
            if isinstance(table, Table):
                found.add((table.name, element.name))
    return sorted(found)


@lru_cache(maxsize=1)
def members_by_column() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Answer, by table and column, the members of the semantic model that read it."""
    found: dict[tuple[str, str], list[str]] = {}
    for cube in MODEL.cubes.values():
        for member in cube.members():
            expression = member.condition if isinstance(member, Segment) else member.expression
            for place in columns_of(expression):
                found.setdefault(place, []).append(f"{cube.name}.{member.name}")
    return {place: tuple(names) for place, names in found.items()}


def joined_columns(cube: Cube, join: Join) -> list[tuple[str, str]]:
    """Answer which columns of a cube's table stand for which of the joined one's; none where a rollup holds both."""
    if join.condition is None:
        return []
    goal = MODEL.cubes[join.cube].table
    ours, theirs = getattr(cube.table, "name", ""), getattr(goal, "name", "")
    pairs = []
    for element in visitors.iterate(join.condition):
        if isinstance(element, BinaryExpression):
            read = [*columns_of(element.left), *columns_of(element.right)]
            if {table for table, _ in read} == {ours, theirs} and len(read) == 2:  # noqa: PLR2004 - a column a side
                pairs.append((dict(read)[ours], dict(read)[theirs]))
    return pairs


def lineage_of(table: str, column: str) -> dict[str, Any]:
    """Answer where a column comes from and what is made of it: pointer and spellings, steps, members of the model."""
    product = read_product()
    names = spellings().get(table, {}).get(column, ())
    return {
        "from": [
            {"input": one.name, "pointer": one.pointers.get(table), "spellings": list(names)}
            for one in product.inputs
            if table in one.tables and names
        ],
        "made_by": [step.name for step in product.made_by(table)],
        "read_by": [step.name for step in product.read_by(table)],
        "members": list(members_by_column().get((table, column), ())),
    }
