"""What the checks found, each time they ran."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from backend.warehouse.tables import quality_results

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
        )
    )
