"""From a query to one SELECT: one cube's measures, dimensions over N:1 joins only, scope and masks always in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, DateTime, FromClause, Select, and_, cast, func, literal_column, or_, select

from backend.analytics.filters import Target, condition_of
from backend.analytics.kinds import Cube, Dimension, Measure, MemberType, Segment
from backend.analytics.periods import Period, resolve
from backend.analytics.rollups import rollup_for
from backend.analytics.scope import is_masked, scope_of, visible
from backend.analytics.semantic import MODEL, SemanticModel
from backend.analytics.shape import Condition, Group, Query, TimeDimension, refuse
from backend.domain.access import Caller


@dataclass(frozen=True, slots=True)
class Output:
    """One column of the answer: its key, and how its value is to be written."""

    key: str
    kind: str  # measure, dimension, time
    member: Dimension | Measure
    granularity: str | None = None
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Compiled:
    """The statement with what is needed to write its answer."""

    statement: Select[*tuple[Any, ...]]
    outputs: tuple[Output, ...]
    periods: tuple[Period | None, ...]  # one for each time dimension
    root: Cube


class Compiler:
    """Holds what every part of one query needs; use `compile_query`."""

    def __init__(self, query: Query, caller: Caller, now: datetime, model: SemanticModel) -> None:
        self.query, self.caller, self.now, self.model = query, caller, now, model
        self.used: dict[str, None] = {}  # cubes that the query touches, in order

    def measure(self, name: str, pointer: str) -> tuple[Cube, Measure]:
        cube, member = self._find(name, pointer)
        if not isinstance(member, Measure):
            raise refuse(pointer, f"{name} is no measure")
        return cube, member

    def dimension(self, name: str, pointer: str) -> tuple[Cube, Dimension]:
        cube, member = self._find(name, pointer)
        if not isinstance(member, Dimension):
            raise refuse(pointer, f"{name} is no dimension")
        return cube, member

    def _find(self, name: str, pointer: str) -> tuple[Cube, Dimension | Measure | Segment]:
        found = self.model.find(name)
        if found is None:
            raise refuse(pointer, f"Unknown member {name[:80]}; /v1/analytics/meta lists all of them")
        self.used.setdefault(found[0].name)
        return found

    def columns(self) -> Iterator[tuple[Output, ColumnElement[Any]]]:
        for position, name in enumerate(self.query.dimensions):
            _, dimension = self.dimension(name, f"/query/dimensions/{position}")
            masked = is_masked(dimension.mask, self.caller)
            yield Output(name, "dimension", dimension, masked=masked), visible(dimension, self.caller)
        for asked in self.query.time_dimensions:
            dimension = self._time(asked)
            if asked.granularity:
                key = f"{asked.dimension}.{asked.granularity}"
                yield Output(key, "time", dimension, asked.granularity), self._bucket(dimension, asked.granularity)
        for position, name in enumerate(self.query.measures):
            _, measure = self.measure(name, f"/query/measures/{position}")
            if measure.as_of_window and self.query.time_dimensions:
                detail = f"{name} brings its own window, as of the query: leave timeDimensions away"
                raise refuse(f"/query/measures/{position}", detail)
            yield Output(name, "measure", measure), measure.expression

    def _time(self, asked: TimeDimension) -> Dimension:
        _, dimension = self.dimension(asked.dimension, f"{asked.pointer}/dimension")
        if dimension.type is not MemberType.TIME:
            raise refuse(f"{asked.pointer}/dimension", f"{asked.dimension} is no time")
        return dimension

    def _bucket(self, dimension: Dimension, granularity: str) -> ColumnElement[Any]:
        return func.date_trunc(granularity, self._local(visible(dimension, self.caller)))

    def _local(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """Answer the wall clock of the query's zone; a date is that day in every zone."""
        is_instant = getattr(moment.type, "timezone", False)
        return func.timezone(self.query.timezone, moment) if is_instant else cast(moment, DateTime())

    def root(self) -> Cube:
        """Answer the cube that all others are N:1 to: that of the measures, else the first that reaches the rest."""
        of_measures = {name.partition(".")[0]: i for i, name in reversed(list(enumerate(self.query.measures)))}
        if len(of_measures) > 1:
            pointer = f"/query/measures/{max(of_measures.values())}"
            raise refuse(pointer, f"Measures of one cube at a time; this query mixes {', '.join(sorted(of_measures))}")
        for name in of_measures or self.used:
            apart = [other for other in self.used if self.model.path(name, other) is None]
            if not apart:
                return self.model.cubes[name]
            if of_measures:
                reachable = ", ".join(self.model.reachable(name))
                detail = f"{apart[0]} can't be asked with measures of {name}: it would count rows twice"
                raise refuse("/query", f"{detail}. Together with {name} go: {reachable}")
        raise refuse("/query", f"No cube has all of {', '.join(self.used)} for its rows; ask for a measure as well")

    def periods(self) -> list[Period | None]:
        asked = self.query.time_dimensions
        return [
            None
            if t.date_range is None
            else resolve(t.date_range, self.now, self.query.timezone, f"{t.pointer}/dateRange")
            for t in asked
        ]

    def bounds(self, periods: Sequence[Period | None]) -> Iterator[ColumnElement[bool]]:
        for asked, period in zip(self.query.time_dimensions, periods, strict=True):
            if period is not None:
                moment = visible(self._time(asked), self.caller)
                start, end = self._edge(moment, period.start), self._edge(moment, period.end)
                yield and_(moment >= start, moment < end)

    def _edge(self, moment: ColumnElement[Any], edge: datetime) -> datetime:
        return edge if getattr(moment.type, "timezone", False) else edge.replace(tzinfo=None)

    def conditions(self, parts: Sequence[Condition | Group]) -> Iterator[tuple[bool, ColumnElement[bool]]]:
        """Yield (is it about measures, the condition)."""
        for part in parts:
            if isinstance(part, Condition):
                yield self._condition(part)
                continue
            inner = list(self.conditions(part.parts))
            kinds = {about_measures for about_measures, _ in inner}
            if len(kinds) > 1 and part.joined_by == "or":
                raise refuse("/query/filters", "A group joins either measures or dimensions by or, not both")
            for kind in sorted(kinds):
                yield kind, (or_ if part.joined_by == "or" else and_)(*(c for k, c in inner if k is kind))

    def _condition(self, asked: Condition) -> tuple[bool, ColumnElement[bool]]:
        _, member = self._find(asked.member, f"{asked.pointer}/member")
        if isinstance(member, Segment):
            raise refuse(f"{asked.pointer}/member", f"{asked.member} is a segment: name it in segments")
        is_measure = isinstance(member, Measure)
        expression = member.expression if isinstance(member, Measure) else visible(member, self.caller)
        type_ = MemberType.NUMBER if isinstance(member, Measure) else member.type
        return is_measure, condition_of(Target(expression, type_, member.format), asked, self.now, self.query.timezone)

    def segments(self) -> Iterator[ColumnElement[bool]]:
        for position, name in enumerate(self.query.segments):
            _, segment = self._find(name, f"/query/segments/{position}")
            if not isinstance(segment, Segment):
                raise refuse(f"/query/segments/{position}", f"{name} is no segment")
            yield segment.condition

    def source(self, root: Cube) -> tuple[FromClause, ColumnElement[bool] | None]:
        """Join what is needed, each joined cube within the caller's scope, and answer the scope of the rows."""
        needed = dict.fromkeys(self.used)
        if root.scope_through:
            needed.setdefault(root.scope_through)
        tables: FromClause = root.table
        joined = {root.name}
        for cube_name in needed:
            for join in self.model.path(root.name, cube_name) or ():
                if join.cube in joined:
                    continue
                joined.add(join.cube)
                if join.condition is None:
                    continue
                cube = self.model.cubes[join.cube]
                scope = scope_of(cube, self.caller)
                on = join.condition if scope is None else and_(join.condition, scope)
                tables = tables.outerjoin(cube.table, on)
        through = self.model.cubes[root.scope_through] if root.scope_through else root
        return tables, scope_of(through, self.caller)

    def order(self, outputs: Sequence[Output], by_key: dict[str, ColumnElement[Any]]) -> list[ColumnElement[Any]]:
        asked = list(self.query.order)
        if not asked:  # as Cube does: by time, else by the first measure from the top, else by the first dimension
            times = [o.key for o in outputs if o.kind == "time"]
            measures = [o.key for o in outputs if o.kind == "measure"]
            asked = [(times[0], False)] if times else [(measures[0], True)] if measures else [(outputs[0].key, False)]
        chosen = []
        for position, (name, descending) in enumerate(asked):
            key = next((key for key in by_key if key == name or key.rpartition(".")[0] == name), None)
            if key is None:
                raise refuse(f"/query/order/{position}", f"Order by a member that the query asks for, not {name[:80]}")
            chosen.append(by_key[key].desc().nulls_last() if descending else by_key[key].asc().nulls_last())
        named = {name for name, _ in asked}
        rest = [by_key[o.key] for o in outputs if o.kind != "measure" and o.key not in named]
        return [*chosen, *rest]  # the remaining dimensions, so that pages never overlap


def compile_query(query: Query, caller: Caller, now: datetime, *, model: SemanticModel | None = None) -> Compiled:
    """Compile for this caller at this moment. `as_of` is to be bound when the statement runs.

    Without a model a rollup serves the query where one can: it has fewer members, and the same definitions.
    """
    if model is None:
        model = rollup_for(query, caller, now) or MODEL
    compiler = Compiler(query, caller, now, model)
    columns = list(compiler.columns())
    periods = compiler.periods()
    bounds = [*compiler.bounds(periods), *compiler.segments()]
    conditions = list(compiler.conditions(query.filters))
    root = compiler.root()
    tables, scope = compiler.source(root)
    labelled = {output.key: expression.label(output.key) for output, expression in columns}
    statement = select(*labelled.values()).select_from(tables)
    where = [*bounds, *(c for about_measures, c in conditions if not about_measures)]
    statement = statement.where(*where if scope is None else [*where, scope])
    # By position: the same expression with bound values is not seen as the same by the server.
    groups: list[ColumnElement[Any]] = [
        literal_column(str(i)) for i, (output, _) in enumerate(columns, 1) if output.kind != "measure"
    ]
    statement = statement.group_by(*groups) if groups else statement
    statement = statement.having(*(c for about_measures, c in conditions if about_measures))
    outputs = tuple(output for output, _ in columns)
    if not outputs:
        raise refuse("/query", "Give the time dimension a granularity, or ask for a measure or a dimension")
    statement = statement.order_by(*compiler.order(outputs, dict(labelled)))
    statement = statement.limit(query.limit + 1).offset(query.offset or None)
    return Compiled(statement, outputs, tuple(periods), root)
