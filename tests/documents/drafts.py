"""Makes drafts for the journal's tests."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from backend.documents.journal import Draft
from backend.domain.events import RevisionKind
from backend.domain.ids import CustomerId, Revision, StoreId

NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


@dataclass(frozen=True)
class DraftFor:
    """Makes the drafts of one customer."""

    customer_id: CustomerId

    def document(self, seen: Revision | None = None, **fields: Any) -> Draft:
        payload = {"customerId": self.customer_id, **fields}
        return Draft(self.customer_id, RevisionKind.DOCUMENT, payload, orjson.dumps(payload), NOON, seen=seen)

    def note(self, note_id: str, text: str, *, key: str | None = None, store_id: StoreId | None = None) -> Draft:
        payload = {"note_id": note_id, "text": text, "written_at": "2026-11-22T11:59:00Z"}
        raw = orjson.dumps(payload)
        return Draft(
            self.customer_id,
            RevisionKind.NOTE,
            payload,
            raw,
            NOON,
            identity=note_id,
            idempotency=key,
            store_id=store_id,
        )

    def order(self, order_id: str, status: str) -> Draft:
        payload = {"order_id": order_id, "status": status, "filed_on": "2026-11-22"}
        return Draft(self.customer_id, RevisionKind.ORDER, payload, orjson.dumps(payload), NOON, identity=order_id)


FAMA = DraftFor(CustomerId("fama"))
