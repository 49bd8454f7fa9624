"""Take what a phone did offline: each operation by itself, as many as can be in one write, and a verdict for each."""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from backend.actions.append_event import append_order
from backend.actions.places import adopting_associate, author_of, is_within_scope, place_customer
from backend.actions.requests import Request
from backend.actions.retract_note import retract_note
from backend.actions.submit_document import refuse_other_id
from backend.documents.entries import Draft
from backend.documents.erasures import erased_among
from backend.documents.references import read_regions
from backend.documents.sync_kept import conflicts_of_author, keep_conflict, quarantine, solve_conflict
from backend.documents.sync_models import SyncConflict
from backend.documents.sync_states import (
    SyncState,
    insert_on,
    is_newest_operation_of,
    known_operations,
    read_states,
    tombstone,
    wire_note,
    wire_state,
)
from backend.domain.errors import (
    ErasedError,
    Fault,
    FloorbookError,
    ForbiddenError,
    InvalidInputError,
    MalformedJsonError,
    NotFoundError,
    TooLargeError,
    UnavailableError,
)
from backend.domain.events import RevisionKind
from backend.domain.free_form import FreeForm
from backend.domain.ids import CustomerId, NoteId, OrderId, Region, StoreId
from backend.domain.sync import Operation, OperationKind, Plan, Verdict, plan_edit, settles

_UNREADABLE = (InvalidInputError, MalformedJsonError, TooLargeError)
"""What an operator may mend; all other refusals are the sender's own to act upon."""


_NAMES_CUSTOMER = re.compile(rb'"(?:customer_id|customerId|id)"\s*:\s*"?([A-Za-z0-9][A-Za-z0-9._:@-]{0,127})')
_OF_CUSTOMERS = (OperationKind.CUSTOMER, OperationKind.REMOVAL)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that could not be made an operation, as it was sent."""

    index: int
    raw: bytes
    error: FloorbookError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a row. `kept_id` names the conflict or the row in quarantine; `master` is what stands instead."""

    index: int
    verdict: Verdict
    customer_id: CustomerId | None = None
    revision: int | None = None
    repeated: bool = False
    detail: str | None = None
    faults: tuple[Fault, ...] = ()
    disputed: tuple[str, ...] = ()
    kept_id: str | None = None
    master: Mapping[str, Any] | None = None


async def push_operations(
    request: Request, rows: Sequence[Operation | Unreadable], *, most_bytes: int
) -> list[Outcome]:
    """Do every operation, in order within each customer; answers one outcome for each row, in their order.

    Raises UnavailableError alone: what was done until then is done, and recognised when the push comes again.
    """
    push = _Push(request, most_bytes)
    for row in rows:
        if isinstance(row, Unreadable):
            await push.refuse(row.index, row.raw, row.error)
    await push.open([row for row in rows if isinstance(row, Operation)])
    while push.queues:
        await push.write_round()
    return [push.outcomes[row.index] for row in rows]


def _said_customer(raw: bytes) -> CustomerId | None:
    """Answer the customer that unreadable bytes name, as far as can be told: by it an erasure finds them."""
    found = _NAMES_CUSTOMER.search(raw)
    return CustomerId(found[1].decode("utf-8", "replace")) if found else None


class _Push:
    """One push under way: what waits, for each customer in order, and each customer as they stand."""

    def __init__(self, request: Request, most_bytes: int) -> None:
        self.queues: dict[CustomerId, deque[Operation]] = {}
        self.outcomes: dict[int, Outcome] = {}
        self._request = request
        self._author = author_of(request.caller)
        self._most_bytes = most_bytes
        self._states: dict[CustomerId, SyncState] = {}
        self._outdated: set[CustomerId] = set()
        self._erased: frozenset[CustomerId] = frozenset()
        self._merged: set[int] = set()
        self._repeats: set[int] = set()
        self._regions: Mapping[StoreId, Region] = {}
        self._conflicts: dict[CustomerId, list[SyncConflict]] = {}

    async def open(self, operations: Sequence[Operation]) -> None:
        """Read all that the operations are about, by a handful of reads for all of them."""
        if not operations:
            return
        for operation in operations:
            self.queues.setdefault(operation.customer_id, deque()).append(operation)
        self._states = await read_states(self.queues)
        strangers = [customer_id for customer_id, state in self._states.items() if state.head is None]
        self._erased = await erased_among(strangers)
        self._regions = await read_regions()
        self._conflicts = await conflicts_of_author(self._author, list(self.queues))
        known = await known_operations([operation.digest for operation in operations])
        for operation in operations:
            head = known.get(operation.digest)
            if head is not None and (operation.operation_id or await is_newest_operation_of(self._author, head)):
                self._repeats.add(operation.index)

    async def write_round(self) -> None:
        """Write the next draft of every customer in one go; who lost a race is read again, and planned anew."""
        drafts = [draft for id_ in list(self.queues) if (draft := await self._next_draft(id_)) is not None]
        heads, lost = await insert_on(drafts, self._states) if drafts else ({}, set())
        for draft in drafts:
            if draft.customer_id in heads:
                state = self._states[draft.customer_id]
                self._states[draft.customer_id] = state.after(draft, heads[draft.customer_id])
        if outdated := lost | self._outdated:
            self._states |= await read_states(outdated)
            self._outdated.clear()

    async def _next_draft(self, customer_id: CustomerId) -> Draft | None:
        queue = self.queues[customer_id]
        while queue and customer_id not in self._outdated:
            operation = queue[0]
            try:
                draft = await self._work_on(operation)
            except UnavailableError:
                raise
            except FloorbookError as error:
                draft = None
                await self.refuse(operation.index, operation.raw, error, operation)
            if draft is not None:
                return draft
            queue.popleft()
        if not queue:
            del self.queues[customer_id]
        return None

    async def _work_on(self, operation: Operation) -> Draft | None:
        """Answer what is to be written next for the operation; None: it is done, and its outcome is there."""
        state = self._states[operation.customer_id]
        head = state.head
        caller = self._request.caller
        if operation.customer_id in self._erased:
            raise ErasedError("Everything about this person was erased at their wish; throw away what you hold.")
        if head is not None and not await is_within_scope(caller, head.store_id, head.region):
            raise NotFoundError("There is no such customer within your scope.")
        if operation.kind is OperationKind.REMOVAL:
            raise ForbiddenError("A customer is not deleted by replication; DELETE /v1/customers/{id} erases one.")
        if operation.kind in (OperationKind.ORDER, OperationKind.RETRACTION):
            await self._append_alone(operation)
            return None
        if head is None and operation.mine is None:
            raise NotFoundError("There is no such customer within your scope.")
        repeated = operation.index in self._repeats
        plan = plan_edit(state.content, replace(operation, mine=None) if repeated else operation)
        if plan.fresh_notes and (head is not None or plan.document is None):  # the document says whose customer it is
            return self._note_draft(operation, state, plan.fresh_notes[0])
        if plan.document is not None:
            if plan.verdict is Verdict.MERGED:
                self._merged.add(operation.index)
            return await self._document_draft(operation, state, plan.document)
        await self._finish(operation, state, plan)
        return None

    async def _append_alone(self, operation: Operation) -> None:
        """Orders have versions and retractions an owner: they take the path of their own doors."""
        payload = dict(operation.payload or {})
        request = replace(self._request, key=operation.digest)
        if operation.kind is OperationKind.ORDER:
            body = FreeForm(orjson.dumps(payload), payload)
            appended = await append_order(request, operation.customer_id, OrderId(str(payload["order_id"])), body)
        else:
            appended = await retract_note(request, operation.customer_id, NoteId(str(payload["note_id"])))
        self._outdated.add(operation.customer_id)
        self._settle(operation, Verdict.APPLIED, revision=appended.revision, repeated=appended.repeated)

    def _note_draft(self, operation: Operation, state: SyncState, note: Mapping[str, Any]) -> Draft:
        return Draft(
            customer_id=operation.customer_id,
            kind=RevisionKind.NOTE,
            payload=note,
            raw=orjson.dumps(note),
            accepted_at=self._request.clock(),
            identity=str(note["note_id"]),
            associate_id=adopting_associate(self._request.caller, state.head),
            author_id=self._author,
        )

    async def _document_draft(self, operation: Operation, state: SyncState, document: Mapping[str, Any]) -> Draft:
        raw = orjson.dumps(document)
        refuse_other_id(operation.customer_id, document)
        if len(raw) > self._most_bytes:
            raise TooLargeError(f"The document would have {len(raw)} bytes; {self._most_bytes} is the most.")
        place = await place_customer(self._request.caller, state.head, document, self._regions)
        return Draft(
            customer_id=operation.customer_id,
            kind=RevisionKind.DOCUMENT,
            payload=document,
            raw=raw,
            accepted_at=self._request.clock(),
            store_id=place.store_id,
            region=place.region,
            associate_id=place.associate_id,
            author_id=self._author,
            operation=operation.digest,
        )

    async def _finish(self, operation: Operation, state: SyncState, plan: Plan) -> None:
        """Everything the operation asks for is in, or disputed."""
        assert state.head is not None
        repeated = operation.index in self._repeats
        if plan.disputed:
            kept_id = await self._keep_conflict(operation, state, plan)
            master = wire_state(state) if operation.kind is OperationKind.CUSTOMER else self._note_of(operation, state)
            detail = "Others changed the same meanwhile. Both sides are kept until somebody decides."
            self._settle(
                operation, Verdict.CONFLICT, detail=detail, disputed=plan.disputed, kept_id=kept_id, master=master
            )
            return
        for conflict in self._conflicts.get(operation.customer_id, ()):
            meant = conflict.mine.get("document", {})
            if not repeated and operation.mine is not None and settles(meant, conflict.disputed, operation):
                await solve_conflict(conflict.id, by=self._author, solution="edited", now=self._request.clock())
        verdict = Verdict.MERGED if operation.index in self._merged else plan.verdict
        self._settle(operation, verdict, revision=state.head.revision, repeated=repeated)

    def _note_of(self, operation: Operation, state: SyncState) -> Mapping[str, Any]:
        note = state.content.notes[NoteId(str(operation.notes[0]["note_id"]))]
        return wire_note(operation.customer_id, note)

    async def _keep_conflict(self, operation: Operation, state: SyncState, plan: Plan) -> str:
        assert state.head is not None
        theirs = {"document": state.content.document or {}, "notes": list(state.content.notes.values())}
        conflict = SyncConflict(
            id=operation.digest[:32],
            customer_id=operation.customer_id,
            store_id=state.head.store_id,
            region=state.head.region,
            author_id=self._author,
            disputed=list(plan.disputed),
            base=dict(operation.base) if operation.base is not None else None,
            mine={"document": dict(operation.mine or {}), "notes": [dict(note) for note in operation.notes]},
            theirs=theirs,
            at=self._request.clock(),
        )
        await keep_conflict(conflict)
        return conflict.id

    async def refuse(self, index: int, raw: bytes, error: FloorbookError, operation: Operation | None = None) -> None:
        """Give a row that can't be done its verdict; one that can't be read is kept for an operator."""
        customer_id = operation.customer_id if operation else _said_customer(raw)
        kept_id = None
        if isinstance(error, _UNREADABLE):
            errors = [{"pointer": fault.pointer, "detail": fault.detail} for fault in error.faults]
            kept_id = await quarantine(
                raw,
                sender=self._request.caller,
                detail=error.detail,
                errors=errors,
                customer_id=customer_id,
                now=self._request.clock(),
            )
        self.outcomes[index] = Outcome(
            index,
            Verdict.QUARANTINED if kept_id else Verdict.REJECTED,
            customer_id,
            detail=error.detail,
            faults=error.faults,
            kept_id=kept_id,
            master=await self._master(operation) if operation else None,
        )

    async def _master(self, operation: Operation) -> Mapping[str, Any] | None:
        """Answer what stands instead of an operation on a customer that was not done; None: nothing does."""
        state = self._states[operation.customer_id]
        if operation.kind not in _OF_CUSTOMERS:
            return None
        if operation.customer_id in self._erased:
            return tombstone(operation.customer_id)
        if state.head is None:
            return None
        if await is_within_scope(self._request.caller, state.head.store_id, state.head.region):
            return wire_state(state)
        return tombstone(operation.customer_id)

    def _settle(self, operation: Operation, verdict: Verdict, **members: Any) -> None:
        self.outcomes[operation.index] = Outcome(operation.index, verdict, operation.customer_id, **members)
