"""Stored suggestions and what became of them → rows."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple


class SuggestionRow(NamedTuple):
    """One suggestion as it stands."""

    suggestion_id: str
    kind: str
    customer_id: str
    associate_id: str | None
    store_id: str | None
    title: str
    product_ids: list[str]
    due_on: date | None
    score: float
    because: list[Any]
    model_version: str
    status: str
    created_at: datetime
    version: int


class OutcomeRow(NamedTuple):
    """One thing that an associate did with a suggestion; `position` counts from 0."""

    suggestion_id: str
    position: int
    outcome: str
    order_id: str | None
    reason: str | None
    associate_id: str | None
    recorded_at: datetime


def suggestion_columns(body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer what stands in a suggestion's wire shape, by column."""
    due_on = body.get("due_on")
    return {
        "title": body.get("title") or "",
        "product_ids": [product["product_id"] for product in _objects(body.get("products"))],
        "due_on": date.fromisoformat(due_on) if due_on else None,
        "score": float(body.get("score") or 0),
        "because": _objects(body.get("because")),
        "model_version": body.get("model_version") or "",
    }


def _objects(value: Any) -> Sequence[Any]:
    return list(value) if isinstance(value, list | tuple) else []
