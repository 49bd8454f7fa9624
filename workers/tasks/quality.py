"""Queue `quality`: what must hold at any moment, looked at on a schedule."""

import structlog

from backend.domain.clock import utc_now
from backend.warehouse.engine import transaction
from backend.warehouse.quality_results import record_check
from backend.warehouse.runs import recorded_run
from etl.quality import INVARIANTS
from etl.reconcile import CHECK, PROMISE, reconcile
from workers.app import app
from workers.runtime import runtime

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
