"""Queue `marts`: what is computed over all customers."""

from backend.domain.clock import utc_now
from backend.warehouse.engine import transaction
from backend.warehouse.runs import recorded_run
from etl.marts.affinity import refresh_affinity
from workers.app import app
from workers.runtime import runtime


@app.task(name="marts.refresh_affinity")
def refresh_product_affinity() -> None:
    """Count anew which products are bought together."""
    engine = runtime().engine
    with recorded_run(engine, "marts.refresh_affinity", utc_now) as run, transaction(engine) as connection:
        run.n_rows = refresh_affinity(connection, utc_now())
