"""Decide a conflict, and do again what lay in quarantine."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import orjson

from backend.actions.places import author_of, is_within_scope, place_customer, require_customer
from backend.actions.push_sync import Outcome, Unreadable, push_operations
from backend.actions.requests import Request
from backend.actions.submit_document import refuse_other_id
from backend.documents import sync_kept
from backend.documents.journal import Draft, append, append_to, read_document_at
from backend.documents.sync_models import SyncConflict, SyncQuarantined
from backend.domain.access import Caller, Role
from backend.domain.errors import NotFoundError
from backend.domain.events import RevisionKind
from backend.domain.ids import AssociateId, CustomerId, NoteId, Region, StoreId
from backend.domain.sync import Operation, Verdict
from backend.domain.three_way import three_way_merge

Solution = Literal["mine", "theirs", "edited"]


async def list_conflicts(caller: Caller, limit: int) -> list[SyncConflict]:
    """Answer the undecided conflicts within the caller's scope, newest first."""
    bounds = {"store_id": caller.store_id, "region": caller.region}
    scope = {name: value for name, value in bounds.items() if value is not None}
    if caller.role is Role.ASSOCIATE and not scope:
        return []
    return await sync_kept.open_conflicts(scope, limit)


async def decide_conflict(
    request: Request, conflict_id: str, solution: Solution, document: Mapping[str, Any] | None = None
) -> SyncConflict:
    """Let one side stand, or a document that somebody made of both; decided twice, the first decision stands.

    "mine" is put on top of the document as it is by now: what neither side disputed stays. Raises NotFoundError.
    """
    conflict = await sync_kept.read_conflict(conflict_id)
    if conflict is None or not await _sees(request.caller, conflict):
        raise NotFoundError("There is no such conflict within your scope.")
    if conflict.solution is not None:
        return conflict
    if solution != "theirs":
        await _write(request, conflict, document)
    now = request.clock()
    await sync_kept.solve_conflict(conflict_id, by=author_of(request.caller), solution=solution, now=now)
    decided = await sync_kept.read_conflict(conflict_id)
    return decided or conflict


async def _sees(caller: Caller, conflict: SyncConflict) -> bool:
    store_id = StoreId(conflict.store_id) if conflict.store_id else None
    return await is_within_scope(caller, store_id, Region(conflict.region) if conflict.region else None)


async def _write(request: Request, conflict: SyncConflict, document: Mapping[str, Any] | None) -> None:
    customer_id = CustomerId(conflict.customer_id)
    head = await require_customer(request.caller, customer_id)
    current = await read_document_at(head)
    theirs = current.payload if current else {}
    if document is None and any(pointer.startswith("/document") for pointer in conflict.disputed):
        mine = conflict.mine.get("document") or {}
        document = three_way_merge(conflict.base or {}, mine, theirs, prefer_mine=True).value
    if document is not None:
        refuse_other_id(customer_id, document)
        place = await place_customer(request.caller, head, document)
        draft = Draft(
            customer_id=customer_id,
            kind=RevisionKind.DOCUMENT,
            payload=document,
            raw=orjson.dumps(document),
            accepted_at=request.clock(),
            seen=head.document_revision or None,
            store_id=place.store_id,
            region=place.region,
            associate_id=place.associate_id,
            author_id=author_of(request.caller),
        )
        await append_to(head, draft)
    await _append_disputed_notes(request, conflict)


async def _append_disputed_notes(request: Request, conflict: SyncConflict) -> None:
    """Keep the other text beside the first, under an id told from the conflict: a note never changes."""
    disputed = {pointer.removeprefix("/notes/") for pointer in conflict.disputed if pointer.startswith("/notes/")}
    for note in conflict.mine.get("notes", ()):
        step = str(note["note_id"]).replace("~", "~0").replace("/", "~1")
        if step in disputed:
            note_id = NoteId(f"{str(note['note_id'])[:110]}~{conflict.id[:8]}")
            payload = {**note, "note_id": note_id}
            await append(
                Draft(
                    customer_id=CustomerId(conflict.customer_id),
                    kind=RevisionKind.NOTE,
                    payload=payload,
                    raw=orjson.dumps(payload),
                    accepted_at=request.clock(),
                    identity=note_id,
                    author_id=AssociateId(conflict.author_id),
                )
            )


async def replay_row(
    request: Request,
    row_id: str,
    mended: bytes | None,
    read: Callable[[bytes, Caller], Operation | Unreadable],
    *,
    most_bytes: int,
) -> tuple[SyncQuarantined, Outcome]:
    """Do a quarantined row again, as it is or as an operator mended it, in the name of who had sent it."""
    row = await sync_kept.read_quarantined(row_id)
    sender = _sender(row.sender)
    told = read(mended if mended is not None else row.raw, sender)
    (outcome,) = await push_operations(Request(sender, request.clock), [told], most_bytes=most_bytes)
    if outcome.verdict is not Verdict.QUARANTINED:
        await sync_kept.mark_row_replayed(row_id, outcome.verdict.value, request.clock())
    return await sync_kept.read_quarantined(row_id), outcome


def _sender(kept: Mapping[str, Any]) -> Caller:
    return Caller(
        kept["subject"],
        Role(kept["role"]),
        store_id=StoreId(kept["store_id"]) if kept.get("store_id") else None,
        region=Region(kept["region"]) if kept.get("region") else None,
        associate_id=AssociateId(kept["associate_id"]) if kept.get("associate_id") else None,
    )
