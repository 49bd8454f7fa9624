"""Replication for phones that work offline, in the shape that RxDB's HTTP replication asks for."""

import hashlib
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from backend.actions.follow_sync import checkpoint_of, follow_sync
from backend.actions.pull_sync import pull
from backend.actions.push_sync import Outcome, Unreadable, push_operations
from backend.actions.requests import Request as WriteRequest
from backend.actions.settle_sync import decide_conflict, list_conflicts, replay_row
from backend.actions.tokens import Verified
from backend.api.auth import WRITERS, allow, verified
from backend.api.bodies import JSON_TYPE, JsonObject, require_json, shaped
from backend.api.openapi import refuses, takes
from backend.api.parts import Parts, PartsDep
from backend.api.routes.stream import STREAM_GRACE, STREAM_HEADERS
from backend.api.sync_rows import read_row, split_rows
from backend.api.sync_schemas import (
    ConflictList,
    ConflictOut,
    Decision,
    PulledPage,
    Pushed,
    PushIn,
    QuarantinedOut,
    QuarantineList,
    Replayed,
    VerdictOut,
)
from backend.api.writes import Write, Writer
from backend.documents import sync_kept
from backend.documents.sync_models import SyncQuarantined
from backend.domain.access import Caller, Role
from backend.domain.errors import Fault, InvalidInputError
from backend.domain.sync import Operation, Verdict

router = APIRouter(prefix="/v1/sync", tags=["sync"])

Operator = Annotated[Caller, Depends(allow(Role.OPERATOR))]
CheckpointIn = Annotated[str | None, Query(max_length=500, description='{"sequence": 17} of the last page, or 17.')]
Collection = Annotated[str | None, Query(pattern="^(customers|notes|orders)$", description="Of rows that don't say.")]
Limit = Annotated[int, Query(ge=1, le=1_000)]
_LARGEST = 2**53
_ROWS = [
    {
        "assumedMasterState": {"customer_id": "c-1", "document": {"city": "London"}},
        "newDocumentState": {"customer_id": "c-1", "document": {"city": "Albany"}},
    }
]


@router.post("/push", openapi_extra=takes(PushIn, example={"rows": _ROWS}), response_model=Pushed)
async def post_push(raw_request: Request, request: Write, parts: PartsDep, collection: Collection = None) -> Response:
    """Take what was done offline, row by row: each gets its verdict, and none keeps another from being taken.

    The body is RxDB's list of change rows, bare or as `{"rows": […]}`. `conflicts` is what RxDB's push handler
    answers: the state that stands, for every row that was not taken.
    """
    require_json(raw_request)
    body = await raw_request.body()
    digest = hashlib.sha256(body).hexdigest()
    answer_id = hashlib.sha256(f"{request.caller.subject}\0{request.key}".encode()).hexdigest()
    known = await sync_kept.known_answer(answer_id, digest) if request.key else None
    if known is not None:
        return Response(known, media_type=JSON_TYPE, headers={"Idempotency-Replayed": "true"})
    rows = [_read(index, raw, request.caller, parts, collection) for index, raw in enumerate(split_rows(body))]
    outcomes = await push_operations(request, rows, most_bytes=parts.settings.max_body_bytes)
    answer = orjson.dumps(
        {
            "verdicts": [_verdict(outcome, row) for outcome, row in zip(outcomes, rows, strict=True)],
            "conflicts": [outcome.master for outcome in outcomes if outcome.master is not None],
        }
    )
    if request.key:
        about = [outcome.customer_id for outcome in outcomes if outcome.customer_id is not None]
        await sync_kept.keep_answer(answer_id, digest, answer, about, parts.clock())
    return Response(answer, media_type=JSON_TYPE)


@router.get("/pull", response_model=PulledPage)
async def get_pull(caller: Writer, checkpoint: CheckpointIn = None, limit: Limit = 100) -> Response:
    """Answer the customers within your scope that changed beyond a checkpoint, oldest change first.

    Go on until a page has fewer documents than asked for.
    """
    page = await pull(caller, _sequence(checkpoint), limit)
    answer = {"documents": page.documents, "checkpoint": checkpoint_of(page.sequence)}
    return Response(orjson.dumps(answer), media_type=JSON_TYPE)


@router.get(
    "/stream",
    dependencies=[Depends(allow(*WRITERS))],
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "Pages until a minute after the token ends."}
    },
)
async def get_sync_stream(
    parts: PartsDep,
    found: Annotated[Verified, Depends(verified)],
    checkpoint: CheckpointIn = None,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
) -> StreamingResponse:
    """Follow pages `{documents, checkpoint}` as they come; the event `RESYNC` asks to pull anew.

    `id:` is the checkpoint's sequence: sent as Last-Event-ID, everything after it comes.
    """
    given = last_event_id or checkpoint
    events = follow_sync(
        parts.bell,
        found.caller,
        after=_sequence(given) if given else None,
        until=found.expires_at + STREAM_GRACE,
        clock=parts.clock,
    )
    return StreamingResponse(events, media_type="text/event-stream", headers=STREAM_HEADERS)


@router.get("/conflicts")
async def get_conflicts(caller: Writer, limit: Limit = 100) -> ConflictList:
    """List what nobody has decided yet, with both sides."""
    found = await list_conflicts(caller, limit)
    return ConflictList(items=[ConflictOut.model_validate(one) for one in found])


@router.post(
    "/conflicts/{conflict_id}/resolve",
    openapi_extra=takes(Decision, example={"keep": "mine"}),
    responses=refuses(412),
)
async def post_resolve(
    conflict_id: Annotated[str, Path(max_length=64)], body: JsonObject, request: Write
) -> ConflictOut:
    """Let one side stand, or a document made of both."""
    given = shaped(Decision, body)
    decided = await decide_conflict(request, conflict_id, given.keep or "edited", given.document)
    return ConflictOut.model_validate(decided)


@router.get("/quarantine")
async def get_quarantine(
    _caller: Operator,
    limit: Limit = 100,
    replayed: bool = False,  # noqa: FBT001, FBT002 - a filter
) -> QuarantineList:
    """List the rows that could not be read, as they were sent."""
    found = await sync_kept.read_quarantine(replayed=replayed, limit=limit)
    return QuarantineList(items=[_quarantined(one) for one in found])


@router.post(
    "/quarantine/{row_id}/replay", openapi_extra={"requestBody": takes(None)["requestBody"] | {"required": False}}
)
async def post_replay_row(
    row_id: Annotated[str, Path(max_length=64)], raw_request: Request, caller: Operator, parts: PartsDep
) -> Replayed:
    """Do a row again in its sender's name: as it was sent, or, with a body, as you mended it."""
    mended = await raw_request.body()

    def read(raw: bytes, sender: Caller) -> Operation | Unreadable:
        return _read(0, raw, sender, parts, None)

    row, outcome = await replay_row(
        WriteRequest(caller, parts.clock), row_id, mended or None, read, most_bytes=parts.settings.max_body_bytes
    )
    return Replayed(row=_quarantined(row), verdict=VerdictOut.model_validate(_verdict(outcome)))


def _read(index: int, raw: bytes, caller: Caller, parts: Parts, collection: str | None) -> Operation | Unreadable:
    most_chars = parts.settings.max_note_chars
    return read_row(index, raw, subject=caller.subject, collection=collection, most_chars=most_chars)


def _sequence(given: str | None) -> int:
    """Read a checkpoint: {"sequence": 17}, or 17 alone; nothing and null are the beginning."""
    try:
        value = orjson.loads(given) if given else None
    except orjson.JSONDecodeError:
        value = False
    if isinstance(value, dict):
        value = value.get("sequence", 0 if not value else False)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST:
        detail = 'A checkpoint is that of a page before: {"sequence": 17}; leave it away to begin.'
        raise InvalidInputError(detail, faults=[Fault("/checkpoint", detail)])
    return value


def _verdict(outcome: Outcome, row: Operation | Unreadable | None = None) -> dict[str, Any]:
    return {
        "index": outcome.index,
        "operation_id": row.operation_id if isinstance(row, Operation) else None,
        "customer_id": outcome.customer_id,
        "verdict": outcome.verdict.value,
        "revision": outcome.revision,
        "repeated": outcome.repeated,
        "detail": outcome.detail,
        "errors": [{"pointer": fault.pointer, "detail": fault.detail} for fault in outcome.faults],
        "disputed": list(outcome.disputed),
        "conflict_id": outcome.kept_id if outcome.verdict is Verdict.CONFLICT else None,
        "quarantine_id": outcome.kept_id if outcome.verdict is Verdict.QUARANTINED else None,
    }


def _quarantined(row: SyncQuarantined) -> QuarantinedOut:
    described = row.model_dump(exclude={"raw"})
    return QuarantinedOut.model_validate({**described, "row": row.raw.decode("utf-8", "replace")})
