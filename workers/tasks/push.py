"""Queue `push`: from the stored suggestion to the associate's phone, and to the analysts' tables."""

from collections.abc import Sequence

from celery import Task

from backend.documents import inbox
from backend.documents import suggestions as stored
from backend.documents.models import StoredSuggestion
from backend.domain.clock import utc_now
from backend.push import publish_news
from etl.pipeline import load_suggestions
from workers.app import app
from workers.failures import guard
from workers.runtime import Runtime, runtime


@app.task(name="push.suggestions", bind=True)
def push_suggestions(task: Task, suggestion_ids: Sequence[str]) -> None:
    """Write these suggestions to the log that the streams replay, say that there is news, and load their rows."""
    guard(task, suggestion_ids, lambda ids: runtime().run(_push(runtime(), ids)))


async def _push(parts: Runtime, suggestion_ids: Sequence[str]) -> None:
    await push(parts, await stored.read_suggestions(suggestion_ids))


async def push(parts: Runtime, waiting: Sequence[StoredSuggestion]) -> None:
    """Push these suggestions as they stand; twice is once."""
    now = utc_now()
    events = [event for suggestion in waiting if (event := stored.event_of(suggestion, now)) is not None]
    if events:
        await publish_news(parts.redis, await inbox.append_events(events))
    load_suggestions(parts.engine, waiting)
    await stored.mark_pushed(waiting)
