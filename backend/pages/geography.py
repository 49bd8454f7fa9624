"""The map of the states as SVG paths, decoded from TopoJSON that is already projected."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

MAP_FILE = Path("us-atlas") / "states-albers-10m.json"
_FIPS = (
    "01AL 02AK 04AZ 05AR 06CA 08CO 09CT 10DE 11DC 12FL 13GA 15HI 16ID 17IL 18IN 19IA 20KS 21KY 22LA 23ME 24MD 25MA "
    "26MI 27MN 28MS 29MO 30MT 31NE 32NV 33NH 34NJ 35NM 36NY 37NC 38ND 39OH 40OK 41OR 42PA 44RI 45SC 46SD 47TN 48TX "
    "49UT 50VT 51VA 53WA 54WV 55WI 56WY"
)
CODES = {entry[:2]: entry[2:] for entry in _FIPS.split()}

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class StateShape:
    """One state: its two-letter code, its name and its outline."""

    code: str
    name: str
    path: str


def read_states(assets: Path | None) -> tuple[StateShape, ...]:
    """Read the shapes from the front-end packages; none where they are not installed: the table then stands alone."""
    file = assets / MAP_FILE if assets else None
    return decode_states(json.loads(file.read_bytes())) if file and file.is_file() else ()


def decode_states(topology: Mapping[str, Any]) -> tuple[StateShape, ...]:
    """Decode the states of a TopoJSON topology, in the order of their codes."""
    arcs = [_decode_arc(arc, topology["transform"]) for arc in topology["arcs"]]
    shapes = [
        StateShape(CODES[geometry["id"]], geometry["properties"]["name"], _path(geometry, arcs))
        for geometry in topology["objects"]["states"]["geometries"]
        if geometry["id"] in CODES
    ]
    return tuple(sorted(shapes, key=lambda shape: shape.code))


def _decode_arc(arc: Sequence[Sequence[int]], transform: Mapping[str, Sequence[float]]) -> list[Point]:
    """Add up the differences and scale them: positions are stored as steps from one to the next."""
    (scale_x, scale_y), (left, top) = transform["scale"], transform["translate"]
    xs, ys = accumulate(step[0] for step in arc), accumulate(step[1] for step in arc)
    return [(x * scale_x + left, y * scale_y + top) for x, y in zip(xs, ys, strict=True)]


def _path(geometry: Mapping[str, Any], arcs: Sequence[Sequence[Point]]) -> str:
    polygons = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
    return "".join(_ring(ring, arcs) for polygon in polygons for ring in polygon)


def _ring(indices: Sequence[int], arcs: Sequence[Sequence[Point]]) -> str:
    """Join arcs to a closed ring; a negative index is that arc backwards."""
    points: list[Point] = []
    for index in indices:
        arc = arcs[index] if index >= 0 else list(reversed(arcs[~index]))
        points.extend(arc[1:] if points else arc)
    written = list(dict.fromkeys(f"{x:.0f},{y:.0f}" for x, y in points))  # a pixel is fine enough at this size
    return f"M{'L'.join(written)}Z"
