"""The semantic model as an Apache Ossie document (core specification 0.2.0): for whoever reads models of other tools.

Expressions are those of PostgreSQL, where they are not ANSI SQL too; the moment of the query is CURRENT_TIMESTAMP.
Money, which the tables hold in cents, comes in the major unit.
"""

import json
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Date, Table, func
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import visitors

from backend.analytics.kinds import AS_OF, Cube, Dimension, Format, Measure, MemberType, title_of
from backend.analytics.lineage import joined_columns
from backend.analytics.product import read_product
from backend.analytics.semantic import MODEL

SPECIFICATION = "0.2.0.dev0"
_VENDOR = "FLOORBOOK"
_TYPES = {
    MemberType.STRING: "String",
    MemberType.NUMBER: "Decimal",
    MemberType.TIME: "DateTimeTz",
    MemberType.BOOLEAN: "Boolean",
}


def describe_as_ossie() -> dict[str, Any]:
    """Answer the whole model; the same model gives the same document."""
    product = read_product()
    cubes = list(MODEL.cubes.values())
    return {
        "version": SPECIFICATION,
        "semantic_model": [
            {
                "name": product.name,
                "description": product.description,
                "datasets": [_dataset(cube) for cube in cubes],
                "relationships": [told for cube in cubes for told in _relationships(cube)],
                "metrics": [_metric(cube, measure) for cube in cubes for measure in cube.measures],
                "custom_extensions": [_extension({"model_version": MODEL.version, "owner": product.owner})],
            }
        ],
    }


def _dataset(cube: Cube) -> dict[str, Any]:
    assert isinstance(cube.table, Table)
    return {
        "name": cube.name,
        "source": f"public.{cube.table.name}",
        "primary_key": [column.name for column in cube.table.primary_key.columns],
        "description": cube.description,
        "fields": [_field(dimension) for dimension in cube.dimensions],
        "custom_extensions": [_extension({"owner": cube.owner, "title": cube.title})],
    }


def _field(dimension: Dimension) -> dict[str, Any]:
    is_time = dimension.type is MemberType.TIME
    is_day = is_time and isinstance(dimension.expression.type, Date)
    return {
        "name": dimension.name,
        "expression": _expression(dimension.expression, dimension.format),
        "dimension": {"is_time": is_time},
        "label": title_of(dimension.name, dimension.title),
        "description": dimension.description,
        "datatype": "Date" if is_day else _TYPES[dimension.type],
    }


def _metric(cube: Cube, measure: Measure) -> dict[str, Any]:
    return {
        "name": f"{cube.name}_{measure.name}",
        "expression": _expression(measure.expression, measure.format),
        "description": measure.description,
        "datatype": "Integer" if measure.format is Format.COUNT else "Decimal",
        "custom_extensions": [_extension({"dataset": cube.name, "format": measure.format.value})],
    }


def _relationships(cube: Cube) -> list[dict[str, Any]]:
    return [
        {
            "name": f"{cube.name}_to_{join.cube}",
            "from": cube.name,
            "to": join.cube,
            "from_columns": [ours for ours, _ in pairs],
            "to_columns": [theirs for _, theirs in pairs],
        }
        for join in cube.joins
        if (pairs := joined_columns(cube, join))
    ]


def _expression(expression: ColumnElement[Any], read_as: Format) -> dict[str, Any]:
    sql = sql_text(expression)
    return {
        "dialects": [{"dialect": "ANSI_SQL", "expression": f"({sql}) * 0.01" if read_as is Format.CURRENCY else sql}]
    }


def sql_text(expression: ColumnElement[Any]) -> str:
    """Write an expression as SQL with its values in it."""

    def now(element: Any, **_: Any) -> Any:
        is_as_of = isinstance(element, BindParameter) and element.key == AS_OF.key
        return func.current_timestamp() if is_as_of else None

    told = visitors.replacement_traverse(expression, {}, now)
    compiled = told.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    return " ".join(str(compiled).split())


def _extension(data: dict[str, Any]) -> dict[str, str]:
    return {"vendor_name": _VENDOR, "data": json.dumps(data, sort_keys=True)}


__all__ = ["SPECIFICATION", "describe_as_ossie", "sql_text"]
