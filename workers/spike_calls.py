"""What to do about spikes: calls for the right associates when one opens, taken back when it closes."""

from collections.abc import Iterable
from datetime import datetime

from backend.analytics.audiences import plan_campaign
from backend.analytics.offers import read_shelf_products
from backend.documents.outreach import approached_since, open_of_spike
from backend.documents.suggestions import merge_suggestions, withdraw
from backend.domain.access import Caller, Role
from backend.domain.campaigns import Audience, Interest, Person
from backend.domain.ids import CustomerId, ProductId
from backend.domain.suggestions import NoteSpan, SpikeNow
from backend.recommend.offers import ShelfProduct, Wishes, can_be_offered
from backend.recommend.outreach import OUTREACH
from backend.recommend.outreach_rules import CONTACT_CAP
from backend.recommend.spike_offers import spike_offers
from backend.settings import Settings
from backend.warehouse.engine import AsyncEngine, open_async_engine
from etl.marts.spike_log import Spike, SpikeChange, SpikeStatus
from workers.approach import held_out_of

MOST = 100
"""So many customers of a region are called about one spike."""
_EVERYBODY = Caller("spikes", Role.MARKETING)


async def tell_associates(settings: Settings, changes: Iterable[SpikeChange], now: datetime) -> int:
    """Make the calls of spikes that opened and withdraw those of spikes that closed; answer how many were made."""
    several = [one for one in changes if one.status in {SpikeStatus.OPENED, SpikeStatus.CLOSED}]
    if not several:
        return 0
    engine = open_async_engine(settings.warehouse_url, pool_size=1)
    try:
        n_made = 0
        for change in several:
            if change.status is SpikeStatus.CLOSED:
                await withdraw(await open_of_spike(change.spike.spike_id), now)
            elif change.spike.region is not None:
                n_made += await _offer(engine, change.spike, now)
        return n_made
    finally:
        await engine.dispose()


async def _offer(engine: AsyncEngine, spike: Spike, now: datetime) -> int:
    product = (await read_shelf_products(engine, [spike.product_id])).get(spike.product_id)
    if product is None or not can_be_offered(product, Wishes()):
        return 0
    people = await _people(engine, spike, product, now)
    reason = SpikeNow(
        spike.spike_id, ProductId(spike.product_id), spike.region, spike.observed, round(spike.expected, 2),
        spike.started_at.isoformat(),
    )  # fmt: skip
    made = spike_offers(reason, product.shown, people, now)
    regions = {person.store_id: person.region for person in people if person.store_id and person.region}
    await merge_suggestions(made, region_of=regions, traces={}, now=now, held_out=held_out_of(made))
    return len(made)


async def _people(engine: AsyncEngine, spike: Spike, product: ShelfProduct, now: datetime) -> list[Person]:
    """Answer whom to call in the region, best first: who asked for it, then who bought or asked for its kind."""
    product_id = ProductId(spike.product_id)
    wanted = [Audience(region=spike.region, product_id=product_id, interest=Interest.ASKED, limit=MOST)]
    if kind := product.subcategory or product.category:
        wanted.append(Audience(region=spike.region, category=kind, limit=MOST))
    found: dict[CustomerId, Person] = {}
    async with engine.connect() as connection:
        for audience in wanted:
            for person in (await plan_campaign(connection, _EVERYBODY, audience, product_id, now)).people:
                found.setdefault(person.customer_id, person)
    spared = await approached_since(list(found), OUTREACH, now - CONTACT_CAP)
    return [one for one in found.values() if one.customer_id not in spared or _asked(one)][:MOST]


def _asked(person: Person) -> bool:
    """Tell whether the customer asked for it: who waits for a word is not spared it."""
    return any(isinstance(reason, NoteSpan) for reason in person.because)
