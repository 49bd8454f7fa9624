"""Queue `marts`: what is computed over all customers."""

from backend.domain.clock import utc_now
from backend.warehouse.engine import transaction
from etl.marts.affinity import refresh_affinity
from workers.app import app
from workers.runtime import runtime


@app.task(name="marts.refresh_affinity")
def refresh_product_affinity() -> None:
    """Count anew which products are bought together."""
    with transaction(runtime().engine) as connection:
        refresh_affinity(connection, utc_now())
