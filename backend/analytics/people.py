"""Who customers are: what a card says of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select

from backend.domain.ids import CustomerId
from backend.warehouse.engine import AsyncEngine
from backend.warehouse.tables import customer_churn, customers

_C = customers.c
_NAMES = (
    select(
        _C.customer_id, _C.first_name, _C.last_name, _C.phone_number, _C.email_id, _C.last_interaction_on,
        customer_churn.c.segment,
    )
    .outerjoin(customer_churn, customer_churn.c.customer_id == _C.customer_id)
    .where(_C.customer_id.in_(bindparam("ids", expanding=True)))
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """A customer as a card shows them; whoever asks must be allowed to see contact data."""

    customer_id: CustomerId
    first_name: str | None
    last_name: str | None
    phone_number: str | None
    email_id: str | None
    last_interaction_on: date | None
    segment: str | None


async def read_names(engine: AsyncEngine, customer_ids: Iterable[CustomerId]) -> dict[CustomerId, Named]:
    """Read these customers; those whom the tables do not know are left out."""
    async with engine.connect() as connection:
        rows = await connection.execute(_NAMES, {"ids": sorted(customer_ids)})
        return {CustomerId(row.customer_id): Named(*row) for row in rows}
