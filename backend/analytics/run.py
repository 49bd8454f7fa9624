"""Run a query and write its answer in Cube's shape: rows, annotation, and how fresh the figures are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from backend.analytics.compile import Compiled, Output, compile_query
from backend.analytics.kinds import Dimension, Format, Measure, title_of
from backend.analytics.periods import buckets, step
from backend.analytics.semantic import MODEL
from backend.analytics.shape import MAX_LIMIT, Query, refuse
from backend.domain.access import Caller

_CENT = Decimal("0.01")
_FINE = Decimal("0.0001")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows keyed by "cube.member"; `truncated` says that there are more than the limit let through."""

    rows: list[Row]
    annotation: dict[str, dict[str, dict[str, Any]]]
    truncated: bool
    as_of: datetime


async def load(connection: AsyncConnection, query: Query, caller: Caller, now: datetime) -> Answer:
    """Answer one query."""
    compiled = compile_query(query, caller, now)
    result = await connection.execute(compiled.statement, {"as_of": now})
    fetched = result.all()
    rows = _written(compiled.outputs, fetched[: query.limit])
    if _is_to_fill(query, compiled):
        rows = _filled(rows, query, compiled)
    return Answer(rows, annotate(compiled.outputs), len(fetched) > query.limit, now)


def split_comparison(query: Query) -> list[Query]:
    """Answer one query for each range of compareDateRange; the query itself where none is asked."""
    asked = [(i, t) for i, t in enumerate(query.time_dimensions) if t.compare]
    if not asked:
        return [query]
    if len(asked) > 1:
        raise refuse(f"{asked[1][1].pointer}/compareDateRange", "Only one time dimension can be compared")
    position, compared = asked[0]
    times = query.time_dimensions
    return [
        replace(
            query,
            time_dimensions=(
                *times[:position],
                replace(compared, date_range=one, compare=()),
                *times[position + 1 :],
            ),
        )
        for one in compared.compare
    ]


def _written(outputs: Sequence[Output], fetched: Sequence[Sequence[Any]]) -> list[Row]:
    """Write the rows column by column: of the thousands of values of a dimension only a few differ."""
    columns: dict[str, list[Any]] = {}
    for output, values in zip(outputs, zip(*fetched, strict=True), strict=bool(fetched)):
        format_ = output.member.format
        if output.kind == "time":
            known = {value: write_value(value, format_) for value in set(values)}
            columns[output.key] = columns[output.key.rpartition(".")[0]] = [known[value] for value in values]
        elif format_ is Format.CURRENCY:
            columns[output.key] = [_money(value) for value in values]
        elif format_ is Format.PLAIN and all(value is None or type(value) is str for value in values):
            columns[output.key] = list(values)
        else:
            columns[output.key] = [write_value(value, format_) for value in values]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _money(cents: Any) -> str | None:
    """Write cents in the major unit; fractions of a cent, as means have them, are rounded half up."""
    if type(cents) is int and cents >= 0:
        return f"{cents // 100}.{cents % 100:02}"
    if cents is not None and (whole := int(cents)) == cents:
        return f"{'-' if whole < 0 else ''}{abs(whole) // 100}.{abs(whole) % 100:02}"
    return None if cents is None else str((Decimal(cents) / 100).quantize(_CENT, ROUND_HALF_UP))


def write_value(value: Any, format_: Format) -> Any:
    """Write one value as the wire has it: money and fractions as decimal strings, times as ISO, counts as numbers."""
    if value is None:
        return None
    if format_ is Format.COUNT:
        return int(value)
    if format_ is Format.CURRENCY:
        return _money(value)
    if format_ in {Format.PERCENT, Format.DECIMAL}:
        return str(Decimal(value).quantize(_FINE, ROUND_HALF_UP))
    if isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime.combine(value, time())
        return moment.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return str(value) if isinstance(value, Decimal) else value


def _is_to_fill(query: Query, compiled: Compiled) -> bool:
    """Whether empty buckets can be told: one bounded time, nothing else to group by, nothing that drops buckets."""
    times = [output for output in compiled.outputs if output.kind == "time"]
    return (
        query.fill_missing_dates
        and len(times) == 1
        and len(query.time_dimensions) == 1
        and compiled.periods[0] is not None
        and not query.dimensions
        and not query.order
        and not query.offset
        and not _has_measure_filter(query)
    )


def _has_measure_filter(query: Query) -> bool:
    return any(isinstance((MODEL.find(name) or (None, None))[1], Measure) for name in _filtered(query.filters))


def _filtered(parts: Iterable[Any]) -> Iterator[str]:
    for part in parts:
        if hasattr(part, "parts"):
            yield from _filtered(part.parts)
        else:
            yield part.member


def _filled(rows: list[Row], query: Query, compiled: Compiled) -> list[Row]:
    asked, period = query.time_dimensions[0], compiled.periods[0]
    assert asked.granularity is not None
    assert period is not None
    if (period.end - period.start) / (step(period.start, asked.granularity) - period.start) > MAX_LIMIT:
        raise refuse(f"{asked.pointer}/dateRange", f"More than {MAX_LIMIT} buckets; choose a coarser granularity")
    key = f"{asked.dimension}.{asked.granularity}"
    present = {row[key]: row for row in rows}
    nothing = {
        output.key: write_value(0, output.member.format) if output.member.zero_when_empty else None
        for output in compiled.outputs
        if isinstance(output.member, Measure)
    }
    starts = [
        moment.isoformat(timespec="milliseconds") for moment in buckets(period, asked.granularity, query.timezone)
    ]
    return [present.get(start, {key: start, asked.dimension: start, **nothing}) for start in starts[: query.limit]]


def annotate(outputs: Iterable[Output]) -> dict[str, dict[str, dict[str, Any]]]:
    """Say what each column is: title, type, format, and whether it was masked."""
    annotation: dict[str, dict[str, dict[str, Any]]] = {
        "measures": {},
        "dimensions": {},
        "segments": {},
        "timeDimensions": {},
    }
    for output in outputs:
        member = output.member
        entry: dict[str, Any] = {
            **_titles(output.key if output.granularity is None else output.key.rpartition(".")[0], member),
            "type": member.type.value if isinstance(member, Dimension) else "number",
            "format": member.format.value,
        }
        if output.masked:
            entry["masked"] = True
        if output.granularity:
            entry["granularity"] = {"name": output.granularity, "title": output.granularity}
            annotation["timeDimensions"][output.key] = entry
            annotation["timeDimensions"][output.key.rpartition(".")[0]] = entry
        else:
            annotation["measures" if output.kind == "measure" else "dimensions"][output.key] = entry
    return annotation


def _titles(key: str, member: Dimension | Measure) -> Mapping[str, str]:
    cube = MODEL.cubes[key.partition(".")[0]]
    short = title_of(member.name, member.title)
    return {"title": f"{cube.title} {short}", "shortTitle": short, "description": member.description}
