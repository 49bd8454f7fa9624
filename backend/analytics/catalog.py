"""The semantic model as Cube's `meta` describes one."""

from typing import Any

from backend.analytics.kinds import Cube, Dimension, Measure, title_of
from backend.analytics.scope import is_masked
from backend.analytics.semantic import MODEL
from backend.domain.access import Caller


def describe_model(caller: Caller) -> dict[str, Any]:
    """Answer every cube with its members; what is masked for this caller says so."""
    return {"cubes": [_cube(cube, caller) for cube in MODEL.cubes.values()], "model_version": MODEL.version}


def _cube(cube: Cube, caller: Caller) -> dict[str, Any]:
    return {
        "name": cube.name,
        "title": cube.title,
        "type": "cube",
        "public": True,
        "isVisible": True,
        "description": cube.description,
        "meta": {"owner": cube.owner, "together_with": [n for n in MODEL.reachable(cube.name) if n != cube.name]},
        "measures": [_measure(cube, measure) for measure in cube.measures],
        "dimensions": [_dimension(cube, dimension, caller) for dimension in cube.dimensions],
        "segments": [
            {
                "name": f"{cube.name}.{segment.name}",
                "title": f"{cube.title} {title_of(segment.name)}",
                "shortTitle": title_of(segment.name),
                "description": segment.description,
                "isVisible": True,
                "public": True,
            }
            for segment in cube.segments
        ],
        "connectedComponent": 1,
        "hierarchies": [],
        "folders": [],
    }


def _measure(cube: Cube, measure: Measure) -> dict[str, Any]:
    return _named(cube, measure) | {
        "type": "number",
        "aggType": measure.aggregation,
        "cumulative": False,
        "cumulativeTotal": False,
        "drillMembers": [],
        "drillMembersGrouped": {"measures": [], "dimensions": []},
        "meta": {"empty": "0" if measure.zero_when_empty else "null", "owner": cube.owner},
    }


def _dimension(cube: Cube, dimension: Dimension, caller: Caller) -> dict[str, Any]:
    return _named(cube, dimension) | {
        "type": dimension.type.value,
        "suggestFilterValues": dimension.mask is None,
        "primaryKey": False,
        "meta": {"owner": cube.owner, "masked": is_masked(dimension.mask, caller)},
    }


def _named(cube: Cube, member: Dimension | Measure) -> dict[str, Any]:
    short = title_of(member.name, member.title)
    return {
        "name": f"{cube.name}.{member.name}",
        "title": f"{cube.title} {short}",
        "shortTitle": short,
        "description": member.description,
        "format": member.format.value,
        "isVisible": True,
        "public": True,
    }
