"""The journal of a customer: what was accepted, in order. Everything behind it can be rebuilt from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from backend.domain.ids import AssociateId, CustomerId, Region, Revision, StoreId


class RevisionKind(StrEnum):
    """What an entry of the journal holds."""

    DOCUMENT = "document"  # the whole free-form document, as sent
    NOTE = "note"
    ORDER = "order"
    TRANSACTION = "transaction"
    RETRACTION = "retraction"  # of a note, by its writer


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One accepted write. `revision` counts 1, 2, 3, … within the customer; `payload` is the parsed JSON as sent."""

    customer_id: CustomerId
    revision: Revision
    kind: RevisionKind
    payload: Mapping[str, Any]
    accepted_at: datetime
    associate_id: AssociateId | None  # the customer's associate as of this entry
    store_id: StoreId | None  # the customer's store as of this entry
    region: Region | None = None
    author_id: str | None = None
    """Who posted it; None for history that was imported."""
