"""How far other databases were read, so that reading goes on where it stopped."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from beanie import Document


class SourcePosition(Document):
    """The last entry that was taken from one table, by its key there: the id of a customer, perhaps."""

    id: str  # type: ignore[assignment]  # "<database>/<table>"
    position: dict[str, str]
    read_at: datetime

    class Settings:
        name = "source_positions"


def _collection() -> Any:
    return SourcePosition.get_pymongo_collection()


async def read_source_position(name: str) -> Mapping[str, str] | None:
    """Answer how far a table was read; None: it is read from its beginning."""
    entry = await _collection().find_one({"_id": name})
    return entry["position"] if entry else None


async def keep_source_position(name: str, position: Mapping[str, str], now: datetime) -> None:
    """Write down how far a table was read."""
    await _collection().update_one({"_id": name}, {"$set": {"position": dict(position), "read_at": now}}, upsert=True)


async def forget_source_position(name: str) -> None:
    """Let the next reading begin anew."""
    await _collection().delete_one({"_id": name})


def keys_of(customer_id: str) -> list[str]:
    """Answer how a customer's id may stand in a position, whatever its type in the other database."""
    return [f"{type_}:{customer_id}" for type_ in ("text", "int", "uuid", "decimal")]
