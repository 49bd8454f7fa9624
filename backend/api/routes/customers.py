"""Customers: the document as sent, notes and orders appended, the list."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from backend.actions import append_event, retract_note, submit_document
from backend.actions.read_customer import read_customer
from backend.analytics.customers import list_customers
from backend.api.auth import READERS, allow
from backend.api.bodies import JsonObject, etag, is_known, shaped
from backend.api.openapi import refuses, takes
from backend.api.parts import PartsDep
from backend.api.schemas import CUSTOMER_ID_PATTERN, CustomerDocument, CustomerList, NoteIn, OrderIn, Receipt
from backend.api.writes import ConditionalWrite, Write
from backend.documents.journal import Appended
from backend.domain.access import Caller, Role
from backend.domain.errors import Fault, ForbiddenError, InvalidInputError
from backend.domain.ids import CustomerId, NoteId, OrderId
from backend.domain.masking import mask_contact

router = APIRouter(prefix="/v1/customers", tags=["customers"])

Reader = Annotated[Caller, Depends(allow(*READERS))]
AddressedId = Annotated[str, Path(alias="customer_id", pattern=CUSTOMER_ID_PATTERN, examples=["57fea3df-d6f7-467b"])]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match")]

_NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "You have this version."}}
_DOCUMENT = {"customerId": "c-1", "firstname": "Fama", "products": ["Ski Boots"], "address": {"state": "NY"}}
_NOTE = {"note_id": "7f1c", "text": "Asked about women's small ski mask", "written_at": "2026-11-22T10:30:00Z"}
_ORDER = {"order_id": 15122, "status": "open", "filed_on": "2026-11-22", "comments": "Ship to my home"}


@router.get("")
async def get_customers(
    caller: Reader,
    parts: PartsDep,
    q: Annotated[str, Query(max_length=200, description="Words of names, city and products.")] = "",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CustomerList:
    """List the customers within your scope."""
    async with parts.engine.connect() as connection:
        page = await list_customers(connection, caller, q=q, cursor=cursor, limit=limit)
    return CustomerList.model_validate({"items": page.items, "next_cursor": page.next_cursor})


@router.put(
    "/{customer_id}",
    status_code=202,
    openapi_extra=takes(None, example=_DOCUMENT),
    responses=refuses(410, 412, 428),
)
async def put_customer(
    customer_id: AddressedId,
    body: JsonObject,
    request: ConditionalWrite,
    response: Response,
) -> Receipt:
    """Accept the document as sent; everything else happens behind the queue. An existing one needs If-Match."""
    appended = await submit_document.submit_document(request, CustomerId(customer_id), body)
    return _receipt(response, appended, tagged=True)


@router.patch(
    "/{customer_id}",
    status_code=202,
    openapi_extra=takes(None, example={"address": {"city": "Albany"}}),
    responses=refuses(410, 412, 428),
)
async def patch_customer(
    customer_id: AddressedId,
    body: JsonObject,
    request: ConditionalWrite,
    response: Response,
    parts: PartsDep,
) -> Receipt:
    """Accept a merge patch (RFC 7396) of the document; needs If-Match."""
    most_bytes = parts.settings.max_body_bytes
    appended = await submit_document.patch_document(request, CustomerId(customer_id), body, most_bytes=most_bytes)
    return _receipt(response, appended, tagged=True)


@router.get("/{customer_id}", responses=_NOT_MODIFIED)
async def get_customer(
    customer_id: AddressedId, caller: Reader, response: Response, if_none_match: IfNoneMatch = None
) -> Any:
    """Answer the document as it was sent. For analysts, names and ways of contact are replaced by ***."""
    entry = await read_customer(caller, CustomerId(customer_id))
    tag = etag(entry.revision)
    if is_known(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": tag})
    response.headers["ETag"] = tag
    document = mask_contact(entry.payload) if caller.role is Role.ANALYST else entry.payload
    return CustomerDocument(
        customer_id=entry.customer_id, revision=entry.revision, updated_at=entry.accepted_at, document=document
    )


@router.get(
    "/{customer_id}/raw",
    response_class=Response,
    responses={
        200: {"content": {"application/json": {}}, "description": "The bytes as they were sent."},
        **_NOT_MODIFIED,
    },
)
async def get_raw(customer_id: AddressedId, caller: Reader, if_none_match: IfNoneMatch = None) -> Response:
    """Answer the very bytes that were sent. Not for analysts: they read the document with the contact masked."""
    if caller.role is Role.ANALYST:
        raise ForbiddenError("The bytes hold names and ways of contact. Read the document without /raw.")
    entry = await read_customer(caller, CustomerId(customer_id))
    tag = etag(entry.revision)
    if is_known(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": tag})
    return Response(entry.raw, media_type="application/json", headers={"ETag": tag})


@router.post(
    "/{customer_id}/notes",
    status_code=202,
    openapi_extra=takes(NoteIn, example=_NOTE),
    responses=refuses(409, 410),
)
async def post_note(
    customer_id: AddressedId, body: JsonObject, request: Write, response: Response, parts: PartsDep
) -> Receipt:
    """Accept a note. The same note_id with the same text is the same note; with another text it is a conflict."""
    note = shaped(NoteIn, body)
    _refuse_long(note.text, parts.settings.max_note_chars, "/text")
    appended = await append_event.append_note(request, CustomerId(customer_id), NoteId(note.note_id), body)
    return _receipt(response, appended)


@router.delete("/{customer_id}/notes/{note_id}", status_code=202, responses=refuses(410))
async def delete_note(
    customer_id: AddressedId,
    note_id: Annotated[str, Path(min_length=1, max_length=128)],
    request: Write,
    response: Response,
) -> Receipt:
    """Take back a note that you wrote: it leaves the tables, and so do the suggestions that rest on it alone."""
    return _receipt(response, await retract_note.retract_note(request, CustomerId(customer_id), NoteId(note_id)))


@router.post(
    "/{customer_id}/orders",
    status_code=202,
    openapi_extra=takes(OrderIn, example=_ORDER),
    responses=refuses(410),
)
async def post_order(
    customer_id: AddressedId, body: JsonObject, request: Write, response: Response, parts: PartsDep
) -> Receipt:
    """Accept an order, or its new state: the same order_id with another body."""
    order = shaped(OrderIn, body)
    _refuse_long(order.comments or "", parts.settings.max_note_chars, "/comments")
    appended = await append_event.append_order(request, CustomerId(customer_id), OrderId(order.order_id), body)
    return _receipt(response, appended)


def _receipt(response: Response, appended: Appended, *, tagged: bool = False) -> Receipt:
    if tagged:
        response.headers["ETag"] = etag(appended.revision)
    if appended.repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return Receipt.model_validate(appended)


def _refuse_long(text: str, most: int, pointer: str) -> None:
    if len(text) > most:
        detail = f"The text has {len(text)} characters; {most} is the most. Split it."
        raise InvalidInputError(detail, faults=[Fault(pointer, detail)])
