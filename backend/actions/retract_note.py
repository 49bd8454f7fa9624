"""Take a note back: the journal keeps what was written and that it was taken back; the tables forget it."""

import orjson

from backend.actions.places import author_of, require_writable
from backend.actions.requests import Request
from backend.documents.journal import Appended, Draft, append_to, read_note_author
from backend.domain.errors import NotFoundError
from backend.domain.events import RevisionKind
from backend.domain.ids import CustomerId, NoteId


async def retract_note(request: Request, customer_id: CustomerId, note_id: NoteId) -> Appended:
    """Accept that a note is taken back, once; raises NotFoundError where the caller posted no such note."""
    head = await require_writable(request.caller, customer_id)
    author = author_of(request.caller)
    if await read_note_author(customer_id, note_id) != author:
        raise NotFoundError("You wrote no such note about this customer. Only its writer takes a note back.")
    payload = {"note_id": note_id}
    draft = Draft(
        customer_id=customer_id,
        kind=RevisionKind.RETRACTION,
        payload=payload,
        raw=orjson.dumps(payload),
        accepted_at=request.clock(),
        identity=note_id,
        idempotency=request.scoped_key(RevisionKind.RETRACTION.value, customer_id),
        author_id=author,
    )
    return await append_to(head, draft)
