"""What the checks found, each time they ran, and the rows that they did not like when they last did."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from backend.domain.checks import CheckKind, CheckState
from backend.warehouse.checking import Finding
from backend.warehouse.tables import quality_failures, quality_results

KEEP = timedelta(days=30)
_MOST_DETAILS = 20


def record_check(
    connection: Connection,
    name: str,
    promise: str,
    failures: Sequence[str],
    *,
    began: datetime,
    ended: datetime,
    n_checked: int = 1,
    kind: CheckKind = CheckKind.RECONCILIATION,
) -> None:
    """Write down one check of so many things: that its promise holds, or the first twenty places where it does not."""
    connection.execute(
        insert(quality_results).values(
            check_name=name,
            checked_at=began,
            passed=not failures,
            n_checked=n_checked,
            n_failed=len(failures),
            detail="\n".join(failures[:_MOST_DETAILS]) or promise,
            duration_ms=round((ended - began).total_seconds() * 1000),
            state=(CheckState.FAILED if failures else CheckState.PASSED).value,
            kind=kind.value,
        )
    )


def record_finding(connection: Connection, finding: Finding, *, began: datetime, ended: datetime) -> None:
    """Write down what a declared check found; its failing rows take the place of those of the time before."""
    check, state = finding.check, finding.state
    failed = f"{finding.n_failed} of {finding.n_checked} are not as promised: " if finding.n_failed else ""
    connection.execute(
        insert(quality_results).values(
            check_name=check.name,
            checked_at=began,
            passed=state is not CheckState.FAILED,
            n_checked=finding.n_checked,
            n_failed=finding.n_failed,
            detail=f"{failed}{check.promise}{f'; {finding.detail}' if finding.detail else ''}",
            duration_ms=round((ended - began).total_seconds() * 1000),
            state=state.value,
            kind=check.kind.value,
            table_name=check.table,
        )
    )
    connection.execute(delete(quality_failures).where(quality_failures.c.check_name == check.name))
    rows = [
        {"check_name": check.name, "position": position, "seen_at": began}
        | {"row_key": row.key, "customer_id": row.customer_id, "value": row.value}
        for position, row in enumerate(finding.rows)
    ]
    if rows:
        connection.execute(insert(quality_failures), rows)


def last_checked(connection: Connection) -> Mapping[str, datetime]:
    """Answer when each check was last looked at."""
    c = quality_results.c
    newest = select(c.check_name, func.max(c.checked_at).label("at")).group_by(c.check_name)
    return {row.check_name: row.at for row in connection.execute(newest)}


def forget_checks(connection: Connection, names: Sequence[str], now: datetime) -> None:
    """Take away results older than thirty days, and the failing rows of checks that are no longer declared."""
    connection.execute(delete(quality_results).where(quality_results.c.checked_at < now - KEEP))
    connection.execute(delete(quality_failures).where(quality_failures.c.check_name.not_in(names)))
