"""Suggestions: what to do next for a customer, and what became of it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from backend.actions.places import require_customer
from backend.actions.record_outcome import Outcome, record_outcome
from backend.api.auth import WRITERS, allow
from backend.api.bodies import JsonObject, shaped
from backend.api.openapi import refuses, takes
from backend.api.parts import PartsDep
from backend.api.schemas import CUSTOMER_ID_PATTERN, OutcomeIn, SuggestionList, SuggestionOut
from backend.api.writes import Write
from backend.documents.suggestions import open_suggestions, wire_suggestion
from backend.domain.access import Caller
from backend.domain.ids import CustomerId, SuggestionId
from backend.push import publish_news

router = APIRouter(prefix="/v1", tags=["suggestions"])

Writer = Annotated[Caller, Depends(allow(*WRITERS))]
_OUTCOME = {"outcome": "done", "order_id": "15122"}


@router.get("/customers/{customer_id}/suggestions")
async def get_suggestions(
    customer_id: Annotated[str, Path(pattern=CUSTOMER_ID_PATTERN)], caller: Writer
) -> SuggestionList:
    """Answer the customer's open suggestions, best first."""
    head = await require_customer(caller, CustomerId(customer_id))
    found = await open_suggestions([head.customer_id])
    return SuggestionList(items=[SuggestionOut.model_validate(wire_suggestion(one)) for one in found])


@router.post(
    "/suggestions/{suggestion_id}/outcome",
    openapi_extra=takes(OutcomeIn, example=_OUTCOME),
    responses=refuses(409),
)
async def post_outcome(
    suggestion_id: Annotated[str, Path(min_length=1, max_length=128)],
    body: JsonObject,
    request: Write,
    response: Response,
    parts: PartsDep,
) -> SuggestionOut:
    """Say what you did with a suggestion; everybody else's phone hears that it is closed."""
    given = shaped(OutcomeIn, body)
    outcome = Outcome(given.outcome, given.order_id, given.reason)
    stored, newest, repeated = await record_outcome(request, SuggestionId(suggestion_id), outcome)
    await publish_news(parts.redis, newest)
    if repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return SuggestionOut.model_validate(wire_suggestion(stored))
