"""The live stream: server-sent events, resumed with nothing lost."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import StreamingResponse

from backend.actions.follow_inbox import follow_inbox
from backend.actions.tokens import Verified
from backend.api.auth import WRITERS, allow, verified
from backend.api.parts import PartsDep
from backend.domain.audience import Audience
from backend.domain.errors import Fault, InvalidInputError

router = APIRouter(prefix="/v1", tags=["stream"])

STREAM_GRACE = timedelta(seconds=60)  # after the token's end: time enough to come again with a fresh one
_LARGEST_ID = 2**53
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get(
    "/stream",
    dependencies=[Depends(allow(*WRITERS))],
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "Events until a minute after the token ends."}
    },
)
async def get_stream(
    parts: PartsDep,
    found: Annotated[Verified, Depends(verified)],
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID")] = None,
    after: Annotated[int | None, Query(alias="last_event_id", ge=0, le=_LARGEST_ID)] = None,
) -> StreamingResponse:
    """Follow `suggestion`, `suggestion_closed`, `spike` and `resync`.

    `id:` is the sync sequence: send the last one as Last-Event-ID (or `last_event_id`), and everything after it comes,
    whatever happened in between.
    """
    events = follow_inbox(
        parts.hub,
        Audience.of(found.caller),
        after=_cursor(last_event_id) if last_event_id else after,
        until=found.expires_at + STREAM_GRACE,
        clock=parts.clock,
    )
    return StreamingResponse(events, media_type="text/event-stream", headers=STREAM_HEADERS)


def _cursor(last_event_id: str) -> int:
    if last_event_id.isascii() and last_event_id.isdecimal() and int(last_event_id[:20]) <= _LARGEST_ID:
        return int(last_event_id)
    detail = "Last-Event-ID is the `id:` of an event of this stream: a whole number."
    raise InvalidInputError(detail, faults=[Fault("/Last-Event-ID", detail)])
