"""Watch the monitors, and tell whoever is on duty: once when a trouble begins, once when it is over."""

from collections.abc import Mapping
from datetime import datetime

import orjson
import structlog

from backend.documents import journal
from backend.documents.dead_letters import count_dead_letters
from backend.domain.incidents import AlertSettings, Monitor, Problem, compare_incidents, mail_text
from backend.settings import Settings
from backend.warehouse.alone import is_alone
from backend.warehouse.engine import Connection, Engine, transaction
from backend.warehouse.incidents import (
    MAIL,
    Page,
    due_pages,
    forget_incidents,
    keep_changes,
    note_delivery,
    open_incidents,
    target_of,
    targets,
)
from backend.warehouse.monitoring import declared_monitors, due_monitors, failed_checks, failed_runs, note_watched
from workers.mailing import send_mail
from workers.webhooks import UndeliverableError, post_webhook, signature_headers

log = structlog.get_logger()


async def read_backlog(now: datetime) -> dict[str, float]:
    """Answer what the documents tell of: seconds that the oldest unread entry waits, and dead letters."""
    _, seconds = await journal.pending(now)
    return {"late_data": seconds, "dead_letters": float(await count_dead_letters())}


def watch(engine: Engine, settings: Settings, backlog: Mapping[str, float], now: datetime) -> None:
    """Look at the monitors that are due, and keep what has changed with the messages about it."""
    with transaction(engine) as connection:
        if not is_alone(connection, "quality.watch"):
            return
        due = due_monitors(connection, declared_monitors(settings.monitors_path).values(), now)
        problems: list[Problem] = []
        for monitor in due:
            found = _problems(connection, monitor, backlog, now)
            note_watched(connection, monitor, len(found), now)
            problems += found
        changes = compare_incidents(open_incidents(connection), problems, {one.name for one in due}, now)
        keep_changes(connection, changes, targets(settings.alerts), now)
        forget_incidents(connection, now)
    for problem in changes.opened:
        log.error("incident_opened", monitor=problem.monitor, title=problem.title)
    for incident in changes.resolved:
        log.info("incident_resolved", monitor=incident.problem.monitor, title=incident.problem.title)


def _problems(connection: Connection, monitor: Monitor, backlog: Mapping[str, float], now: datetime) -> list[Problem]:
    match monitor.name:
        case "failed_runs":
            return failed_runs(connection, monitor, now)
        case "failed_checks":
            return failed_checks(connection, monitor, now, of_profile=False)
        case "null_shares":
            return failed_checks(connection, monitor, now, of_profile=True)
        case "late_data" if backlog["late_data"] > monitor.limit:
            title = f"What was accepted waits for more than {monitor.limit:g} seconds to be read"
            return [Problem(monitor.name, monitor.name, title, monitor.severity)]
        case "dead_letters" if backlog["dead_letters"] > monitor.limit:
            title = "Work was given up and waits for somebody: see the dead letters"
            return [Problem(monitor.name, monitor.name, title, monitor.severity)]
        case _:
            return []


def deliver(engine: Engine, alerts: AlertSettings, now: datetime) -> int:
    """Send the messages that are due; what can't be delivered is tried again later. Answer how many were delivered."""
    n_delivered = 0
    with transaction(engine) as connection:
        for page in due_pages(connection, now):
            error = _send(page, alerts, now)
            given_up = note_delivery(connection, page, error, now)
            n_delivered += error is None
            if error is not None:
                log.warning("page_not_delivered", target=page.target, error=error, given_up=given_up)
    return n_delivered


def _send(page: Page, alerts: AlertSettings, now: datetime) -> str | None:
    """Send one message; answer why it could not be."""
    try:
        if page.target == MAIL:
            message = orjson.loads(page.body)
            send_mail(alerts, page.page_id, message["title"], mail_text(message))
            return None
        url = next((url for url in alerts.webhooks if target_of(url) == page.target), None)
        if url is None:
            return "This webhook is not set any more"
        body = page.body.encode()
        headers = signature_headers(page.page_id, body, alerts.secret, int(now.timestamp()))
        post_webhook(url, body, headers, private_addresses=alerts.private_addresses)
    except UndeliverableError as error:
        return str(error)
    return None
