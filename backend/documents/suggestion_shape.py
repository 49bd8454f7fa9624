"""The shapes of a suggestion: as it is stored, as the contract shows it, and as the streams tell it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from backend.documents.inbox import InboxEvent
from backend.documents.models import StoredSuggestion
from backend.domain.ids import AssociateId, Region, StoreId
from backend.domain.money import decimal_string
from backend.domain.suggestions import Suggestion, SuggestionStatus


@dataclass(frozen=True, slots=True)
class Trace:
    """How long after the acceptance of a write each step that followed was done."""

    accepted_at: datetime | None
    milliseconds: dict[str, float]

    @classmethod
    def of(cls, times: Mapping[str, str]) -> "Trace":
        """Count the steps' times from the moment of acceptance; without that moment there is nothing to count from."""
        if "accepted" not in times:
            return cls(None, {})
        accepted_at = datetime.fromisoformat(times["accepted"])
        return cls(
            accepted_at, {step: _milliseconds(accepted_at, datetime.fromisoformat(at)) for step, at in times.items()}
        )


def _milliseconds(start: datetime, end: datetime) -> float:
    return round((end - start).total_seconds() * 1000, 1)


def suggestion_body(suggestion: Suggestion) -> dict[str, Any]:
    """Answer the suggestion in its wire shape, without status, times of making and trace."""
    return {
        "id": suggestion.id,
        "kind": suggestion.kind.value,
        "customer_id": suggestion.customer_id,
        "associate_id": suggestion.associate_id,
        "store_id": suggestion.store_id,
        "title": suggestion.title,
        "body": suggestion.body,
        "products": [
            {
                "product_id": product.product_id,
                "name": product.name,
                "price": None if product.price_cents is None else decimal_string(product.price_cents),
                "currency": product.currency,
            }
            for product in suggestion.products
        ],
        "due_on": suggestion.due_on.isoformat() if suggestion.due_on else None,
        "expires_at": rfc3339(suggestion.expires_at),
        "score": suggestion.score,
        "because": [asdict(reason) for reason in suggestion.because],
        "model_version": suggestion.model_version,
    }


def wire_suggestion(stored: StoredSuggestion) -> dict[str, Any]:
    """Answer the suggestion exactly as the contract shows it."""
    outcome = stored.outcomes[-1].outcome if stored.outcomes else None
    return stored.body | {
        "status": stored.status,
        "outcome": outcome,
        "created_at": rfc3339(stored.created_at),
        "trace_ms": dict(stored.trace_ms),
    }


def rfc3339(at: datetime) -> str:
    """Answer an aware UTC time as RFC 3339 with milliseconds and a Z."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event_of(stored: StoredSuggestion, now: datetime) -> InboxEvent | None:
    """Answer what the streams say of the suggestion as it stands; None: it has expired unseen, or nobody may see it."""
    if stored.status == SuggestionStatus.HELD_OUT.value:
        return None
    if stored.status == SuggestionStatus.NEW.value:
        if datetime.fromisoformat(stored.body["expires_at"]) <= now:
            return None
        event, told = "suggestion", wire_suggestion(stored)
        if stored.accepted_at is not None:
            told["trace_ms"] = {**stored.trace_ms, "pushed": _milliseconds(stored.accepted_at, now)}
    else:
        event = "suggestion_closed"
        outcome = stored.outcomes[-1].outcome if stored.outcomes else None
        told = {"id": stored.id, "customer_id": stored.customer_id, "status": stored.status, "outcome": outcome}
    return InboxEvent(
        key=f"{stored.id}/{event}/{stored.news}",
        event=event,
        data=told,
        associate_id=AssociateId(stored.associate_id) if stored.associate_id else None,
        store_id=StoreId(stored.store_id) if stored.store_id else None,
        region=Region(stored.region) if stored.region else None,
    )
