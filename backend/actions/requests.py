"""What every write brings beside its body."""

from dataclasses import dataclass

from backend.documents.journal import Seen, idempotency_key
from backend.domain.access import Caller
from backend.domain.clock import Clock
from backend.domain.ids import CustomerId, Revision


@dataclass(frozen=True, slots=True)
class Request:
    """What a write brings beside its body: who, when, which revision was read, and the key that makes it unique."""

    caller: Caller
    clock: Clock
    key: str | None = None
    seen: Revision | Seen | None = None

    def scoped_key(self, route: str, customer_id: CustomerId) -> str | None:
        """Answer the key within its scope."""
        return idempotency_key(self.caller.subject, route, customer_id, self.key) if self.key else None
