"""Accept a note or an order: append-only, with an id that the app has made."""

from backend.actions.places import adopting_associate, author_of, require_writable
from backend.actions.requests import Request
from backend.documents.journal import Appended, Draft, append_to
from backend.domain.events import RevisionKind
from backend.domain.free_form import FreeForm
from backend.domain.ids import CustomerId, NoteId, OrderId


async def append_note(request: Request, customer_id: CustomerId, note_id: NoteId, body: FreeForm) -> Appended:
    """Accept a note; the same id with the same text is the same note, with another text a ConflictError."""
    return await _append(request, customer_id, RevisionKind.NOTE, note_id, body)


async def append_order(request: Request, customer_id: CustomerId, order_id: OrderId, body: FreeForm) -> Appended:
    """Accept an order, or its new state; the state it has already changes nothing."""
    return await _append(request, customer_id, RevisionKind.ORDER, order_id, body)


async def _append(
    request: Request, customer_id: CustomerId, kind: RevisionKind, identity: str, body: FreeForm
) -> Appended:
    head = await require_writable(request.caller, customer_id)
    draft = Draft(
        customer_id=customer_id,
        kind=kind,
        payload=body.payload,
        raw=body.raw,
        accepted_at=request.clock(),
        identity=identity,
        idempotency=request.scoped_key(kind.value, customer_id),
        associate_id=adopting_associate(request.caller, head),
        author_id=author_of(request.caller),
    )
    return await append_to(head, draft)
