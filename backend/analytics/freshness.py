"""How old the figures are: what was sold last, read last, and what still waits to be read."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.documents import journal
from backend.warehouse.tables import catalog_changes, ingested, orders

_REMEMBER_SECONDS = 1.0


@dataclass(slots=True)
class Waiting:
    """The age of the oldest accepted write that is not in the tables yet, asked of the outbox once a second at most.

    0 says that the tables hold everything that was accepted: figures are then as fresh as can be, however long ago
    the last sale was.
    """

    seconds: float = 0.0
    _asked_at: float = float("-inf")

    async def oldest_seconds(self, now: datetime) -> float:
        """Answer the age in seconds."""
        if time.monotonic() - self._asked_at > _REMEMBER_SECONDS:
            _, seconds = await journal.pending(now)
            self.seconds, self._asked_at = round(max(seconds, 0.0), 3), time.monotonic()
        return self.seconds


def waiting_of(state: Any) -> Waiting:
    """Answer the one `Waiting` of a process, kept on its app's state and made on first use."""
    if not hasattr(state, "waiting"):
        state.waiting = Waiting()
    return cast("Waiting", state.waiting)


async def read_freshness(connection: AsyncConnection, now: datetime) -> dict[str, Any]:
    """Answer all ages that operators watch. Sales dated in the future are left out: they would hide a standstill."""
    sold = (orders.c.ordered_at <= now) & (orders.c.n_lines > 0)
    newest_sale = await connection.scalar(
        select(orders.c.ordered_at).where(sold).order_by(orders.c.ordered_at.desc()).limit(1)
    )
    newest_ingest = await connection.scalar(select(func.max(ingested.c.ingested_at)))
    n_waiting, oldest = await journal.pending(now)
    return {
        "as_of": now,
        "newest_sale_at": newest_sale,
        "newest_sale_age_seconds": _age(newest_sale, now),
        "newest_ingest_at": newest_ingest,
        "newest_ingest_age_seconds": _age(newest_ingest, now),
        "waiting_entries": n_waiting,
        "oldest_waiting_seconds": round(max(oldest, 0.0), 3),
        **await _catalog(connection, now),
    }


async def _catalog(connection: AsyncConnection, now: datetime) -> dict[str, Any]:
    """Answer when the newest catalogue was imported and loaded, and when, after how many seconds, it was in use."""
    newest = select(catalog_changes).order_by(catalog_changes.c.loaded_at.desc()).limit(1)
    row = (await connection.execute(newest)).one_or_none()
    if row is None:
        return dict.fromkeys(("catalog_imported_at", "catalog_loaded_at", "catalog_in_use_at", "catalog_use_seconds"))
    return {
        "catalog_imported_at": row.imported_at,
        "catalog_loaded_at": row.loaded_at,
        "catalog_in_use_at": row.in_use_at,
        "catalog_use_seconds": _age(row.imported_at, row.in_use_at or now),
    }


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else round((now - moment).total_seconds(), 3)
