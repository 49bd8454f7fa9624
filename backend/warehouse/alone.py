"""One at a time: a job that still runs elsewhere is not begun again."""

from sqlalchemy import Connection, text


def is_alone(connection: Connection, job: str) -> bool:
    """Tell whether nobody else runs this job; until this transaction ends nobody else will."""
    return bool(connection.execute(text("SELECT pg_try_advisory_xact_lock(hashtext(:job))"), {"job": job}).scalar_one())
