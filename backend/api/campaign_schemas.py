"""The wire shapes of campaigns."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.api.schemas import Day, Identifier, Text
from backend.domain.campaigns import Audience, Interest, Offer
from backend.domain.ids import ProductId, Region, StoreId
from backend.domain.suggestions import SuggestionKind

_Short = Annotated[Text, Field(min_length=1, max_length=200)]
_EXAMPLE: dict[str, Any] = {
    "name": "Ski week in the West",
    "audience": {"region": "West", "category": "Ski Boots", "interest": "asked", "limit": 100},
    "offer": {"kind": "coupon", "title": "Offer 10 % on boots", "body": "Code SKI10, in store.", "until": "2026-12-01"},
}


class AudienceIn(BaseModel):
    """Who is meant; all that is given must hold."""

    model_config = ConfigDict(extra="forbid")

    region: _Short | None = None
    store_id: Identifier | None = None
    state: _Short | None = None
    segment: _Short | None = None
    churn_state: Literal["churned", "active", "never_purchased"] | None = None
    category: _Short | None = None
    product_id: Identifier | None = None
    interest: Interest = Interest.EITHER
    limit: Annotated[int, Field(strict=True, ge=1, le=1_000)] = 200

    @model_validator(mode="after")
    def _means_somebody(self) -> Self:
        if not self.model_fields_set - {"interest", "limit"}:
            raise ValueError("Say whom you mean: region, store_id, state, segment, churn_state, category or product_id")
        return self

    def audience(self) -> Audience:
        """Answer what it means."""
        return Audience(
            region=Region(self.region) if self.region else None,
            store_id=StoreId(self.store_id) if self.store_id else None,
            state=self.state,
            segment=self.segment,
            churn_state=self.churn_state,
            category=self.category,
            product_id=ProductId(self.product_id) if self.product_id else None,
            interest=self.interest,
            limit=self.limit,
        )


class OfferIn(BaseModel):
    """What associates are to offer, until the end of a day (UTC)."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["coupon", "win_back", "loyalty_card", "after_sales", "spike_offer", "upsell", "cross_sell"]
    title: _Short
    body: Annotated[Text, Field(max_length=2_000)] = ""
    until: Day
    due_on: Day | None = None
    product_id: Identifier | None = None

    def offer(self) -> Offer:
        """Answer what it means."""
        product_id = ProductId(self.product_id) if self.product_id else None
        return Offer(SuggestionKind(self.kind), self.title, self.body, self.until, product_id, self.due_on)


class CampaignIn(BaseModel):
    """An offer for an audience."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    name: _Short
    audience: AudienceIn
    offer: OfferIn


class CampaignPreview(BaseModel):
    """Whom it would reach now. `n_spared` are meant too, but hear of another campaign or don't want to be contacted."""

    n_people: int
    n_spared: int
    n_associates: int
    customer_ids: list[str] = Field(description="The first ten, best first")


class CampaignOut(BaseModel):
    """A campaign and what came of it so far. `n_people` counts whom it was meant for; `by_status` their suggestions."""

    campaign_id: str
    name: str
    status: Literal["starting", "running", "cancelled", "ended"]
    audience: dict[str, str | int]
    offer: dict[str, str]
    n_people: int
    n_spared: int
    by_status: dict[str, int]
    n_orders: int
    revenue: str
    created_by: str
    created_at: datetime
    until: date


class CampaignList(BaseModel):
    """One page of campaigns, newest first."""

    items: list[CampaignOut]
    next_cursor: str | None
