"""Queue `suggest`: from the tables to what to do next."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from celery import Task

from backend.analytics.facts import Batch, read_facts
from backend.documents import suggestions as stored
from backend.documents.models import StoredSuggestion
from backend.domain.clock import utc_now
from backend.domain.ids import CustomerId, SuggestionId
from backend.domain.suggestions import Suggestion, SuggestionKind
from backend.recommend.follow_ups import follow_ups
from backend.recommend.recommendations import recommendations
from backend.warehouse.engine import reading
from workers.app import app
from workers.failures import guard
from workers.runtime import Runtime, runtime

Traces = Mapping[str, Mapping[str, str]]
"""For each customer the times (RFC 3339) of the newest entry's steps: accepted, extracted, loaded."""


MADE_HERE = frozenset({SuggestionKind.FOLLOW_UP, SuggestionKind.AFTER_SALES, SuggestionKind.RECOMMENDATION})
"""The kinds that these rules make, and may therefore withdraw."""


@app.task(name="suggest.customers", bind=True)
def suggest_customers(task: Task, customer_ids: Sequence[str], traces: Traces | None = None) -> None:
    """Make the suggestions of these customers anew: new ones are stored and pushed, groundless ones withdrawn."""
    guard(task, customer_ids, lambda ids: suggest_now(ids, traces or {}))


def suggest_now(customer_ids: Sequence[str], traces: Traces) -> None:
    """Make, store and send on the suggestions of these customers."""
    parts = runtime()
    ids = [CustomerId(customer_id) for customer_id in customer_ids]
    if changed := parts.run(renew(parts, ids, traces)):
        app.send_task("push.suggestions", args=[[suggestion.id for suggestion in changed]])


async def renew(parts: Runtime, ids: Sequence[CustomerId], traces: Traces) -> list[StoredSuggestion]:
    """Make the suggestions of these customers anew and store what differs; answer those that a phone has to hear of."""
    now = utc_now()
    standing, answered = await stored.open_and_answered(ids)
    with reading(parts.engine) as connection:
        batch = read_facts(connection, ids, answered=answered, now=now)
    made = suggest(batch, now=now)
    grounds = {suggestion.id for suggestion in made}
    groundless = [SuggestionId(s.id) for s in standing if s.kind in MADE_HERE and s.id not in grounds]
    withdrawn = await stored.withdraw(groundless, now)
    merged = await stored.merge_suggestions(made, region_of=batch.regions, traces=_ranked(traces, now), now=now)
    return [*withdrawn, *merged]


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
