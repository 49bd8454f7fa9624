"""How the document store is, asked without changing anything: its version, and how much waits to be read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from beanie import init_beanie
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from backend.documents.dead_letters import count_dead_letters
from backend.documents.models import DOCUMENT_MODELS
from backend.documents.outbox import pending
from backend.domain.errors import UnavailableError
from backend.settings import Settings


@dataclass(frozen=True, slots=True)
class DocumentsHealth:
    """The server, the outbox and the dead letters."""

    version: str
    n_pending: int
    oldest_pending_seconds: float
    n_dead_letters: int  # not replayed yet


async def examine_documents(settings: Settings, now: datetime) -> DocumentsHealth:
    """Ask the server that the settings name; raises UnavailableError when it does not answer."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        settings.mongo_url, serverSelectionTimeoutMS=3_000, tz_aware=True
    )
    try:
        version = str((await client.server_info())["version"])
        database = client[settings.mongo_database]
        await init_beanie(database=database, document_models=DOCUMENT_MODELS, skip_indexes=True)
        n_pending, oldest_seconds = await pending(now)
        return DocumentsHealth(version, n_pending, oldest_seconds, await count_dead_letters())
    except PyMongoError as error:
        reason = str(error).partition(" (configured")[0]  # the driver goes on with its whole view of the servers
        raise UnavailableError(f"MongoDB does not answer: {reason}") from error
    finally:
        await client.close()
