"""List the receipts of erasures within somebody's scope."""

from datetime import datetime

from backend.documents.erasures import read_receipts
from backend.documents.models import Erasure
from backend.domain.access import Caller, bounds_of


async def list_receipts(caller: Caller, *, before: tuple[datetime, str] | None, limit: int) -> list[Erasure]:
    """Answer receipts, newest first, of the caller's store or region."""
    return await read_receipts(bounds_of(caller), before=before, limit=limit)
