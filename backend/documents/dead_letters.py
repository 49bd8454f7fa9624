"""Work that failed for good: kept with all it takes to understand it and to do it again."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from pymongo import DESCENDING

from backend.documents.models import DeadLetter
from backend.domain.errors import NotFoundError
from backend.domain.ids import CustomerId


async def bury(
    *,
    queue: str,
    task: str,
    arguments: Mapping[str, Any],
    error: str,
    traceback: str,
    attempts: int,
    now: datetime,
    customer_id: CustomerId | None = None,
) -> DeadLetter:
    """Keep a task that is given up. The same task given up again is the same letter, waiting again."""
    told = json.dumps([task, arguments], sort_keys=True, default=str)
    letter = DeadLetter(
        id=sha256(told.encode()).hexdigest()[:32],
        queue=queue,
        task=task,
        customer_id=customer_id,
        arguments=dict(arguments),
        error=error,
        traceback=traceback,
        attempts=attempts,
        failed_at=now,
    )
    stored = letter.model_dump(exclude={"id"}, exclude_none=True)
    await DeadLetter.get_pymongo_collection().replace_one({"_id": letter.id}, stored, upsert=True)
    return letter


async def read_dead_letters(
    *, before: tuple[datetime, str] | None = None, limit: int = 50, replayed: bool | None = None
) -> list[DeadLetter]:
    """Answer dead letters, newest first, beyond a place in that order; `replayed` chooses among them."""
    chosen: dict[str, Any] = {}
    if before is not None:
        at, last = before
        chosen["$or"] = [{"failed_at": {"$lt": at}}, {"failed_at": at, "_id": {"$lt": last}}]
    if replayed is not None:
        chosen["replayed_at"] = {"$exists": replayed}
    found = DeadLetter.get_pymongo_collection().find(chosen)
    found = found.sort([("failed_at", DESCENDING), ("_id", DESCENDING)]).limit(limit)
    return [DeadLetter.model_validate({**entry, "id": entry["_id"]}) async for entry in found]


async def read_dead_letter(letter_id: str) -> DeadLetter:
    """Answer one; raises NotFoundError."""
    letter = await DeadLetter.get(letter_id)
    if letter is None:
        raise NotFoundError("There is no such dead letter.")
    return letter


async def mark_replayed(letter_id: str, now: datetime) -> DeadLetter:
    """Note that the letter was sent again; raises NotFoundError."""
    letter = await read_dead_letter(letter_id)
    await DeadLetter.get_pymongo_collection().update_one({"_id": letter_id}, {"$set": {"replayed_at": now}})
    letter.replayed_at = now
    return letter


async def count_dead_letters() -> int:
    """Answer how many wait for somebody to look."""
    return int(await DeadLetter.get_pymongo_collection().count_documents({"replayed_at": {"$exists": False}}))
