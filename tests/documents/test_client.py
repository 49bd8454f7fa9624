"""The client of the document store is closed to the end, whatever befalls whoever closes it."""

import asyncio

import pytest
from pymongo.errors import InvalidOperation

from backend.documents.client import close_documents, open_documents
from backend.settings import Settings


async def test_it_is_closed_even_if_the_closing_is_cancelled_again_and_again(settings: Settings) -> None:
    client = await open_documents(settings)
    closing = asyncio.create_task(close_documents(client))
    while not closing.done():
        await asyncio.sleep(0)
        closing.cancel()
    with pytest.raises(InvalidOperation, match="after close"):
        await client.admin.command("ping")
