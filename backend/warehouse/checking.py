"""Look at the tables as the declared checks ask: one scan for all that looks at single rows, a query for each other."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    DateTime,
    FromClause,
    Table,
    Text,
    and_,
    cast,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    text,
)

from backend.domain.checks import Check, CheckKind, CheckState, read_checks
from backend.domain.errors import InvalidInputError
from backend.warehouse.tables import metadata

MOST_ROWS = 20
"""So many failing rows of each check are kept."""
PERSONAL = frozenset(
    {"first_name", "last_name", "phone_number", "email_id", "birth_date", "mailing_street", "annual_income_cents"}
    | {"shipping_address", "billing_address", "text", "comments"}
)
"""Of these only the shape of a failing value is kept: letters as a, digits as 9."""
_DEFAULTS = Path(__file__).parent / "data" / "checks.toml"
_BY_ROW = frozenset({CheckKind.COMPLETENESS, CheckKind.VALIDITY, CheckKind.VALUES})
_HELD = text(
    "SELECT column_name, data_type FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND table_name = :table"
)


@dataclass(frozen=True, slots=True)
class FailingRow:
    """A row that a check does not like: its key, whose it is, and the value or its shape."""

    key: str
    customer_id: str | None
    value: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found."""

    check: Check
    n_checked: int
    n_failed: int
    rows: Sequence[FailingRow] = ()
    detail: str = ""

    @property
    def state(self) -> CheckState:
        """Judge it by the check's own limits."""
        return self.check.state(self.n_checked, self.n_failed)


def declared_checks(own: Path | None) -> tuple[Check, ...]:
    """Answer the checks of this version and those of the shop's own file; raises InvalidInputError naming the fault."""
    texts = [_DEFAULTS.read_text(encoding="utf-8")]
    if own is not None:
        try:
            texts.append(own.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInputError(f"The file of checks {own} can't be read: {error}") from None
    checks = read_checks(*texts)
    for check in checks:
        _columns(check)
        [_column(check, *place) for place in check.references]
    return checks


def run_checks(connection: Connection, checks: Iterable[Check], now: datetime) -> Iterator[Finding]:
    """Look at the tables now; every check has its finding, in no order."""
    ordered = sorted(checks, key=lambda check: check.table)
    for _, group in groupby(ordered, key=lambda check: check.table):
        of_table = list(group)
        by_row = [check for check in of_table if check.kind in _BY_ROW]
        if by_row:
            yield from _scan(connection, by_row, now)
        for check in of_table:
            if check.kind not in _BY_ROW:
                yield _OTHERS[check.kind](connection, check, now)


def _scan(connection: Connection, checks: Sequence[Check], now: datetime) -> Iterator[Finding]:
    """Count the rows of all checks of one table in one pass."""
    table = _table(checks[0])
    sides = [_sides(check, now) for check in checks]
    counts = [func.count().filter(cond) for looked_at, wrong in sides for cond in (looked_at, and_(looked_at, wrong))]
    found = connection.execute(select(*counts).select_from(table)).one()
    for place, (check, (looked_at, wrong)) in enumerate(zip(checks, sides, strict=True)):
        n_checked, n_failed = found[2 * place], found[2 * place + 1]
        rows = _failing(connection, check, and_(looked_at, wrong)) if n_failed else ()
        yield Finding(check, n_checked, n_failed, rows)


def _sides(check: Check, now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Answer which rows are looked at, and which of them fail."""
    column = _columns(check)[0]
    chosen = _where(check)
    empty = or_(column.is_(None), cast(column, Text) == "")
    if check.kind is CheckKind.COMPLETENESS:
        return chosen, empty
    filled = and_(chosen, not_(empty))
    if check.kind is CheckKind.VALUES:
        return filled, not_(func.lower(func.trim(cast(column, Text))).in_([value.lower() for value in check.values]))
    wrong: list[ColumnElement[bool]] = []
    if check.pattern is not None:
        wrong.append(not_(cast(column, Text).regexp_match(check.pattern)))
    if check.at_least is not None:
        wrong.append(column < _bound(column, check.at_least, now))
    if check.at_most is not None:
        wrong.append(column > _bound(column, check.at_most, now))
    return filled, or_(*wrong) if wrong else literal(value=False)


def _bound(column: ColumnElement[Any], bound: float | str, now: datetime) -> Any:
    if bound == "now":
        return now.date() if isinstance(column.type, Date) else now
    if isinstance(column.type, DateTime):
        return datetime.fromisoformat(str(bound))
    return date.fromisoformat(str(bound)) if isinstance(column.type, Date) else bound


def _unique(connection: Connection, check: Check, _now: datetime) -> Finding:
    """Count the rows beyond the first of each value; rows without a value are not looked at."""
    columns = _columns(check)
    filled = and_(_where(check), *(column.is_not(None) for column in columns))
    grouped = select(*columns, func.count().label("n")).where(filled).group_by(*columns).subquery()
    counted = select(func.coalesce(func.sum(grouped.c.n), 0), func.coalesce(func.sum(grouped.c.n - 1), 0))
    n_checked, n_failed = connection.execute(counted).one()
    if not n_failed:
        return Finding(check, int(n_checked), 0)
    twice = select(grouped).where(grouped.c.n > 1).order_by(grouped.c.n.desc()).limit(MOST_ROWS)
    hidden = any(column.name in PERSONAL for column in columns)
    found = [("/".join(map(str, row[:-1])), row.n) for row in connection.execute(twice).all()]
    rows = [FailingRow(_shape(key) if hidden else key, None, f"{n} rows") for key, n in found]
    return Finding(check, int(n_checked), int(n_failed), rows)


def _referential(connection: Connection, check: Check, _now: datetime) -> Finding:
    """Count the rows whose value is nowhere in the other table."""
    columns = _columns(check)
    others = [_column(check, *place) for place in check.references]
    filled = and_(_where(check), *(and_(column.is_not(None), cast(column, Text) != "") for column in columns))
    same = and_(*(other == column for column, other in zip(columns, others, strict=True)))
    orphan = ~exists().where(same).correlate(_table(check))
    counts = select(func.count()).select_from(_table(check))
    n_checked = connection.execute(counts.where(filled)).scalar_one()
    n_failed = connection.execute(counts.where(filled, orphan)).scalar_one()
    rows = _failing(connection, check, and_(filled, orphan)) if n_failed else ()
    return Finding(check, n_checked, n_failed, rows)


def _fresh(connection: Connection, check: Check, now: datetime) -> Finding:
    """Look at the newest value; a table without one is not late, it has not begun."""
    newest = connection.execute(select(func.max(_columns(check)[0])).where(_where(check))).scalar_one()
    if newest is None:
        return Finding(check, 0, 0, detail="nothing there yet")
    age = (now - newest).total_seconds() / 60
    late = age > (check.max_age_minutes or 0)
    return Finding(check, 1, int(late), detail=f"the newest is {age:.1f} minutes old" if late else "")


def _schema(connection: Connection, check: Check, _now: datetime) -> Finding:
    """Compare the table's columns with those declared; further ones do no harm."""
    held: Mapping[str, str] = {
        row.column_name: row.data_type for row in connection.execute(_HELD, {"table": check.table})
    }
    dialect = connection.dialect
    wrong = [
        FailingRow(column.name, None, held.get(column.name, "missing"))
        for column in _table(check).columns
        if _family(held.get(column.name, "")) != _family(column.type.compile(dialect))
    ]
    return Finding(check, len(_table(check).columns), len(wrong), wrong[:MOST_ROWS])


_OTHERS = {
    CheckKind.UNIQUENESS: _unique,
    CheckKind.REFERENTIAL: _referential,
    CheckKind.FRESHNESS: _fresh,
    CheckKind.SCHEMA: _schema,
}


def _family(name: str) -> str:
    """Answer a type's name without what the server and the declaration spell differently."""
    return "array" if name.endswith("[]") or name == "ARRAY" else name.lower()


def _failing(connection: Connection, check: Check, wrong: ColumnElement[bool]) -> list[FailingRow]:
    table = _table(check)
    keys, columns = list(table.primary_key.columns), _columns(check)
    whose = cast(table.c.customer_id if "customer_id" in table.c else None, Text)
    found = connection.execute(
        select(
            func.concat_ws("/", *keys).label("key"),
            whose.label("customer_id"),
            func.concat_ws(" · ", *(func.left(cast(column, Text), 80) for column in columns)).label("value"),
        )
        .where(wrong)
        .limit(MOST_ROWS)
    )
    hidden = any(column.name in PERSONAL for column in columns)
    return [FailingRow(row.key, row.customer_id, _shape(row.value) if hidden else row.value) for row in found]


def _shape(value: str) -> str:
    """Answer what a value looks like, and not what it says."""
    return re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "a", value))


def _table(check: Check) -> Table:
    return _table_named(check, check.table)


def _table_named(check: Check, name: str) -> Table:
    if name not in metadata.tables:
        raise InvalidInputError(f"Check {check.name}: there is no table {name}")
    return metadata.tables[name]


def _column(check: Check, table: str, column: str) -> ColumnElement[Any]:
    held: FromClause = _table_named(check, table)
    if column not in held.c:
        raise InvalidInputError(f"Check {check.name}: {table} has no column {column}")
    return held.c[column]


def _columns(check: Check) -> list[ColumnElement[Any]]:
    _table(check)
    [_column(check, check.table, column) for column in check.where]
    return [_column(check, check.table, column) for column in check.columns]


def _where(check: Check) -> ColumnElement[bool]:
    conditions = [_column(check, check.table, column) == value for column, value in check.where.items()]
    return and_(literal(value=True), *conditions)
