"""Incidents: what is wrong now against what was wrong before, so that each trouble is told once, and its end once."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from backend.domain.errors import InvalidInputError

HOLD = timedelta(minutes=5)
"""A trouble that is not seen for so long is over: one that comes and goes is one incident."""
REMIND = timedelta(hours=4)
"""An open incident is told again after so long."""
MOST_TOLD = 20
"""So many incidents of a sort one message names; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Monitor:
    """What is watched how often, and from where on it is a trouble."""

    name: str
    every_minutes: float
    severity: str = "high"
    window_seconds: float = 600.0
    limit: float = 0.0
    min_rows: int = 0

    def is_due(self, watched_at: datetime | None, now: datetime) -> bool:
        """Tell whether it is time; ticks come a little early or late."""
        return watched_at is None or now - watched_at >= timedelta(minutes=self.every_minutes) - timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong now. `key` is the same as long as it is the same trouble; neither names a person."""

    monitor: str
    key: str
    title: str
    severity: str


@dataclass(frozen=True, slots=True)
class Incident:
    """A trouble that was told and is not over."""

    incident_id: str
    problem: Problem
    opened_at: datetime
    seen_at: datetime
    told_at: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """What one look at the monitors changes."""

    opened: Sequence[Problem] = ()
    seen: Sequence[Incident] = ()
    reminded: Sequence[Incident] = ()
    resolved: Sequence[Incident] = ()

    @property
    def worth_telling(self) -> bool:
        """Tell whether somebody should hear of it."""
        return bool(self.opened or self.reminded or self.resolved)


def compare_incidents(
    held: Collection[Incident], problems: Collection[Problem], watched: Collection[str], now: datetime
) -> Changes:
    """Hold what is open against what is wrong now; of monitors that were not looked at nothing changes."""
    wrong = {(problem.monitor, problem.key): problem for problem in problems}
    known = {(one.problem.monitor, one.problem.key): one for one in held}
    seen = [one for place, one in known.items() if place in wrong]
    gone = [one for place, one in known.items() if place not in wrong and one.problem.monitor in watched]
    return Changes(
        opened=[problem for place, problem in wrong.items() if place not in known],
        seen=seen,
        reminded=[one for one in seen if now - one.told_at >= REMIND],
        resolved=[one for one in gone if now - one.seen_at >= HOLD],
    )


def message_of(changes: Changes, n_open: int, now: datetime) -> dict[str, Any]:
    """Answer what is sent: one message for all that one look has changed."""
    sorts = {
        "opened": [_told(problem) for problem in changes.opened],
        "still_open": [_told(one.problem, one.opened_at) for one in changes.reminded],
        "resolved": [_told(one.problem, one.opened_at) for one in changes.resolved],
    }
    counts = ", ".join(f"{len(told)} {sort.replace('_', ' ')}" for sort, told in sorts.items() if told)
    named = {sort: told[:MOST_TOLD] for sort, told in sorts.items()}
    more = {sort: len(told) - MOST_TOLD for sort, told in sorts.items() if len(told) > MOST_TOLD}
    return {"type": "incidents", "title": f"Floorbook: {counts}", "at": now.isoformat(), "n_open": n_open} | {
        "incidents": named, "not_named": more,
    }  # fmt: skip


def _told(problem: Problem, opened_at: datetime | None = None) -> dict[str, Any]:
    since = {} if opened_at is None else {"opened_at": opened_at.isoformat()}
    return {
        "monitor": problem.monitor,
        "key": problem.key,
        "title": problem.title,
        "severity": problem.severity,
    } | since


def mail_text(message: Mapping[str, Any]) -> str:
    """Write a message as plain text."""
    lines = []
    for sort, told in message["incidents"].items():
        lines += [f"{sort.replace('_', ' ').capitalize()} ({one['severity']}): {one['title']}" for one in told]
        if more := message["not_named"].get(sort):
            lines.append(f"… and {more} more")
    return "\n".join([*lines, "", f"{message['n_open']} open in all, as of {message['at']}. See /ops.", ""])


def read_monitors(*texts: str) -> Mapping[str, Monitor]:
    """Read monitors from TOML; a later text counts over an earlier one, word by word. Raises InvalidInputError."""
    told: dict[str, dict[str, Any]] = {}
    for text in texts:
        try:
            for name, words in tomllib.loads(text).items():
                told[name] = told.get(name, {}) | words
        except (tomllib.TOMLDecodeError, TypeError) as error:
            raise InvalidInputError(f"The file of monitors can't be read: {error}") from None
    known = {one.name for one in fields(Monitor)} | {"enabled"}
    for name, words in told.items():
        if words.keys() - known or "every_minutes" not in words:
            raise InvalidInputError(
                f"Monitor {name}: says every_minutes, and of {', '.join(sorted(known))} what it likes"
            )
    return {
        name: Monitor(name, **{word: value for word, value in words.items() if word != "enabled"})
        for name, words in told.items()
        if words.get("enabled", True)
    }


def wait_before_retry(attempts: int) -> timedelta | None:
    """Answer how long to wait after so many failed attempts: 15 s, 30 s … an hour; None: give up, after some five."""
    return None if attempts >= _MOST_ATTEMPTS else timedelta(seconds=min(3600, 15 * 2 ** (attempts - 1)))


_MOST_ATTEMPTS = 12


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """Whom to tell, and how."""

    webhooks: tuple[str, ...] = ()
    secret: str = field(default="", repr=False)
    """Signs the bodies; without it they go unsigned."""
    private_addresses: bool = False
    """Whether a webhook may be on this machine or in a private network."""
    smtp_url: str = field(default="", repr=False)
    """smtp://, smtp+tls:// (STARTTLS) or smtps://, with user and password where the server wants them."""
    mail_from: str = "floorbook@localhost"
    mail_to: tuple[str, ...] = ()
