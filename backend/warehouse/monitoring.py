"""What the monitors see in the tables: jobs that failed, checks that don't hold."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, or_, select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from backend.domain.checks import CheckKind
from backend.domain.errors import InvalidInputError
from backend.domain.incidents import Monitor, Problem, read_monitors
from backend.warehouse.tables import monitors, quality_results, runs

_DEFAULTS = Path(__file__).parent / "data" / "monitors.toml"
_R, _Q = runs.c, quality_results.c


def declared_monitors(own: Path | None) -> Mapping[str, Monitor]:
    """Answer the monitors of this version, with the shop's own limits; raises InvalidInputError."""
    texts = [_DEFAULTS.read_text(encoding="utf-8")]
    if own is not None:
        try:
            texts.append(own.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInputError(f"The file of monitors {own} can't be read: {error}") from None
    return read_monitors(*texts)


def due_monitors(connection: Connection, declared: Iterable[Monitor], now: datetime) -> list[Monitor]:
    """Answer the monitors whose time has come."""
    watched = {row.monitor: row.watched_at for row in connection.execute(select(monitors))}
    return [monitor for monitor in declared if monitor.is_due(watched.get(monitor.name), now)]


def note_watched(connection: Connection, monitor: Monitor, n_problems: int, now: datetime) -> None:
    """Write down that a monitor has looked."""
    row = insert(monitors).values(monitor=monitor.name, watched_at=now, n_problems=n_problems)
    told = {"watched_at": row.excluded.watched_at, "n_problems": row.excluded.n_problems}
    connection.execute(row.on_conflict_do_update(index_elements=["monitor"], set_=told))


def failed_runs(connection: Connection, monitor: Monitor, now: datetime) -> list[Problem]:
    """Answer the jobs that failed within the window, or whose newest finished run did. What went wrong is not named."""
    finished = select(runs).where(_R.state != "running")
    newest = finished.ext(distinct_on(_R.job)).order_by(_R.job, _R.started_at.desc()).subquery()
    recent = (_R.state == "failed") & (_R.finished_at > now - timedelta(seconds=monitor.window_seconds))
    newest_failed = (
        select(newest.c.job).where(newest.c.state == "failed").where(newest.c.started_at > now - timedelta(days=7))
    )
    jobs = select(_R.job).where(or_(recent, _R.job.in_(newest_failed))).distinct().order_by(_R.job)
    return [
        Problem(monitor.name, job, f"The job {job} failed", monitor.severity)
        for job in connection.execute(jobs).scalars()
    ]


def failed_checks(connection: Connection, monitor: Monitor, now: datetime, *, of_profile: bool) -> list[Problem]:
    """Answer the checks whose newest result of the last week is a failure: those of profiles, or all others."""
    newest = (
        select(quality_results)
        .where(_Q.checked_at > now - timedelta(days=7))
        .ext(distinct_on(_Q.check_name))
        .order_by(_Q.check_name, _Q.checked_at.desc())
        .subquery()
    )
    found = connection.execute(select(newest).where(~newest.c.passed).order_by(newest.c.check_name))
    return [
        Problem(monitor.name, row.check_name, _title(row.check_name, row.n_failed, row.n_checked), monitor.severity)
        for row in found
        if (row.kind == CheckKind.PROFILE.value) is of_profile
    ]


def _title(name: str, n_failed: int, n_checked: int) -> str:
    return f"The check {name} does not hold: {n_failed} of {max(n_checked, n_failed)}"
