"""Erase a person, with a receipt; and answer everything that is held about one who asks."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict

from backend.actions.erase_customer import Reach, erase_customer, receipt
from backend.actions.list_receipts import list_receipts
from backend.actions.tell_everything import tell_everything
from backend.analytics.cursors import read_cursor, write_cursor
from backend.analytics.operations import read_moment
from backend.api.auth import allow
from backend.api.parts import PartsDep
from backend.api.schemas import CUSTOMER_ID_PATTERN
from backend.documents import inbox
from backend.documents.models import Erasure
from backend.domain.access import Caller, Role
from backend.domain.ids import CustomerId
from backend.push import publish_news

router = APIRouter(prefix="/v1", tags=["customers"])

Eraser = Annotated[Caller, Depends(allow(Role.MANAGER, Role.OPERATOR))]


class ErasedPart(BaseModel):
    """What was removed of one kind from one store; rollups: cells that count less."""

    store: str
    kind: str
    n_removed: int


class ErasureReceipt(BaseModel):
    """What was erased, and when. `verified`: every store was searched again afterwards, and nothing was found.

    `customer_id` is told to whoever names it; the receipt itself keeps the keyed digest. `settled_at`: from then on
    nobody who was at work at that moment can bring anything back, and the id is forgotten too.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "receipt_id": "5e0f7a",
                    "customer_id": "57fea3df",
                    "customer_digest": "a3c1",
                    "requested_by": "dana",
                    "requested_at": "2026-11-22T10:30:00.123Z",
                    "erased_at": "2026-11-22T10:30:00.180Z",
                    "settled_at": None,
                    "verified": True,
                    "n_left": 0,
                    "stores": [{"store": "documents", "kind": "revisions", "n_removed": 3}],
                }
            ]
        }
    )

    receipt_id: str
    customer_id: str | None
    customer_digest: str
    requested_by: str
    requested_at: datetime
    erased_at: datetime | None
    settled_at: datetime | None
    verified: bool
    n_left: int
    stores: list[ErasedPart]


class ErasureList(BaseModel):
    """One page of receipts, newest first."""

    items: list[ErasureReceipt]
    next_cursor: str | None


@router.delete("/customers/{customer_id}")
async def delete_customer(
    customer_id: Annotated[str, Path(pattern=CUSTOMER_ID_PATTERN)], parts: PartsDep, caller: Eraser
) -> ErasureReceipt:
    """Erase the person from every store, for good; asked again, the same receipt.

    From then on the id is unknown to every reader (404) and refused to every writer (410): what a phone still has in
    its outbox stays out, and whoever comes back gets a new id.
    """
    reach = Reach(parts.settings, parts.engine, parts.clock)
    erasure = await erase_customer(reach, caller, CustomerId(customer_id))
    await publish_news(parts.redis, await inbox.newest_id())
    return _receipt(erasure, customer_id)


@router.get("/customers/{customer_id}/export")
async def get_everything(
    customer_id: Annotated[str, Path(pattern=CUSTOMER_ID_PATTERN)],
    parts: PartsDep,
    caller: Annotated[Caller, Depends(allow(Role.MANAGER))],
    response: Response,
) -> dict[str, Any]:
    """Answer all that is held about a person, as one JSON file: for the person who asks what is known of them."""
    response.headers["Content-Disposition"] = 'attachment; filename="personal-data.json"'
    return await tell_everything(parts.engine, caller, CustomerId(customer_id), parts.clock)


@router.get("/erasures/{receipt_id}")
async def get_erasure(receipt_id: Annotated[str, Path(max_length=64)], caller: Eraser) -> ErasureReceipt:
    """Answer the receipt of an erasure."""
    return _receipt(await receipt(caller, receipt_id))


@router.get("/erasures")
async def get_erasures(
    caller: Eraser,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ErasureList:
    """List the receipts of people who were within your scope, newest first."""
    before = None
    if cursor:
        requested_at, last = read_cursor(cursor, 2)
        before = (read_moment(requested_at), last)
    found = await list_receipts(caller, before=before, limit=limit + 1)
    page = found[:limit]
    more = len(found) > limit
    return ErasureList(
        items=[_receipt(one) for one in page],
        next_cursor=write_cursor([page[-1].requested_at.isoformat(), page[-1].id]) if more else None,
    )


def _receipt(erasure: Erasure, customer_id: str | None = None) -> ErasureReceipt:
    removed = ((*name.partition("/"), n) for name, n in sorted(erasure.removed.items()))
    return ErasureReceipt(
        receipt_id=erasure.receipt_id,
        customer_id=customer_id,
        customer_digest=erasure.id,
        requested_by=erasure.requested_by,
        requested_at=erasure.requested_at,
        erased_at=erasure.erased_at,
        settled_at=erasure.settled_at,
        verified=erasure.erased_at is not None and erasure.left == 0,
        n_left=erasure.left,
        stores=[ErasedPart(store=store, kind=kind, n_removed=n) for store, _, kind, n in removed],
    )
