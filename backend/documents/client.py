"""The one module that names the document store's driver: Beanie on pymongo's AsyncMongoClient."""

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import Any

from beanie import init_beanie
from pymongo import AsyncMongoClient

from backend.documents.models import DOCUMENT_MODELS, Revision
from backend.documents.outages import CLOSED, OUTAGES
from backend.settings import Settings


async def open_documents(settings: Settings) -> AsyncMongoClient[dict[str, Any]]:
    """Connect, make the indexes, and answer the client; a write is acknowledged when it is journaled (the default)."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        settings.mongo_url, serverSelectionTimeoutMS=5_000, tz_aware=True, retryWrites=True
    )
    async with AsyncExitStack() as unless_opened:
        unless_opened.push_async_callback(close_documents, client)
        await init_beanie(database=client[settings.mongo_database], document_models=DOCUMENT_MODELS)
        unless_opened.pop_all()
    return client


async def close_documents(client: AsyncMongoClient[dict[str, Any]]) -> None:
    """Close to the end, however often whoever waits for it is cancelled meanwhile: half closed, it leaks sockets."""
    closing = asyncio.ensure_future(client.close())
    while not closing.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(closing)
    closing.result()


async def documents_answer() -> bool:
    """Tell whether the store is open in this process, and answers."""
    try:
        await Revision.get_pymongo_collection().database.command("ping")
    except (*OUTAGES, *CLOSED):
        return False
    return True
