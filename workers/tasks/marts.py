"""Queue `marts`: what is computed over all customers."""

from datetime import timedelta

from backend.analytics.facts import customers_with_recent_notes
from backend.documents.inbox import InboxEvent, append_events
from backend.documents.journal import history_waits
from backend.domain.clock import utc_now
from backend.push import publish_news
from backend.warehouse.engine import transaction
from backend.warehouse.runs import recorded_run
from etl.marts.affinity import refresh_affinity
from etl.marts.approach_due import Walk, is_value_wanting, next_walk
from etl.marts.recommender_due import is_due
from etl.marts.spike_log import SpikeChange, refresh_spikes
from etl.marts.unmet_demand import refresh_all
from etl.marts.value_now import customers_since, retell_value
from workers.app import app
from workers.approach import JOB, approach
from workers.own_process import is_at_it, start_one
from workers.runtime import runtime
from workers.spike_calls import tell_associates
from workers.tasks.suggest import suggest_now

BATCH = 50
CLOCK_SKEW = timedelta(seconds=5)
REFIT, APPROACH = "workers.refit", "workers.approach"
NEWS_OF, MOST_NEWS = timedelta(minutes=10), 2_000
"""News twice as old as the schedule's step are looked at: twice is once, and a step may be late."""


@app.task(name="marts.refresh_affinity")
def refresh_product_affinity() -> None:
    """Count anew which products are bought together."""
    engine = runtime().engine
    with recorded_run(engine, "marts.refresh_affinity", utc_now) as run, transaction(engine) as connection:
        run.n_rows = refresh_affinity(connection, utc_now())


@app.task(name="marts.refresh_unmet_demand")
def refresh_unmet_demand() -> None:
    """Tell anew what was asked for and not sold: the loader does so for whom it touches, this for a new catalogue."""
    engine = runtime().engine
    with recorded_run(engine, "marts.refresh_unmet_demand", utc_now) as run:
        run.n_rows = refresh_all(engine, utc_now())


@app.task(name="marts.refresh_customer_value")
def refresh_customer_value() -> None:
    """Tell anew how each customer stands: recency, frequency, money, segment, and the chance of no purchase."""
    from etl.marts.customer_value import drop_unknown, refresh_customer_value  # noqa: PLC0415 - scikit-learn: 100 MB

    engine = runtime().engine
    with recorded_run(engine, "marts.refresh_customer_value", utc_now) as run:
        began = utc_now()
        with transaction(engine) as connection:
            run.n_rows = refresh_customer_value(connection, began)
        with transaction(engine) as connection:  # who bought while it was told
            retell_value(connection, customers_since(connection, began - CLOCK_SKEW), utc_now())
        with transaction(engine) as connection:
            drop_unknown(connection)


@app.task(name="marts.tell_first_value")
def tell_first_value() -> None:
    """Tell the customers' value as soon as something was sold, and not only when its quarter of an hour comes."""
    with transaction(runtime().engine) as connection:
        wanting = is_value_wanting(connection)
    if wanting:
        refresh_customer_value()


@app.task(name="marts.refit_recommender")
def refit_recommender() -> None:
    """Have the recommender fitted anew by a process of its own where that is due, and none is at it."""
    if is_at_it(REFIT) or _is_importing():
        return
    with transaction(runtime().engine) as connection:
        due = is_due(connection, utc_now())
    if due:
        start_one(REFIT)


def _is_importing() -> bool:
    """Whether history is being loaded: what is learnt from all of it would be learnt anew as soon as it is there."""
    return runtime().run(history_waits(utc_now()))


@app.task(name="marts.approach")
def approach_customers() -> None:
    """Suggest whom to approach: after each night among all customers, by a process of its own; else among the news."""
    parts, now = runtime(), utc_now()
    if is_at_it(APPROACH) or _is_importing():
        return
    with transaction(parts.engine) as connection:
        walk = next_walk(connection, JOB, now)
    if walk is Walk.EVERYBODY:
        start_one(APPROACH)
    elif walk is Walk.NEWS:
        since = now - NEWS_OF
        parts.run(approach(parts.engine, now, since=since, most=MOST_NEWS))


@app.task(name="marts.refresh_spikes")
def refresh_spike_log() -> None:
    """Keep the table of spikes, and tell the streams what opened, grew and closed, before it counts as told."""
    parts, now = runtime(), utc_now()
    with recorded_run(parts.engine, "marts.refresh_spikes", utc_now) as run, transaction(parts.engine) as connection:
        changes = refresh_spikes(connection, now)
        if changes:
            newest = parts.run(append_events([event_of(change) for change in changes], now))
            parts.run(publish_news(parts.redis, newest))
            parts.run(tell_associates(parts.settings, changes, now))
        run.n_rows = len(changes)


def event_of(change: SpikeChange) -> InboxEvent:
    """Answer the change as an event for who watches the region; told twice, it is in the log once."""
    key = f"{change.spike.spike_id}/{change.status}/{change.spike.updated_at:%Y-%m-%dT%H:%M}"
    return InboxEvent(key, "spike", change.told(), region=change.spike.region)


@app.task(name="marts.suggest_for_recent_notes")
def suggest_for_recent_notes() -> None:
    """Look again at every customer with a recent note: what was imported, and what a day has changed.

    Here and not in the queue `suggest`: nobody waits for it, and a fresh note must not wait behind it.
    """
    engine = runtime().engine
    with recorded_run(engine, "marts.suggest_for_recent_notes", utc_now) as run:
        with transaction(engine) as connection:
            ids = customers_with_recent_notes(connection, now=utc_now())
        for first in range(0, len(ids), BATCH):
            suggest_now(ids[first : first + BATCH], {})
        run.n_rows = len(ids)
