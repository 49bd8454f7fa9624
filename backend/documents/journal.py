"""The journal of every customer, the truth behind everything else: `revisions`, one entry for each accepted write."""

from backend.documents.appending import append, append_to
from backend.documents.bulk import append_many
from backend.documents.entries import (
    Appended,
    BulkAppended,
    Draft,
    Head,
    Refused,
    Seen,
    body_digest,
    idempotency_key,
)
from backend.documents.models import Revision
from backend.documents.outbox import (
    ask_again,
    due_customers,
    hasten,
    history_waits,
    mark_read,
    pending,
    read_but_marked,
    watch_customers,
)
from backend.documents.reading import (
    count_customers,
    entries_after,
    every_customer,
    read_document,
    read_document_at,
    read_entry,
    read_head,
    read_heads,
    read_note_author,
)
from backend.domain.events import JournalEntry

__all__ = [
    "Appended",
    "BulkAppended",
    "Draft",
    "Head",
    "JournalEntry",
    "Refused",
    "Revision",
    "Seen",
    "append",
    "append_many",
    "append_to",
    "ask_again",
    "body_digest",
    "count_customers",
    "due_customers",
    "entries_after",
    "every_customer",
    "hasten",
    "history_waits",
    "idempotency_key",
    "mark_read",
    "pending",
    "read_but_marked",
    "read_document",
    "read_document_at",
    "read_entry",
    "read_head",
    "read_heads",
    "read_note_author",
    "watch_customers",
]
