"""The fit is a process of its own: it stores a model, records its run, and ends."""

import os

from sqlalchemy import Engine, select

from backend.settings import Settings
from backend.warehouse import tables as t
from tests.past_orders import made_lines, sell
from workers.own_process import start


def test_the_process_stores_a_model_and_records_its_run(engine: Engine, settings: Settings) -> None:
    sell(engine, made_lines(4))
    urls = {"MONGO": settings.mongo_url, "REDIS": settings.redis_url, "WAREHOUSE": settings.warehouse_url}
    process = start("workers.refit", {**os.environ, **{f"FLOORBOOK_{name}_URL": url for name, url in urls.items()}})
    assert process.wait(120) == 0
    with engine.begin() as connection:
        (model,) = connection.execute(select(t.recommenders)).all()
        (run,) = connection.execute(select(t.runs)).all()
    assert (run.job, run.state, run.n_rows) == ("marts.refit_recommender", "succeeded", model.n_lines)
    assert len(model.content) > 1_000
