"""Accept a customer's free-form document, whole or as a merge patch; everything else happens behind the queue."""

from collections.abc import Mapping
from typing import Any

import orjson

from backend.actions.places import author_of, is_within_scope, place_customer, require_writable
from backend.actions.requests import Request
from backend.documents.journal import (
    Appended,
    Draft,
    append_to,
    body_digest,
    read_document_at,
    read_head,
)
from backend.domain.errors import Fault, InvalidInputError, NotFoundError, TooLargeError
from backend.domain.events import RevisionKind
from backend.domain.free_form import FreeForm
from backend.domain.ids import CustomerId
from backend.domain.merge_patch import merge_patch

_ID_FIELDS = ("customerId", "customer_id")


async def submit_document(request: Request, customer_id: CustomerId, body: FreeForm) -> Appended:
    """Accept a whole document, as sent; raises NotFoundError out of scope, and as `append_to` does."""
    refuse_other_id(customer_id, body.payload)
    head = await read_head(customer_id)
    if head is not None and not await is_within_scope(request.caller, head.store_id, head.region):
        raise NotFoundError("There is no such customer within your scope.")
    place = await place_customer(request.caller, head, body.payload)
    draft = Draft(
        customer_id=customer_id,
        kind=RevisionKind.DOCUMENT,
        payload=body.payload,
        raw=body.raw,
        accepted_at=request.clock(),
        idempotency=request.scoped_key("PUT", customer_id),
        seen=request.seen,
        store_id=place.store_id,
        region=place.region,
        associate_id=place.associate_id,
        author_id=author_of(request.caller),
    )
    return await append_to(head, draft)


async def patch_document(request: Request, customer_id: CustomerId, patch: FreeForm, *, most_bytes: int) -> Appended:
    """Accept a merge patch (RFC 7396) of the current document, as a whole new one."""
    refuse_other_id(customer_id, patch.payload)
    head = await require_writable(request.caller, customer_id)
    current = await read_document_at(head)
    if current is None:
        raise NotFoundError("There is no document yet to patch. PUT one first.")
    merged = merge_patch(current.payload, patch.payload)
    raw = orjson.dumps(merged)
    if len(raw) > most_bytes:
        raise TooLargeError(f"With this patch the document would have {len(raw)} bytes; {most_bytes} is the most.")
    place = await place_customer(request.caller, head, merged)
    draft = Draft(
        customer_id=customer_id,
        kind=RevisionKind.DOCUMENT,
        payload=merged,
        raw=raw,
        accepted_at=request.clock(),
        idempotency=request.scoped_key("PATCH", customer_id),
        digest=body_digest(patch.raw),
        seen=request.seen,
        store_id=place.store_id,
        region=place.region,
        associate_id=place.associate_id,
        author_id=author_of(request.caller),
    )
    return await append_to(head, draft)


def refuse_other_id(customer_id: CustomerId, document: Mapping[str, Any]) -> None:
    """Raise InvalidInputError where the document names another customer than it is sent for."""
    faults = [
        Fault(f"/{name}", f"The document says {document[name]!r}, the address {customer_id!r}. Make them the same.")
        for name in _ID_FIELDS
        if name in document and str(document[name]) != customer_id
    ]
    if faults:
        raise InvalidInputError("The document belongs to another customer than the address.", faults=faults)
