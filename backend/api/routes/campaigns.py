"""Campaigns: an offer, for an audience, as suggestions to the right associates."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from backend.actions.run_campaign import (
    RUNNING,
    Asked,
    cancel_campaign,
    list_campaigns,
    preview_campaign,
    require_campaign,
    start_campaign,
)
from backend.analytics.campaign_results import earned
from backend.analytics.cursors import read_cursor, write_cursor
from backend.analytics.operations import read_moment
from backend.api.auth import allow
from backend.api.bodies import IdempotencyKey, JsonObject, shaped
from backend.api.campaign_schemas import CampaignIn, CampaignList, CampaignOut, CampaignPreview
from backend.api.openapi import refuses, takes
from backend.api.parts import Parts, PartsDep
from backend.documents.campaign_models import Campaign
from backend.documents.campaigns import count_by_status
from backend.domain.access import Caller, Role
from backend.domain.errors import Fault, InvalidInputError
from backend.domain.money import decimal_string

router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])
Planner = Annotated[Caller, Depends(allow(Role.MANAGER, Role.MARKETING))]
CampaignId = Annotated[str, Path(max_length=64)]
_SHOWN = 10


@router.post("/preview", openapi_extra=takes(CampaignIn))
async def post_preview(body: JsonObject, parts: PartsDep, caller: Planner) -> CampaignPreview:
    """Say whom a campaign would reach within your scope, without starting it."""
    plan = await preview_campaign(parts.engine, caller, _asked(body, parts, None), parts.clock)
    return CampaignPreview(
        n_people=len(plan.people),
        n_spared=plan.n_spared,
        n_associates=len({person.associate_id for person in plan.people if person.associate_id}),
        customer_ids=[person.customer_id for person in plan.people[:_SHOWN]],
    )


@router.post("", status_code=201, openapi_extra=takes(CampaignIn))
async def post_campaign(
    body: JsonObject, parts: PartsDep, caller: Planner, key: IdempotencyKey, response: Response
) -> CampaignOut:
    """Start a campaign: each person's associate gets a suggestion. The same key and body start it once."""
    campaign, repeated = await start_campaign(parts.engine, caller, _asked(body, parts, key), parts.clock)
    response.headers["Location"] = f"/v1/campaigns/{campaign.id}"
    if repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return (await _described(parts, [campaign]))[0]


@router.get("")
async def get_campaigns(
    parts: PartsDep,
    caller: Planner,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> CampaignList:
    """List the campaigns of your scope, newest first, each with what came of it."""
    place = read_cursor(cursor, 2) if cursor else None
    before = (read_moment(place[0]), place[1]) if place else None
    found = await list_campaigns(caller, before=before, limit=limit + 1)
    page = found[:limit]
    more = write_cursor([page[-1].created_at.isoformat(), page[-1].id]) if len(found) > limit else None
    return CampaignList(items=await _described(parts, page), next_cursor=more)


@router.get("/{campaign_id}", responses=refuses(404))
async def get_campaign(campaign_id: CampaignId, parts: PartsDep, caller: Planner) -> CampaignOut:
    """Say what came of a campaign."""
    return (await _described(parts, [await require_campaign(caller, campaign_id)]))[0]


@router.delete("/{campaign_id}", responses=refuses(404))
async def delete_campaign(campaign_id: CampaignId, parts: PartsDep, caller: Planner) -> CampaignOut:
    """Take back what nobody has acted on yet: it leaves the phones within seconds."""
    return (await _described(parts, [await cancel_campaign(caller, campaign_id, parts.clock)]))[0]


def _asked(body: JsonObject, parts: Parts, key: str | None) -> Asked:
    given = shaped(CampaignIn, body)
    if given.offer.until < parts.clock().date():
        fault = Fault("/offer/until", "This day is over")
        raise InvalidInputError("The offer ends before it begins.", faults=[fault])
    return Asked(given.name, given.audience.audience(), given.offer.offer(), key)


async def _described(parts: Parts, found: Sequence[Campaign]) -> list[CampaignOut]:
    ids = [campaign.id for campaign in found]
    counts = await count_by_status(ids)
    async with parts.engine.connect() as connection:
        orders = await earned(connection, ids)
    today = parts.clock().date().isoformat()
    return [_described_one(one, counts[one.id], orders.get(one.id, (0, 0)), today) for one in found]


def _described_one(campaign: Campaign, by_status: dict[str, int], orders: tuple[int, int], today: str) -> CampaignOut:
    n_orders, cents = orders
    ended = campaign.status == RUNNING and campaign.offer["until"] < today
    return CampaignOut.model_validate(
        {
            **campaign.model_dump(
                include={"name", "audience", "offer", "n_people", "n_spared", "created_by", "created_at"}
            ),
            "campaign_id": campaign.id,
            "status": "ended" if ended else campaign.status,
            "by_status": dict(by_status),
            "n_orders": n_orders,
            "revenue": decimal_string(cents),
            "until": campaign.offer["until"],
        }
    )
