"""Run a campaign: the people are chosen once, and each one's associate gets a suggestion with its reasons."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

import orjson

from backend.actions.places import is_within_scope
from backend.analytics.audiences import plan_campaign
from backend.documents import campaigns
from backend.documents.audit import note_act
from backend.documents.campaign_models import Campaign
from backend.documents.suggestions import merge_suggestions, withdraw
from backend.domain.access import Caller, bounds_of, scoped_key
from backend.domain.campaigns import Audience, Offer, Person, Plan
from backend.domain.clock import Clock
from backend.domain.errors import KeyReusedError, NotFoundError
from backend.domain.ids import Region, StoreId
from backend.domain.suggestions import PartOfCampaign
from backend.recommend.campaigns import campaign_suggestions
from backend.warehouse.engine import AsyncEngine

STARTING, RUNNING, CANCELLED = "starting", "running", "cancelled"


@dataclass(frozen=True, slots=True)
class Asked:
    """What marketing asks for; `key`: the client's, so that asking again starts nothing new."""

    name: str
    audience: Audience
    offer: Offer
    key: str | None = None


async def preview_campaign(engine: AsyncEngine, caller: Caller, asked: Asked, clock: Clock) -> Plan:
    """Answer whom the campaign would reach now."""
    async with engine.connect() as connection:
        return await plan_campaign(connection, caller, asked.audience, asked.offer.product_id, clock())


async def start_campaign(engine: AsyncEngine, caller: Caller, asked: Asked, clock: Clock) -> tuple[Campaign, bool]:
    """Start it; answer it and whether the key had started it before. One that died half-way is gone on with.

    Raises InvalidInputError for a product that is not in the catalogue, KeyReusedError for a key of another campaign.
    """
    plan = await preview_campaign(engine, caller, asked, clock)
    campaign = await campaigns.begin_campaign(_fresh(caller, asked, plan, clock))
    if campaign.digest != _digest(asked):
        raise KeyReusedError("This Idempotency-Key came with another campaign.")
    if campaign.status != STARTING:
        return campaign, True
    cited = PartOfCampaign(campaign.id, campaign.name)
    await merge_suggestions(
        campaign_suggestions(cited, asked.offer, plan.people, plan.product),
        region_of=_regions(plan.people),
        traces={},
        now=clock(),
    )
    await note_act(caller.subject, "campaign_started", clock(), campaign_id=campaign.id)
    return await campaigns.note_campaign(campaign.id, status=RUNNING), False


async def cancel_campaign(caller: Caller, campaign_id: str, clock: Clock) -> Campaign:
    """Take back what nobody has acted on yet; raises NotFoundError, out of scope too."""
    await require_campaign(caller, campaign_id)
    cancelled = await campaigns.note_campaign(campaign_id, status=CANCELLED)
    await withdraw(await campaigns.suggestions_of_campaign(campaign_id), clock())
    await note_act(caller.subject, "campaign_cancelled", clock(), campaign_id=campaign_id)
    return cancelled


async def list_campaigns(caller: Caller, *, before: tuple[datetime, str] | None, limit: int) -> list[Campaign]:
    """Answer campaigns, newest first, of the caller's store or region."""
    return await campaigns.read_campaigns(bounds_of(caller), before=before, limit=limit)


async def require_campaign(caller: Caller, campaign_id: str) -> Campaign:
    """Answer a campaign of the caller's scope; raises NotFoundError."""
    campaign = await campaigns.read_campaign(campaign_id)
    if campaign is None or not await is_within_scope(caller, *_place(campaign)):
        raise NotFoundError("There is no such campaign within your scope.")
    return campaign


def _place(campaign: Campaign) -> tuple[StoreId | None, Region | None]:
    store_id = StoreId(campaign.store_id) if campaign.store_id else None
    return store_id, Region(campaign.region) if campaign.region else None


def _fresh(caller: Caller, asked: Asked, plan: Plan, clock: Clock) -> Campaign:
    return Campaign(
        id=f"k_{secrets.token_hex(10)}",
        name=asked.name,
        audience=_said(asdict(asked.audience)),
        offer=_said(asdict(asked.offer)),
        status=STARTING,
        n_people=len(plan.people),
        n_spared=plan.n_spared,
        created_by=caller.subject,
        created_at=clock(),
        store_id=caller.store_id,
        region=caller.region,
        digest=_digest(asked),
        key=scoped_key(caller, asked.key) if asked.key else None,
    )


def _said(given: dict[str, object]) -> dict[str, object]:
    """Answer what was given, as JSON has it."""
    said: dict[str, object] = orjson.loads(orjson.dumps({k: v for k, v in given.items() if v is not None}))
    return said


def _digest(asked: Asked) -> str:
    given = [asked.name, _said(asdict(asked.audience)), _said(asdict(asked.offer))]
    return hashlib.sha256(orjson.dumps(given, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _regions(people: Iterable[Person]) -> dict[StoreId, Region]:
    return {person.store_id: person.region for person in people if person.store_id and person.region}
