"""The query as asked, in the shape of Cube's REST API; parsing refuses with a JSON pointer at what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from backend.domain.errors import Fault, InvalidInputError, MalformedJsonError

_DEEPEST = 40
DEFAULT_LIMIT = 10_000
MAX_LIMIT = 50_000
GRANULARITIES = ("hour", "day", "week", "month", "quarter", "year")
_KNOWN = {
    "measures", "dimensions", "segments", "filters", "timeDimensions", "order", "limit", "offset", "timezone",
    "fillMissingDates", "renewQuery", "responseFormat", "ungrouped", "total", "cacheMode",
}  # fmt: skip

DateRange = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter on one member. `pointer` leads back to where it was asked."""

    member: str
    operator: str
    values: tuple[str | None, ...]
    pointer: str


@dataclass(frozen=True, slots=True)
class Group:
    """Filters joined by "and" or "or"."""

    joined_by: str
    parts: tuple["Condition | Group", ...]


@dataclass(frozen=True, slots=True)
class TimeDimension:
    """A time to bucket by and to bound; either may be absent."""

    dimension: str
    granularity: str | None
    date_range: DateRange | None
    compare: tuple[DateRange, ...]
    pointer: str


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked, parsed but not yet looked up in the model."""

    measures: tuple[str, ...] = ()
    dimensions: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    filters: tuple[Condition | Group, ...] = ()
    time_dimensions: tuple[TimeDimension, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()  # (member, descending)
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    timezone: str = "UTC"
    fill_missing_dates: bool = True


def refuse(pointer: str, detail: str) -> InvalidInputError:
    """Make the refusal of one place in the query."""
    return InvalidInputError(detail, faults=[Fault(pointer, detail)])


def read_json(text: bytes, *, several: bool = False) -> Any:
    """Parse a query as it came, or, where that may be, a list of them; raises MalformedJsonError.

    Its keys may hold dots ({"order": {"sales.revenue": "desc"}}): unlike a document it is never stored.
    """
    try:
        parsed = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise MalformedJsonError(f"The query is not well-formed JSON: {error}") from None
    if not isinstance(parsed, dict) and not (several and isinstance(parsed, list)):
        raise MalformedJsonError("A query is a JSON object")
    return parsed


def parse_query(raw: object, pointer: str = "/query") -> Query:
    """Read the query as it came; raises InvalidInputError naming the place."""
    if not isinstance(raw, Mapping):
        raise refuse(pointer, "A query is a JSON object")
    if unknown := sorted(set(raw) - _KNOWN):
        raise refuse(f"{pointer}/{unknown[0]}", f"Unknown key; known are {', '.join(sorted(_KNOWN))}")
    if raw.get("ungrouped"):
        raise refuse(f"{pointer}/ungrouped", "Raw rows come from /v1/datasets, not from a grouped query")
    query = Query(
        measures=_names(raw.get("measures"), f"{pointer}/measures"),
        dimensions=_names(raw.get("dimensions"), f"{pointer}/dimensions"),
        segments=_names(raw.get("segments"), f"{pointer}/segments"),
        filters=parse_filters(raw.get("filters"), f"{pointer}/filters"),
        time_dimensions=_time_dimensions(raw.get("timeDimensions"), f"{pointer}/timeDimensions"),
        order=_order(raw.get("order"), f"{pointer}/order"),
        limit=_count(raw.get("limit"), f"{pointer}/limit", 1, MAX_LIMIT, DEFAULT_LIMIT),
        offset=_count(raw.get("offset"), f"{pointer}/offset", 0, 10_000_000, 0),
        timezone=_timezone(raw.get("timezone"), f"{pointer}/timezone"),
        fill_missing_dates=raw.get("fillMissingDates") is not False,
    )
    if not (query.measures or query.dimensions or query.time_dimensions):
        raise refuse(pointer, "Ask for at least one measure, dimension or time dimension")
    return query


def _names(raw: object, pointer: str) -> tuple[str, ...]:
    for position, name in enumerate(_items(raw, pointer)):
        if not isinstance(name, str):
            raise refuse(f"{pointer}/{position}", 'A member is a string of the form "cube.member"')
    return tuple(_items(raw, pointer))


def _items(raw: object, pointer: str) -> Sequence[Any]:
    if raw is None:
        return ()
    if not isinstance(raw, list | tuple):
        raise refuse(pointer, "Expected a list")
    return raw


def parse_filters(raw: object, pointer: str) -> tuple[Condition | Group, ...]:
    """Read a list of filters, groups included."""
    return tuple(_filter(part, f"{pointer}/{position}") for position, part in enumerate(_items(raw, pointer)))


def _filter(raw: object, pointer: str) -> Condition | Group:
    if pointer.count("/") > _DEEPEST:
        raise refuse(pointer, "Filters are nested too deep")
    if not isinstance(raw, Mapping):
        raise refuse(pointer, 'A filter is {"member", "operator", "values"} or {"and": […]} or {"or": […]}')
    for joined_by in ("and", "or"):
        if joined_by in raw:
            return Group(joined_by, parse_filters(raw[joined_by], f"{pointer}/{joined_by}"))
    member, operator = raw.get("member", raw.get("dimension")), raw.get("operator")
    if not isinstance(member, str):
        raise refuse(f"{pointer}/member", "Name the member to filter by")
    if not isinstance(operator, str):
        raise refuse(f"{pointer}/operator", "Name the operator")
    values = _items(raw.get("values"), f"{pointer}/values")
    for position, value in enumerate(values):
        if isinstance(value, list | Mapping):
            raise refuse(f"{pointer}/values/{position}", "A value is a string, a number, a boolean or null")
        if isinstance(value, str) and "\0" in value:
            raise refuse(f"{pointer}/values/{position}", "A value holds no NUL character")
    return Condition(member, operator, tuple(_as_text(value) for value in values), pointer)


def _as_text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _time_dimensions(raw: object, pointer: str) -> tuple[TimeDimension, ...]:
    return tuple(_time_dimension(part, f"{pointer}/{i}") for i, part in enumerate(_items(raw, pointer)))


def _time_dimension(raw: object, pointer: str) -> TimeDimension:
    if not isinstance(raw, Mapping) or not isinstance(raw.get("dimension"), str):
        raise refuse(f"{pointer}/dimension", "Name the time dimension")
    granularity = raw.get("granularity")
    if granularity is not None and granularity not in GRANULARITIES:
        raise refuse(f"{pointer}/granularity", f"Granularity is one of {', '.join(GRANULARITIES)}")
    compare = _items(raw.get("compareDateRange"), f"{pointer}/compareDateRange")
    return TimeDimension(
        dimension=raw["dimension"],
        granularity=granularity,
        date_range=None if raw.get("dateRange") is None else _date_range(raw["dateRange"], f"{pointer}/dateRange"),
        compare=tuple(_date_range(r, f"{pointer}/compareDateRange/{i}") for i, r in enumerate(compare)),
        pointer=pointer,
    )


def _date_range(raw: object, pointer: str) -> DateRange:
    if isinstance(raw, str):
        return raw
    ends = _items(raw, pointer)
    if not 1 <= len(ends) <= 2 or not all(isinstance(end, str) for end in ends):  # noqa: PLR2004 - a pair
        raise refuse(pointer, 'A date range is a pair of ISO dates or words such as "last 7 days"')
    return (ends[0], ends[-1])


def _order(raw: object, pointer: str) -> tuple[tuple[str, bool], ...]:
    pairs = list(raw.items()) if isinstance(raw, Mapping) else _items(raw, pointer)
    for position, pair in enumerate(pairs):
        if not isinstance(pair, list | tuple) or len(pair) != 2 or pair[1] not in {"asc", "desc"}:  # noqa: PLR2004
            raise refuse(f"{pointer}/{position}", 'Order by {"cube.member": "asc" or "desc"}, or by a list of pairs')
    return tuple((str(member), direction == "desc") for member, direction in pairs)


def _count(raw: object, pointer: str, least: int, most: int, default: int) -> int:
    if raw is None:
        return default
    if isinstance(raw, bool) or not isinstance(raw, int) or not least <= raw <= most:
        raise refuse(pointer, f"Expected a whole number from {least} to {most}")
    return raw


def _timezone(raw: object, pointer: str) -> str:
    if raw is None:
        return "UTC"
    try:
        ZoneInfo(str(raw))
    except (KeyError, ValueError, OSError):  # what zoneinfo raises for a name that it can't read
        raise refuse(pointer, "Expected a time zone's name such as America/New_York") from None
    return str(raw)
