"""The stored shapes. The journal `revisions` is the truth; everything else can be told from it or is told beside it.

An entry of the journal is one write: the revision, the bytes as sent, and the outbox marker that asks for its
reading. The marker is taken away when the entry is in the warehouse, so whatever the queue loses is found by a sweep.
"""

from datetime import datetime
from typing import Any, ClassVar

from beanie import Document
from pydantic import BaseModel, Field
from pymongo import ASCENDING, DESCENDING, IndexModel

from backend.documents.campaign_models import Campaign
from backend.documents.source_positions import SourcePosition
from backend.documents.sync_models import SYNC_MODELS
from backend.recommend.outreach import MODEL_VERSION as OUTREACH_VERSION


class OutboxMarker(BaseModel):
    """Present while the entry waits to be read. The sweep sends it again at `due_at`, each time twice as late."""

    due_at: datetime
    attempts: int = 0
    history: bool | None = None  # imported: not announced by the change stream


class Revision(Document):
    """One accepted write of one customer."""

    id: str  # type: ignore[assignment]  # "<customer_id>/<revision, ten digits>": unique, and in order within a customer
    customer_id: str
    revision: int
    document_revision: int  # the newest revision of kind document up to this one; 0: none yet
    kind: str
    payload: dict[str, Any]
    raw: bytes  # the bytes as they were sent
    keys: list[str] | None = None  # what makes a repeat recognisable: idempotency key, note id, order id with version
    digest: str  # SHA-256 of the request's body, hex
    accepted_at: datetime
    store_id: str | None = None  # the customer's store as of this revision, carried forward
    region: str | None = None  # of that store
    associate_id: str | None = None  # the customer's associate, carried forward
    author_id: str | None = None  # who wrote this entry
    operation: str | None = None  # what recognises the row of a sync push when it comes again
    outbox: OutboxMarker | None = None

    class Settings:
        name = "revisions"
        use_state_management = False
        keep_nulls = False
        indexes: ClassVar = [
            IndexModel([("keys", ASCENDING)], unique=True, sparse=True, name="keys"),
            IndexModel(  # one line a customer: the first revision stands for all
                [("customer_id", ASCENDING)], name="customers", partialFilterExpression={"revision": 1}
            ),
            IndexModel(
                [("operation", ASCENDING)],
                name="operation",
                partialFilterExpression={"operation": {"$exists": True}},
            ),
            IndexModel(
                [("outbox.due_at", ASCENDING)],
                name="outbox",
                partialFilterExpression={"outbox.due_at": {"$exists": True}},
            ),
        ]


class Reference(Document):
    """A product or a channel as imported; the newest wins. `id` is "product/<id>" or "channel/<id>"."""

    id: str  # type: ignore[assignment]
    kind: str
    payload: dict[str, Any]
    version: int
    updated_at: datetime
    outbox: OutboxMarker | None = None

    class Settings:
        name = "references"
        keep_nulls = False
        indexes: ClassVar = [
            IndexModel([("kind", ASCENDING)], name="kind"),
            IndexModel(
                [("outbox.due_at", ASCENDING)],
                name="outbox",
                partialFilterExpression={"outbox.due_at": {"$exists": True}},
            ),
        ]


class OutcomeRecord(BaseModel):
    """What the associate did with a suggestion."""

    outcome: str
    order_id: str | None = None
    reason: str | None = None
    associate_id: str | None = None
    recorded_at: datetime
    key: str | None = None


class StoredSuggestion(Document):
    """A suggestion as it stands; its id is told from customer, kind, product and source, so that twice is once."""

    id: str  # type: ignore[assignment]
    customer_id: str
    associate_id: str | None = None
    store_id: str | None = None
    region: str | None = None
    kind: str
    status: str
    body: dict[str, Any]  # the suggestion in its wire shape, status and trace left out
    trace_ms: dict[str, float] = Field(default_factory=dict)
    accepted_at: datetime | None = None  # of the write that set it off: what the trace counts from
    outcomes: list[OutcomeRecord] = Field(default_factory=list)
    version: int = 1  # counts every change
    news: int = 1  # counts the changes that an associate sees
    created_at: datetime
    updated_at: datetime
    outbox: OutboxMarker | None = None

    class Settings:
        name = "suggestions"
        keep_nulls = False
        indexes: ClassVar = [
            IndexModel([("customer_id", ASCENDING), ("status", ASCENDING)], name="customer"),
            IndexModel([("associate_id", ASCENDING), ("status", ASCENDING)], name="associate"),
            IndexModel([("store_id", ASCENDING), ("status", ASCENDING)], name="store"),
            IndexModel(
                [("outbox.due_at", ASCENDING)],
                name="outbox",
                partialFilterExpression={"outbox.due_at": {"$exists": True}},
            ),
            IndexModel(
                [("status", ASCENDING), ("customer_id", ASCENDING)],
                name="outreach",
                partialFilterExpression={"body.model_version": OUTREACH_VERSION},
            ),
            IndexModel(
                [("body.because.spike_id", ASCENDING)],
                name="spike",
                partialFilterExpression={"body.because.spike_id": {"$exists": True}},
            ),
            IndexModel(
                [("body.because.campaign_id", ASCENDING)],
                name="campaign",
                partialFilterExpression={"body.because.campaign_id": {"$exists": True}},
            ),
        ]


class InboxEntry(Document):
    """One line of the durable log that the streams replay. Ids are dense: whoever has seen n has seen all before n."""

    id: int  # type: ignore[assignment]
    key: str  # "<suggestion id>/<event>/<version>": pushed twice is pushed once
    event: str
    associate_id: str | None = None
    store_id: str | None = None
    region: str | None = None
    data: dict[str, Any]
    at: datetime

    class Settings:
        name = "inbox"
        keep_nulls = False
        indexes: ClassVar = [
            IndexModel([("key", ASCENDING)], unique=True, name="key"),
            IndexModel([("associate_id", ASCENDING), ("_id", ASCENDING)], name="associate"),
            IndexModel([("store_id", ASCENDING), ("_id", ASCENDING)], name="store"),
            IndexModel([("data.customer_id", ASCENDING)], name="customer", sparse=True),
        ]


class CorrectionEntry(Document):
    """One line of the log of corrections: one was made, or undone. Ids are dense: the newest is the version of all."""

    id: int  # type: ignore[assignment]
    keys: list[str]  # "made/<correction id>" or "undone/<correction id>", and the idempotency key: each comes once
    event: str  # made, undone
    correction_id: str
    at: datetime
    author_id: str
    digest: str  # of what was said, so that a repeat is told from a contradiction
    body: dict[str, Any] | None = None  # the correction, where it was made
    outbox: OutboxMarker | None = None  # while old notes wait to be read again

    class Settings:
        name = "corrections"
        keep_nulls = False
        indexes: ClassVar = [
            IndexModel([("keys", ASCENDING)], unique=True, name="keys"),
            IndexModel(
                [("outbox.due_at", ASCENDING)],
                name="outbox",
                partialFilterExpression={"outbox.due_at": {"$exists": True}},
            ),
        ]


class Account(Document):
    """A person of the built-in issuer."""

    id: str  # type: ignore[assignment]  # the user name
    password_hash: str  # argon2id
    role: str
    store_id: str | None = None
    region: str | None = None
    associate_id: str | None = None
    display_name: str | None = None
    failed_attempts: int = 0
    locked_until: datetime | None = None

    class Settings:
        name = "accounts"
        keep_nulls = False


class RefreshToken(Document):
    """A refresh token by its digest; used twice, its whole family is revoked, but for a repeat of a lost answer."""

    id: str  # type: ignore[assignment]  # SHA-256 of the token, hex
    family: str
    subject: str
    parent: str | None = None  # the token that was traded for this one
    used_at: datetime | None = None
    used_key: str | None = None  # digest of the Idempotency-Key under which it was traded
    revoked_at: datetime | None = None
    expires_at: datetime

    class Settings:
        name = "refresh_tokens"
        keep_nulls = False
        indexes: ClassVar = [
            IndexModel([("family", ASCENDING)], name="family"),
            IndexModel([("parent", ASCENDING)], name="parent", sparse=True),
            IndexModel([("expires_at", ASCENDING)], name="expiry", expireAfterSeconds=0),
        ]


class Erasure(Document):
    """A person who was erased: a keyed digest that refuses them a way back, and the receipt. No personal data."""

    id: str  # type: ignore[assignment]  # HMAC-SHA256 of the customer id by the instance's own key, hex
    receipt_id: str
    customer_id: str | None = None  # only until late writers and workers can't bring anything back
    store_id: str | None = None  # whose managers may read the receipt
    region: str | None = None
    requested_by: str
    requested_at: datetime
    erased_at: datetime | None = None  # everything was removed, and looked for again
    settled_at: datetime | None = None  # nothing came after, and the id itself is forgotten
    removed: dict[str, int] = Field(default_factory=dict)  # "<store>/<kind>": how many
    left: int = 0  # what was still found at the last look

    class Settings:
        name = "erasures"
        keep_nulls = False
        indexes: ClassVar = [
            IndexModel([("receipt_id", ASCENDING)], unique=True, name="receipt"),
            IndexModel([("requested_at", DESCENDING)], name="requested_at"),
            IndexModel(
                [("customer_id", ASCENDING)],
                name="unsettled",
                partialFilterExpression={"customer_id": {"$exists": True}},
            ),
        ]


class AuditEntry(Document):
    """One act of somebody of the staff; see `backend.documents.audit`."""

    id: int  # type: ignore[assignment]  # 1, 2, 3, …
    at: datetime
    subject: str
    act: str
    details: dict[str, str]
    before: str  # the digest of the entry before
    digest: str

    class Settings:
        name = "audit"


class InstanceKey(Document):
    """A secret that this instance made for itself, once."""

    id: str  # type: ignore[assignment]  # what it is for
    value: bytes

    class Settings:
        name = "instance_keys"


class DeadLetter(Document):
    """Work that failed for good: what, why, and enough to do it again."""

    id: str  # type: ignore[assignment]
    queue: str
    task: str
    customer_id: str | None = None
    arguments: dict[str, Any]
    error: str
    traceback: str
    attempts: int
    failed_at: datetime
    replayed_at: datetime | None = None

    class Settings:
        name = "dead_letters"
        keep_nulls = False
        indexes: ClassVar = [IndexModel([("failed_at", DESCENDING)], name="failed_at")]


DOCUMENT_MODELS: list[type[Document]] = [
    Revision,
    Reference,
    StoredSuggestion,
    InboxEntry,
    CorrectionEntry,
    Account,
    RefreshToken,
    Erasure,
    InstanceKey,
    AuditEntry,
    DeadLetter,
    Campaign,
    SourcePosition,
    *SYNC_MODELS,
]
