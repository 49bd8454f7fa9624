"""Queries as Cube's clients want them back beside the data: complete, with every range as two moments."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backend.analytics.periods import resolve
from backend.analytics.shape import Query, TimeDimension

_INSTANT = timedelta(milliseconds=1)
REGULAR, COMPARING, BLENDING = "regularQuery", "compareDateRangeQuery", "blendingQuery"


def normalized(raw: Mapping[str, Any], query: Query, now: datetime) -> dict[str, Any]:
    """Answer the query with what it leaves open filled in, and its date ranges told in its own time zone."""
    return {
        **raw,
        "measures": list(query.measures),
        "dimensions": list(query.dimensions),
        "segments": list(query.segments),
        "filters": raw.get("filters") or [],
        "timeDimensions": [_time(one, query, now) for one in query.time_dimensions],
        "order": [{"id": member, "desc": descending} for member, descending in query.order],
        "limit": query.limit,
        "timezone": query.timezone,
    }


def _time(asked: TimeDimension, query: Query, now: datetime) -> dict[str, Any]:
    said: dict[str, Any] = {"dimension": asked.dimension}
    if asked.granularity:
        said["granularity"] = asked.granularity
    if asked.date_range is not None:
        period = resolve(asked.date_range, now, query.timezone, f"{asked.pointer}/dateRange")
        zone = ZoneInfo(query.timezone)
        said["dateRange"] = [_local(period.start, zone), _local(period.end - _INSTANT, zone)]
    return said


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="milliseconds")


def pivot_of(kind: str, queries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Answer the query by which a client lays several results out as one table."""
    first = queries[0]
    if kind == COMPARING:
        return {**first, "dimensions": ["compareDateRange", *first["dimensions"]], "queryType": kind}
    if kind == REGULAR:
        return {**first, "queryType": kind}
    merged = {name: list(dict.fromkeys(one for query in queries for one in query[name])) for name in _MERGED}
    times = [{**one, "dimension": "time"} for one in first["timeDimensions"] if "granularity" in one]
    return {**first, **merged, "timeDimensions": times[:1], "queryType": kind}


_MERGED = ("measures", "dimensions", "segments")
