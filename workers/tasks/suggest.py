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
from backend.recommend.facts import CustomerFacts
from backend.recommend.follow_ups import follow_ups
from backend.recommend.identity import MODEL_VERSION
from backend.recommend.outreach import MODEL_VERSION as OUTREACH_VERSION
from backend.recommend.outreach_choice import is_moot
from backend.recommend.recommendations import recommendations
from backend.warehouse.engine import reading
from workers.app import app
from workers.failures import guard
from workers.runtime import Runtime, runtime

Traces = Mapping[str, Mapping[str, str]]
"""For each customer the times (RFC 3339) of the newest entry's steps: accepted, extracted, loaded."""


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
    facts = {customer.customer_id: customer for customer in batch.customers}
    over = [
        SuggestionId(s.id)
        for s in standing
        if s.id not in grounds and _is_over(s, facts.get(CustomerId(s.customer_id)))
    ]
    withdrawn = await stored.withdraw(over, now)
    merged = await stored.merge_suggestions(made, region_of=batch.regions, traces=_ranked(traces, now), now=now)
    return [*withdrawn, *merged]


def _is_over(standing: StoredSuggestion, facts: CustomerFacts | None) -> bool:
    """Tell whether an open suggestion that these rules did not make again has lost its reason.

    What they made before has; a campaign's has not; what was made of our own accord has where the facts say so.
    """
    version = standing.body["model_version"]
    if version == OUTREACH_VERSION:
        products = [product["product_id"] for product in standing.body["products"]]
        return facts is not None and is_moot(SuggestionKind(standing.kind), products, standing.created_at, facts)
    return version == MODEL_VERSION and all(reason["type"] != "campaign" for reason in standing.body["because"])


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
