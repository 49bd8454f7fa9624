"""Profile the tables by the hour: how many values of each column are missing, and which columns lost many since."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from backend.domain.checks import CheckKind
from backend.domain.incidents import Monitor
from backend.warehouse.quality_results import record_check
from backend.warehouse.tables import column_profiles, metadata

PROFILED = ("customers", "products", "channels", "orders", "order_lines", "transactions", "notes", "mentions")
KEEP = timedelta(days=90)
Counts = Mapping[str, tuple[int, int]]
"""By column: rows, and rows without a value."""

_P = column_profiles.c


def profile_table(connection: Connection, name: str) -> Counts:
    """Count a table in one scan."""
    table = metadata.tables[name]
    counts = [func.count(column) for column in table.columns]
    n_rows, *filled = connection.execute(select(func.count(), *counts).select_from(table)).one()
    return {column.name: (n_rows, n_rows - n) for column, n in zip(table.columns, filled, strict=True)}


def last_profile(connection: Connection, name: str) -> Counts:
    """Answer the newest profile that was kept; empty where there is none."""
    chosen = select(column_profiles).where(_P.table_name == name)
    newest = chosen.ext(distinct_on(_P.column_name)).order_by(_P.column_name, _P.profiled_at.desc())
    return {row.column_name: (row.n_rows, row.n_nulls) for row in connection.execute(newest)}


def keep_profile(connection: Connection, name: str, counts: Counts, now: datetime) -> None:
    """Write a profile down; those older than ninety days go."""
    rows = [
        {"table_name": name, "column_name": column, "profiled_at": now, "n_rows": n_rows, "n_nulls": n_nulls}
        for column, (n_rows, n_nulls) in counts.items()
    ]
    connection.execute(insert(column_profiles), rows)
    connection.execute(delete(column_profiles).where(_P.profiled_at < now - KEEP))


def risen_shares(before: Counts, now: Counts, *, by_more_than: float, min_rows: int) -> list[str]:
    """Say of which columns the share of missing values rose by more than so much (0..1) since."""
    risen = []
    for column, (n_rows, n_nulls) in now.items():
        known, missing = before.get(column, (0, 0))
        if n_rows < min_rows or known < min_rows:
            continue
        was, is_now = missing / known, n_nulls / n_rows
        if is_now - was > by_more_than:
            risen.append(f"{column}: {was:.1%} were missing, {is_now:.1%} are")
    return risen


def profile_all(connection: Connection, limits: Monitor, now: datetime) -> int:
    """Profile every table and record, as a check of each, whether shares of missing values rose; answer the columns."""
    n_columns = 0
    for name in PROFILED:
        before, counts = last_profile(connection, name), profile_table(connection, name)
        risen = risen_shares(before, counts, by_more_than=limits.limit, min_rows=limits.min_rows)
        keep_profile(connection, name, counts, now)
        promise = f"in {name} no column misses many more values than at the profile before"
        record_check(
            connection, f"null_shares_{name}", promise, risen,
            began=now, ended=now, n_checked=len(counts), kind=CheckKind.PROFILE,
        )  # fmt: skip
        n_columns += len(counts)
    return n_columns
