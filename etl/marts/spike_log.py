"""The log of spikes: when each opened, how it grew, when it closed; and what of that is news."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from backend.analytics.trends import Trend, read_spikes
from backend.domain.access import Caller, Role
from backend.domain.ids import Region
from backend.warehouse.tables import spikes

QUIET = timedelta(hours=1)
"""A spike closes when it was not seen for so long: one slow minute is no end."""
GROWN = 1.25
"""It is told again when it has grown by so much since it was last told."""
_EVERYTHING = Caller("spikes", Role.ANALYST)


class SpikeStatus(StrEnum):
    """What became of a spike."""

    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Spike:
    """One product selling more than usual in one region. `observed`, `expected`: pieces in three hours."""

    spike_id: str
    product_id: str
    region: Region | None
    started_at: datetime
    detected_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    observed: int
    expected: float
    score: float


@dataclass(frozen=True, slots=True)
class SpikeChange:
    """A spike as it is now. `status` is None where nothing is news but that it lasts."""

    spike: Spike
    status: SpikeStatus | None

    def told(self) -> dict[str, Any]:
        """Answer the change as the stream has it."""
        one = self.spike
        return {
            "product_id": one.product_id,
            "region": one.region,
            "status": self.status,
            "started_at": one.started_at.isoformat(),
            "detected_at": one.detected_at.isoformat(),
            "closed_at": one.closed_at and one.closed_at.isoformat(),
            "observed": one.observed,
            "expected": round(one.expected, 2),
            "score": round(one.score, 2),
        }


Pair = tuple[str, str | None]


def compare_spikes(
    standing: Mapping[Pair, Spike], found: Iterable[tuple[Trend, datetime]], now: datetime
) -> list[SpikeChange]:
    """Answer what becomes of the open spikes (by product and region), given those `found` now with their starts."""
    seen = {(trend.product_id, trend.region): (trend, started_at) for trend, started_at in found}
    changes = [_seen(standing.get(pair), *now_seen, now) for pair, now_seen in sorted(seen.items(), key=_by_pair)]
    for pair, spike in standing.items():
        if pair not in seen and now - spike.updated_at >= QUIET:
            changes.append(SpikeChange(replace(spike, closed_at=now, updated_at=now), SpikeStatus.CLOSED))
    return changes


def refresh_spikes(connection: Connection, now: datetime) -> list[SpikeChange]:
    """Write how the spikes stand now; answer what is news: opened, grown, closed."""
    found = read_spikes(connection, _EVERYTHING, now)
    rows = connection.execute(select(spikes).where(spikes.c.closed_at.is_(None)).with_for_update())
    standing = {(row["product_id"], row["region"]): Spike(**row) for row in rows.mappings()}
    changes = compare_spikes(standing, found, now)
    if changes:
        statement = insert(spikes)
        known = {column.name: statement.excluded[column.name] for column in spikes.c if not column.primary_key}
        told = [{c.name: getattr(change.spike, c.name) for c in spikes.c} for change in changes]
        connection.execute(statement.on_conflict_do_update(index_elements=["spike_id"], set_=known), told)
    return [change for change in changes if change.status is not None]


def _by_pair(item: tuple[Pair, Any]) -> tuple[str, str]:
    (product_id, region), _ = item
    return product_id, region or ""


def _seen(known: Spike | None, trend: Trend, started_at: datetime, now: datetime) -> SpikeChange:
    if known is None:
        return SpikeChange(_opened(trend, started_at, now), SpikeStatus.OPENED)
    if trend.observed < GROWN * known.observed:
        return SpikeChange(replace(known, updated_at=now), None)
    grown = replace(
        known, updated_at=now, observed=trend.observed, expected=trend.expected, score=max(known.score, trend.score)
    )
    return SpikeChange(grown, SpikeStatus.UPDATED)


def _opened(trend: Trend, started_at: datetime, now: datetime) -> Spike:
    return Spike(
        spike_id=f"{trend.product_id}/{trend.region or ''}/{started_at:%Y-%m-%dT%H}",
        product_id=trend.product_id,
        region=None if trend.region is None else Region(trend.region),
        started_at=started_at,
        detected_at=now,
        updated_at=now,
        closed_at=None,
        observed=trend.observed,
        expected=trend.expected,
        score=trend.score,
    )
