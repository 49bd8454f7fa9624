"""The newest recommender in this process: loaded when somebody first asks, then whenever a newer one is stored."""

import asyncio
import time
from typing import TYPE_CHECKING

from backend.analytics.offers import newest_recommender, read_recommender
from backend.warehouse.engine import AsyncEngine

if TYPE_CHECKING:
    from backend.recommend.recommender import Recommender

LOOK_SECONDS = 5.0


class RecommenderAtHand:
    """Looks every LOOK_SECONDS for a newer one; while that is loaded, the one before answers."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._model: Recommender | None = None
        self._looked_at = -LOOK_SECONDS
        self._loading = asyncio.Lock()

    async def newest(self, engine: AsyncEngine) -> "Recommender | None":
        """Answer the newest recommender; None: none was fitted yet."""
        if time.monotonic() - self._looked_at < LOOK_SECONDS or (self._model is not None and self._loading.locked()):
            return self._model
        async with self._loading:
            if time.monotonic() - self._looked_at >= LOOK_SECONDS:
                await self._look(engine)
            return self._model

    async def _look(self, engine: AsyncEngine) -> None:
        version = await newest_recommender(engine)
        if version is not None and (self._model is None or version != self._model.version):
            content = await read_recommender(engine, version)
            if content is not None:
                self._model = await asyncio.to_thread(_unpacked, content)
        self._looked_at = time.monotonic()


def _unpacked(content: bytes) -> "Recommender":
    from backend.recommend.stored_model import unpack  # noqa: PLC0415 - numpy and scipy: 27 MB, for who recommends

    return unpack(content)
