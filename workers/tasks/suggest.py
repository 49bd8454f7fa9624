"""Queue `suggest`: from the tables to what to do next."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from celery import Task

from backend.analytics.facts import Batch, customers_with_recent_notes, read_facts
from backend.documents import suggestions as stored
from backend.domain.clock import utc_now
from backend.domain.ids import CustomerId, SuggestionId
from backend.domain.suggestions import Suggestion
from backend.recommend.follow_ups import follow_ups
from backend.recommend.recommendations import recommendations
from backend.warehouse.engine import transaction
from workers.app import app
from workers.failures import guard
from workers.runtime import runtime

Traces = Mapping[str, Mapping[str, str]]
"""For each customer the times (RFC 3339) of the newest entry's steps: accepted, extracted, loaded."""

BATCH = 200


@app.task(name="suggest.customers", bind=True)
def suggest_customers(task: Task, customer_ids: Sequence[str], traces: Traces | None = None) -> None:
    """Make the suggestions of these customers anew: new ones are stored and pushed, groundless ones withdrawn."""
    guard(task, customer_ids, lambda ids: _suggest(ids, traces or {}))


@app.task(name="suggest.recent_notes")
def suggest_for_recent_notes() -> None:
    """Look again at every customer with a recent note: what was imported, and what a day has changed."""
    parts = runtime()
    with transaction(parts.engine) as connection:
        ids = customers_with_recent_notes(connection, now=utc_now())
    for first in range(0, len(ids), BATCH):
        app.send_task("suggest.customers", args=[ids[first : first + BATCH]])


def _suggest(customer_ids: Sequence[str], traces: Traces) -> None:
    parts, now = runtime(), utc_now()
    ids = [CustomerId(customer_id) for customer_id in customer_ids]
    with transaction(parts.engine) as connection:
        batch = read_facts(connection, ids, now=now)
    changed = parts.run(_store(batch, ids, traces, now))
    if changed:
        app.send_task("push.suggestions", args=[changed])


async def _store(batch: Batch, ids: Sequence[CustomerId], traces: Traces, now: datetime) -> list[str]:
    made = suggest(batch, now=now)
    grounds = {suggestion.id for suggestion in made}
    groundless = [SuggestionId(s.id) for s in await stored.open_suggestions(ids) if s.id not in grounds]
    withdrawn = await stored.withdraw(groundless, now)
    merged = await stored.merge_suggestions(made, region_of=batch.regions, traces=_ranked(traces, now), now=now)
    return [suggestion.id for suggestion in (*withdrawn, *merged)]


def suggest(batch: Batch, *, now: datetime) -> list[Suggestion]:
    """Make all suggestions for a batch of customers."""
    return [
        suggestion
        for facts in batch.customers
        for suggestion in (
            *follow_ups(facts, batch.shelf, today=now.date()),
            *recommendations(facts, batch.shelf, now=now),
        )
    ]


def _ranked(traces: Traces, now: datetime) -> dict[str, dict[str, str]]:
    return {customer_id: {**steps, "ranked": now.isoformat()} for customer_id, steps in traces.items()}
