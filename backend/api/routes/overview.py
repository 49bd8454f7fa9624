"""Customer 360."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from backend.actions.places import require_customer
from backend.analytics.overview import read_overview
from backend.api.auth import READERS, allow
from backend.api.parts import PartsDep
from backend.api.schemas import CUSTOMER_ID_PATTERN
from backend.domain.access import Caller
from backend.domain.ids import CustomerId

router = APIRouter(prefix="/v1/customers", tags=["customers"])


@router.get("/{customer_id}/overview")
async def get_overview(
    customer_id: Annotated[str, Path(pattern=CUSTOMER_ID_PATTERN)],
    parts: PartsDep,
    caller: Annotated[Caller, Depends(allow(*READERS))],
) -> dict[str, Any]:
    """Answer all that is known of a customer, what was written a moment ago included."""
    head = await require_customer(caller, CustomerId(customer_id))
    async with parts.engine.connect() as connection:
        return await read_overview(connection, caller, head)
