"""Queue `quality`: what must hold at any moment, looked at on a schedule."""

import structlog

from backend.domain.clock import utc_now
from backend.warehouse.engine import transaction
from backend.warehouse.quality_results import record_check
from backend.warehouse.runs import recorded_run
from etl.quality import INVARIANTS
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
