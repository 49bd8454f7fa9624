"""What the doors share: the settings, the clock and the open clients of this process."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from backend.actions.follow_sync import SyncBell
from backend.actions.recommender_at_hand import RecommenderAtHand
from backend.actions.tokens import Tokens
from backend.documents.corrections import CorrectionMemory
from backend.domain.clock import Clock
from backend.push import Hub, Redis
from backend.settings import Settings
from backend.warehouse.engine import AsyncEngine


@dataclass(frozen=True, slots=True)
class Parts:
    """Made by `create_app`, opened and closed by the lifespan."""

    settings: Settings
    clock: Clock
    engine: AsyncEngine
    redis: Redis
    hub: Hub
    tokens: Tokens
    memory: CorrectionMemory
    bell: SyncBell
    recommender: RecommenderAtHand


async def parts_of(request: Request) -> Parts:
    """Answer the parts of the app that serves this request."""
    return cast("Parts", request.app.state.parts)


PartsDep = Annotated[Parts, Depends(parts_of)]
