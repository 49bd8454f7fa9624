"""How a campaign is stored."""

from datetime import datetime
from typing import Any, ClassVar

from beanie import Document
from pymongo import ASCENDING, DESCENDING, IndexModel


class Campaign(Document):
    """What was offered to whom, by whom; it names no customer. Its suggestions cite it in their `because`."""

    id: str  # type: ignore[assignment]
    name: str
    audience: dict[str, Any]
    offer: dict[str, Any]
    status: str  # starting, running, cancelled
    n_people: int
    n_spared: int
    created_by: str
    created_at: datetime
    store_id: str | None = None  # the scope of who made it
    region: str | None = None
    digest: str  # of the request: the same key with another one is refused
    key: str | None = None

    class Settings:
        name = "campaigns"
        keep_nulls = False
        indexes: ClassVar = [
            IndexModel([("created_at", DESCENDING), ("_id", DESCENDING)], name="newest"),
            IndexModel(
                [("key", ASCENDING)], unique=True, name="key", partialFilterExpression={"key": {"$exists": True}}
            ),
        ]
