"""What a door for writers reads beside the body: who writes, with which key, over which revision."""

from typing import Annotated

from fastapi import Depends

from backend.actions.requests import Request
from backend.api.auth import WRITERS, allow
from backend.api.bodies import IdempotencyKey, SeenRevision
from backend.api.parts import PartsDep
from backend.domain.access import Caller

Writer = Annotated[Caller, Depends(allow(*WRITERS))]


async def write(caller: Writer, parts: PartsDep, key: IdempotencyKey) -> Request:
    """Answer a write that only adds."""
    return Request(caller, parts.clock, key)


async def conditional_write(caller: Writer, parts: PartsDep, key: IdempotencyKey, seen: SeenRevision) -> Request:
    """Answer a write that may replace what its writer has read."""
    return Request(caller, parts.clock, key, seen)


Write = Annotated[Request, Depends(write)]
ConditionalWrite = Annotated[Request, Depends(conditional_write)]
