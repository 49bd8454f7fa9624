"""Keep people's data no longer than the shop has said: who was quiet for so long is erased as if they had asked."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from backend.actions.erase_customer import Reach, erase_customer
from backend.documents.journal import read_heads
from backend.domain.access import Caller, Role
from backend.domain.ids import CustomerId
from backend.warehouse.retention import quiet_customers

MOST_AT_ONCE = 100
"""In one run: an erasure takes a tenth of a second, and a limit set wrong is noticed before everybody is gone."""
RETENTION = Caller("retention", Role.OPERATOR)
_PAGE = 500


async def erase_quiet(reach: Reach) -> int:
    """Erase some of those who were quiet for longer than the setting allows; answer how many. No setting: nobody."""
    days = reach.settings.erase_quiet_after_days
    if days is None:
        return 0
    n_erased = 0
    async for customer_id in _quiet_since(reach, reach.clock() - timedelta(days=days)):
        await erase_customer(reach, RETENTION, customer_id)
        n_erased += 1
        if n_erased == MOST_AT_ONCE:
            break
    return n_erased


async def _quiet_since(reach: Reach, since: datetime) -> AsyncIterator[CustomerId]:
    """Answer of whom neither the tables nor the journal, which has the latest writes too, know anything newer."""
    after = CustomerId("")
    while page := await _page(reach, since, after):
        heads = await read_heads(page)
        for customer_id in page:
            if customer_id in heads and heads[customer_id].accepted_at < since:
                yield customer_id
        after = page[-1]


async def _page(reach: Reach, since: datetime, after: CustomerId) -> list[CustomerId]:
    async with reach.engine.connect() as connection:
        return await connection.run_sync(quiet_customers, since, after, _PAGE)
