"""The stored shapes of replication: the log that pulls read, and what pushes leave behind for somebody to decide."""

from datetime import datetime
from typing import Any, ClassVar

from beanie import Document
from pymongo import ASCENDING, IndexModel

_ANSWERS_KEPT_SECONDS = 24 * 3600


class SyncLine(Document):
    """One line of the log: "look at this customer again". A later line about the same customer replaces it."""

    id: int  # type: ignore[assignment]  # the sequence: who has seen n has seen all before n
    key: str  # "<customer_id>/<revision>", with "/left/<store>" where the customer went away
    customer_id: str
    revision: int
    store_id: str | None = None  # whose associates are to look: the customer's store, or the one they left
    region: str | None = None
    left: bool = False
    """Whether the line tells a place that the customer is not there any more."""

    erased: bool = False
    sealed: bytes | None = None  # the id of who was erased, that only this instance can read; customer_id is empty
    at: datetime | None = None  # of the erasure

    class Settings:
        name = "sync_log"
        keep_nulls = False
        indexes: ClassVar = [
            IndexModel([("key", ASCENDING)], unique=True, name="key"),
            IndexModel([("customer_id", ASCENDING)], name="customer"),
            IndexModel([("store_id", ASCENDING), ("_id", ASCENDING)], name="store"),
        ]


class SyncConflict(Document):
    """An edit that clashed with another: both sides, until somebody decides."""

    id: str  # type: ignore[assignment]  # told from the operation: sent again, it is the same conflict
    customer_id: str
    store_id: str | None = None
    region: str | None = None
    author_id: str
    disputed: list[str]  # JSON pointers into the state
    base: dict[str, Any] | None = None  # the document before the edit, as its writer knew it
    mine: dict[str, Any]  # the state that the writer meant
    theirs: dict[str, Any]  # the state that was there
    at: datetime
    solved_at: datetime | None = None
    solved_by: str | None = None
    solution: str | None = None  # mine, theirs, edited

    class Settings:
        name = "sync_conflicts"
        keep_nulls = False
        indexes: ClassVar = [
            IndexModel([("customer_id", ASCENDING)], name="customer"),
            IndexModel([("at", ASCENDING)], name="at"),
        ]


class SyncQuarantined(Document):
    """A row that could not be read, as it was sent, with who sent it and what is wrong."""

    id: str  # type: ignore[assignment]  # told from sender and bytes
    raw: bytes
    customer_id: str | None = None
    detail: str
    errors: list[dict[str, str]]
    sender: dict[str, Any]  # subject, role and scope: a replay is done in the sender's name
    at: datetime
    replayed_at: datetime | None = None
    verdict: str | None = None  # of the replay

    class Settings:
        name = "sync_quarantine"
        keep_nulls = False
        indexes: ClassVar = [
            IndexModel([("at", ASCENDING)], name="at"),
            IndexModel([("customer_id", ASCENDING)], name="customer", sparse=True),
        ]


class SyncAnswer(Document):
    """What a push under an Idempotency-Key was answered."""

    id: str  # type: ignore[assignment]  # of sender and key
    digest: str  # of the body
    answer: bytes
    customer_ids: list[str]
    at: datetime

    class Settings:
        name = "sync_answers"
        indexes: ClassVar = [
            IndexModel([("at", ASCENDING)], name="expiry", expireAfterSeconds=_ANSWERS_KEPT_SECONDS),
            IndexModel([("customer_ids", ASCENDING)], name="customer"),
        ]


SYNC_MODELS: list[type[Document]] = [SyncLine, SyncConflict, SyncQuarantined, SyncAnswer]
