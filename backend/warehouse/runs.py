"""What the background did and when: one row of `runs` for each run, written at its start and at its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Engine, insert, update

from backend.domain.clock import Clock
from backend.warehouse.tables import runs


@dataclass
class Run:
    """A run under way; set `n_rows` to say how much it did."""

    n_rows: int | None = None


@contextmanager
def recorded_run(engine: Engine, job: str, clock: Clock) -> Iterator[Run]:
    """Record the run of a job; what it raises is recorded with it and goes on."""
    run_id, run = uuid4().hex, Run()
    with engine.begin() as connection:
        connection.execute(insert(runs).values(run_id=run_id, job=job, state="running", started_at=clock()))
    state, error = "succeeded", None
    try:
        yield run
    except BaseException as failure:
        state, error = "failed", f"{type(failure).__name__}: {failure}"
        raise
    finally:
        with engine.begin() as connection:
            connection.execute(
                update(runs)
                .where(runs.c.run_id == run_id)
                .values(state=state, error=error, n_rows=run.n_rows, finished_at=clock())
            )
