"""Incidents and the messages about them: kept, so that neither a crash nor an outage swallows one."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import orjson
from sqlalchemy import Connection, delete, func, insert, select, update

from backend.domain.incidents import AlertSettings, Changes, Incident, Problem, message_of, wait_before_retry
from backend.warehouse.tables import incidents, pages

MAIL = "mail"
_I, _P = incidents.c, pages.c
_KEEP = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Page:
    """A message that is due: it has the same id and the same body however often it is sent."""

    page_id: str
    target: str
    body: str
    n_attempts: int


def target_of(url: str) -> str:
    """Answer what a webhook is called in the tables: its address may hold a secret."""
    return f"webhook-{hashlib.sha256(url.encode()).hexdigest()[:16]}"


def targets(alerts: AlertSettings) -> list[str]:
    """Answer everybody who is told."""
    return [target_of(url) for url in alerts.webhooks] + ([MAIL] if alerts.mail_to and alerts.smtp_url else [])


def open_incidents(connection: Connection) -> list[Incident]:
    """Answer what is not over."""
    rows = connection.execute(select(incidents).where(_I.resolved_at.is_(None)).order_by(_I.opened_at))
    return [Incident(row.incident_id, Problem(*row[1:5]), row.opened_at, row.seen_at, row.told_at) for row in rows]


def keep_changes(connection: Connection, changes: Changes, told: Sequence[str], now: datetime) -> None:
    """Write down what has changed, and one message for each of those who are told."""
    for problem in changes.opened:
        row = {"monitor": problem.monitor, "key": problem.key, "title": problem.title, "severity": problem.severity}
        at = {"opened_at": now, "seen_at": now, "told_at": now}
        connection.execute(insert(incidents).values(incident_id=uuid4().hex, **row, **at))
    _stamp(connection, changes.seen, seen_at=now)
    _stamp(connection, changes.reminded, told_at=now)
    _stamp(connection, changes.resolved, resolved_at=now)
    if changes.worth_telling:
        still_open = select(func.count()).select_from(incidents).where(_I.resolved_at.is_(None))
        n_open = connection.execute(still_open).scalar_one()
        add_pages(connection, orjson.dumps(message_of(changes, n_open, now)).decode(), told, now)


def add_pages(connection: Connection, body: str, told: Iterable[str], now: datetime) -> None:
    """Keep one message for each of these, due now."""
    for target in told:
        row = {"page_id": f"page_{uuid4().hex}", "target": target, "body": body, "created_at": now, "due_at": now}
        connection.execute(insert(pages).values(row))


def due_pages(connection: Connection, now: datetime, limit: int = 20) -> list[Page]:
    """Answer the messages to send now, oldest first; until the transaction ends no other sender gets them."""
    chosen = select(pages).where(_P.due_at <= now).order_by(_P.due_at).limit(limit).with_for_update(skip_locked=True)
    return [Page(row.page_id, row.target, row.body, row.n_attempts) for row in connection.execute(chosen)]


def note_delivery(connection: Connection, page: Page, error: str | None, now: datetime) -> bool:
    """Write down how sending went; a failure is tried again later. Answer whether it was given up."""
    n_attempts, wait = page.n_attempts + 1, None
    if error is not None and (wait := wait_before_retry(n_attempts)) is not None:
        due_at: datetime | None = now + wait
    else:
        due_at = None
    told = {"n_attempts": n_attempts, "error": error, "due_at": due_at, "delivered_at": None if error else now}
    connection.execute(update(pages).where(_P.page_id == page.page_id).values(told))
    return error is not None and wait is None


def forget_incidents(connection: Connection, now: datetime) -> None:
    """Take away what was over ninety days ago."""
    connection.execute(delete(incidents).where(_I.resolved_at < now - _KEEP))
    connection.execute(delete(pages).where(_P.created_at < now - _KEEP))


def _stamp(connection: Connection, several: Sequence[Incident], **at: datetime) -> None:
    ids = [one.incident_id for one in several]
    if ids:
        connection.execute(update(incidents).where(_I.incident_id.in_(ids)).values(**at))
