"""When to look for customers to approach, and among whom."""

from datetime import UTC, datetime
from enum import Enum, auto

from sqlalchemy import Connection, func, select

from backend.warehouse.tables import customer_churn, order_lines, runs

NIGHT_HOUR = 4
"""In UTC: after the recommender was fitted, before the shops open."""


class Walk(Enum):
    """Among whom to look."""

    EVERYBODY = auto()
    NEWS = auto()
    NOBODY = auto()


def next_walk(connection: Connection, job: str, now: datetime) -> Walk:
    """Answer EVERYBODY once after each night, as soon as the customers' value is told; NEWS else, where one is told."""
    told = connection.execute(select(customer_churn.c.customer_id).limit(1)).first()
    if told is None:
        return Walk.NOBODY
    began = select(func.max(runs.c.started_at)).where(runs.c.job == job)
    last = connection.execute(began).scalar_one()
    tonight = now.astimezone(UTC).replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return Walk.EVERYBODY if last is None or last < tonight <= now else Walk.NEWS


def is_value_wanting(connection: Connection) -> bool:
    """Tell whether something was sold, and nobody's value told yet."""
    sold = connection.execute(select(order_lines.c.customer_id).where(order_lines.c.sold).limit(1)).first()
    return sold is not None and connection.execute(select(customer_churn.c.customer_id).limit(1)).first() is None
