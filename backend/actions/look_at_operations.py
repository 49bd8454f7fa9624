"""All that the operator sees at one glance: queues, lags, what waits, checks, runs, incidents, service levels."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client import REGISTRY

from backend.analytics.freshness import read_freshness
from backend.analytics.operations import read_incidents, read_quality, read_runs
from backend.documents.dead_letters import count_dead_letters, read_dead_letters
from backend.documents.lags import STEPS, recent_lags
from backend.documents.models import DeadLetter
from backend.domain.service_levels import bucket_percentile, percentile, told_levels
from backend.push import Redis
from backend.queues import QueueState, read_queues
from backend.warehouse.engine import AsyncEngine

_QUERIES = frozenset({"/v1/analytics/load", "/v1/analytics/query", "/dashboard", "/v1/analytics/trending"})
_SECONDS = "floorbook_http_request_seconds"
_RECONCILIATION = "documents_equal_warehouse"
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Operations:
    """The state of the machine as of one moment."""

    as_of: datetime
    queues: Sequence[QueueState] | None
    """None: Redis does not answer."""
    lags: Mapping[str, Mapping[str, float | None]]
    """By step: p50 and p99 in milliseconds after acceptance, and of how many."""
    freshness: Mapping[str, Any]
    checks: Sequence[Mapping[str, Any]]
    runs: Sequence[Mapping[str, Any]]
    incidents: Sequence[Mapping[str, Any]]
    letters: Sequence[DeadLetter]
    n_letters: int
    levels: Sequence[Mapping[str, Any]]


async def look_at_operations(engine: AsyncEngine, redis: Redis, now: datetime) -> Operations:
    """Look at all of it now."""
    lags, n_letters = await recent_lags(), await count_dead_letters()
    async with engine.connect() as connection:
        freshness = await read_freshness(connection, now)
        checks = await read_quality(connection, now)
        runs, _ = await read_runs(connection, None, _SHOWN)
        incidents, _ = await read_incidents(connection, None, _SHOWN)
    return Operations(
        as_of=now,
        queues=await read_queues(redis, now.timestamp()),
        lags=told_lags(lags),
        freshness=freshness,
        checks=checks,
        runs=runs,
        incidents=incidents,
        letters=await read_dead_letters(limit=_SHOWN, replayed=False),
        n_letters=n_letters,
        levels=told_levels(_measured(lags, freshness, checks, n_letters)),
    )


def told_lags(lags: Mapping[str, Sequence[float]]) -> dict[str, dict[str, float | None]]:
    """Answer median, 99th percentile and number of each step."""
    return {
        step: {"p50": percentile(lags[step], 0.5), "p99": percentile(lags[step], 0.99), "n": len(lags[step])}
        for step in STEPS
    }


def _measured(
    lags: Mapping[str, Sequence[float]],
    freshness: Mapping[str, Any],
    checks: Sequence[Mapping[str, Any]],
    n_letters: int,
) -> dict[str, float | None]:
    compared = next((one for one in checks if one["check_name"] == _RECONCILIATION and one["n_checked"]), None)
    query_seconds = bucket_percentile(_query_buckets(), 0.95)
    return {
        "query_p95": None if query_seconds is None else query_seconds * 1000,
        "note_to_phone_p50": percentile(lags["pushed"], 0.5),
        "note_to_phone_p99": percentile(lags["pushed"], 0.99),
        "oldest_waiting": freshness["oldest_waiting_seconds"],
        "accuracy": None if compared is None else 100 * (1 - compared["n_failed"] / compared["n_checked"]),
        "checks": 100 * sum(one["passed"] for one in checks) / len(checks) if checks else None,
        "dead_letters": float(n_letters),
    }


def _query_buckets() -> list[tuple[float, float]]:
    """Answer the cumulated counts of the doors that managers and analysts ask, by upper bound."""
    counts: dict[float, float] = defaultdict(float)
    for metric in REGISTRY.collect():
        if metric.name == _SECONDS:
            for sample in metric.samples:
                if sample.name.endswith("_bucket") and sample.labels["route"] in _QUERIES:
                    counts[float(sample.labels["le"])] += sample.value
    return sorted(counts.items())
