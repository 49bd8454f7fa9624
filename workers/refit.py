"""The process that fits the recommender: `python -m workers.refit`, settings from FLOORBOOK_* variables."""

from backend.domain.clock import utc_now
from backend.logs import configure_logs
from backend.settings import Settings
from backend.warehouse.engine import open_engine
from backend.warehouse.runs import recorded_run
from workers.own_process import stand_back


def main() -> None:
    """Fit once, within the limits, and record the run."""
    stand_back()
    from etl.marts.recommender import refit  # noqa: PLC0415 - after the limits: scikit-learn, 140 MB

    settings = Settings.from_environment()
    configure_logs(settings)
    engine = open_engine(settings.warehouse_url, pool_size=1)
    try:
        with recorded_run(engine, "marts.refit_recommender", utc_now) as run:
            run.n_rows = refit(engine, utc_now())
    finally:
        engine.dispose()


if __name__ == "__main__":
    main()
