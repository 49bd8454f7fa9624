"""Queue `quality`: what must hold at any moment, looked at on a schedule."""

from datetime import timedelta

import structlog

from backend.domain.checks import CheckState
from backend.domain.clock import utc_now
from backend.domain.incidents import Monitor
from backend.warehouse.alone import is_alone
from backend.warehouse.checking import declared_checks, run_checks
from backend.warehouse.engine import transaction
from backend.warehouse.monitoring import declared_monitors
from backend.warehouse.profiles import profile_all
from backend.warehouse.quality_results import forget_checks, last_checked, record_check, record_finding
from backend.warehouse.runs import recorded_run
from etl.quality import INVARIANTS
from etl.reconcile import CHECK, PROMISE, reconcile
from workers.app import app
from workers.pager import deliver, read_backlog, watch
from workers.runtime import runtime

_SLACK = timedelta(seconds=30)
"""A check that is due within so short a time is looked at now: the schedule's ticks are not to the millisecond."""

log = structlog.get_logger()


@app.task(name="quality.check_invariants")
def check_invariants() -> None:
    """Check every invariant; what does not hold is written down and logged as an error."""
    engine = runtime().engine
    with recorded_run(engine, "quality.check_invariants", utc_now) as run:
        for invariant in INVARIANTS:
            began = utc_now()
            with transaction(engine) as connection:
                violations = invariant.check(connection)
                details = [f"{violation.where}: {violation.detail}" for violation in violations]
                record_check(connection, invariant.name, invariant.promise, details, began=began, ended=utc_now())
            if details:
                log.error("invariant_broken", check=invariant.name, n=len(details), first=details[0])
        run.n_rows = len(INVARIANTS)


@app.task(name="quality.check_tables")
def check_tables() -> None:
    """Look at the tables as the declared checks ask, those that are due; what fails is logged as an error."""
    parts = runtime()
    with recorded_run(parts.engine, "quality.check_tables", utc_now) as run:
        checks = declared_checks(parts.settings.checks_path)
        began = utc_now()
        with transaction(parts.engine) as connection:
            if not is_alone(connection, "quality.check_tables"):
                return
            seen = last_checked(connection)
            due = [
                check for check in checks if check.name not in seen or began - seen[check.name] >= check.every - _SLACK
            ]
            findings = list(run_checks(connection, due, began))
            for finding in findings:
                record_finding(connection, finding, began=began, ended=utc_now())
            forget_checks(connection, [check.name for check in checks], began)
        for finding in findings:
            if finding.state is CheckState.FAILED:
                log.error("check_failed", check=finding.check.name, n_failed=finding.n_failed, n=finding.n_checked)
        run.n_rows = len(findings)


@app.task(name="quality.profile_columns")
def profile_columns() -> None:
    """Count what is missing in each column, and write down where much more is than an hour ago."""
    parts = runtime()
    limits = declared_monitors(parts.settings.monitors_path).get("null_shares", Monitor("null_shares", 1, limit=1.0))
    with recorded_run(parts.engine, "quality.profile_columns", utc_now) as run, transaction(parts.engine) as connection:
        run.n_rows = profile_all(connection, limits, utc_now())


@app.task(name="quality.watch")
def watch_monitors() -> None:
    """Look at the monitors; tell of what began and of what is over."""
    parts, now = runtime(), utc_now()
    watch(parts.engine, parts.settings, parts.run(read_backlog(now)), now)
    deliver(parts.engine, parts.settings.alerts, now)


@app.task(name="quality.deliver_pages")
def deliver_pages() -> None:
    """Send what is due again."""
    parts = runtime()
    deliver(parts.engine, parts.settings.alerts, utc_now())


@app.task(name="quality.reconcile_documents")
def reconcile_documents() -> None:
    """Compare customers drawn by chance, cell by cell, with what their documents say."""
    parts = runtime()
    with recorded_run(parts.engine, "quality.reconcile_documents", utc_now) as run:
        began = utc_now()
        found = parts.run(reconcile(parts.engine))
        with transaction(parts.engine) as connection:
            record_check(
                connection, CHECK, PROMISE, found.different, began=began, ended=utc_now(), n_checked=found.n_cells
            )
        if found.different:
            log.error("documents_differ", n=len(found.different), n_cells=found.n_cells, first=found.different[0])
        run.n_rows = found.n_customers
