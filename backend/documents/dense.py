"""Logs whose ids are dense, 1, 2, 3, …: a writer takes the next ones, and tries again where another was quicker."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

from pymongo import DESCENDING
from pymongo.errors import BulkWriteError

MOST_TRIES = 200
_DUPLICATE = 11000


async def newest_of(collection: Any) -> int:
    """Answer the newest id; 0: the log is empty."""
    entry = await collection.find_one({}, projection={"_id": 1}, sort=[("_id", DESCENDING)])
    return int(entry["_id"]) if entry else 0


async def insert_next(collection: Any, entries: Sequence[dict[str, Any]], attempt: int) -> bool:
    """Insert the entries in order; False, after a pause, where an id or a key was taken meanwhile."""
    try:
        await collection.insert_many(entries, ordered=True)
    except BulkWriteError as error:
        if any(fault["code"] != _DUPLICATE for fault in error.details["writeErrors"]):
            raise
        await asyncio.sleep(random.uniform(0, 0.002) * min(attempt, 10))  # noqa: S311 - spreads the racers
        return False
    return True
