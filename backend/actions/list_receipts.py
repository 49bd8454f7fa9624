"""List the receipts of erasures within somebody's scope."""

from datetime import datetime

from backend.documents.erasures import read_receipts
from backend.documents.models import Erasure
from backend.domain.access import Caller


async def list_receipts(caller: Caller, *, before: tuple[datetime, str] | None, limit: int) -> list[Erasure]:
    """Answer receipts, newest first, of the caller's store or region."""
    places = {"store_id": caller.store_id, "region": caller.region}
    within = {name: str(value) for name, value in places.items() if value is not None}
    return await read_receipts(within, before=before, limit=limit)
