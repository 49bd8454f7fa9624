"""Whom to approach of our own accord: all customers once a night, and within minutes whoever there is news of.

`python -m workers.approach` is the nightly process, settings from FLOORBOOK_* variables.
"""

import asyncio
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from backend.analytics.outreach import AT_ONCE, customers_to_approach, not_to_be_contacted, read_outreach_facts
from backend.documents import outreach as made
from backend.documents import suggestions as stored
from backend.documents.client import open_documents
from backend.domain.clock import utc_now
from backend.domain.ids import CustomerId, Region, StoreId, SuggestionId
from backend.domain.suggestions import Suggestion
from backend.logs import configure_logs
from backend.recommend.outreach import OUTREACH, is_held_out, outreach
from backend.recommend.outreach_choice import Choice, whose
from backend.recommend.outreach_rules import CONTACT_CAP
from backend.settings import Settings
from backend.warehouse.engine import Engine, open_engine, transaction
from backend.warehouse.runs import recorded_run
from etl.marts.upgrades import refresh_upgrades
from workers.own_process import stand_back

JOB = "marts.approach"


async def approach(engine: Engine, now: datetime, *, since: datetime | None = None, most: int | None = None) -> int:
    """Choose and store whom to approach; answer how many. Doing it again at once adds nobody.

    `since`: only customers of whom the tables have news, `most` of them. What is stored the relay's sweep sends on.
    """
    await _close_for_who_refused(engine, now)
    choice, regions = Choice(), dict[StoreId, Region]()
    for ids in _batches(engine, since, most):
        with transaction(engine) as connection:
            facts, around = read_outreach_facts(connection, ids, now)
        approached = await made.approached_since(ids, OUTREACH, now - CONTACT_CAP)
        known = await made.made_before(ids)
        for one in facts:
            if one.customer_id not in approached:
                choice.add(outreach(one, around, now.date()), known)
            if one.store_id and one.region:
                regions[one.store_id] = one.region
    n_open = {whose(associate, store): n for associate, store, n in await made.n_open_by_list()}
    return await _store(choice.chosen(n_open), regions, now)


async def _store(chosen: Sequence[Suggestion], regions: dict[StoreId, Region], now: datetime) -> int:
    held_out = held_out_of(chosen)
    await stored.merge_suggestions(chosen, region_of=regions, traces={}, now=now, held_out=held_out)
    return len(chosen) - len(held_out)


def held_out_of(suggestions: Collection[Suggestion]) -> set[SuggestionId]:
    """Answer which of these nobody is told of."""
    return {one.id for one in suggestions if is_held_out(one.customer_id, one.kind)}


async def _close_for_who_refused(engine: Engine, now: datetime) -> None:
    """Withdraw what is open for customers who do not want to be contacted any more."""
    standing = await made.customers_with_open()
    for first in range(0, len(standing), AT_ONCE):
        ids = standing[first : first + AT_ONCE]
        with transaction(engine) as connection:
            refusing = not_to_be_contacted(connection, ids)
        open_ = await stored.open_suggestions(sorted(refusing))
        await stored.withdraw([SuggestionId(one.id) for one in open_ if one.kind in OUTREACH], now)


def _batches(engine: Engine, since: datetime | None, most: int | None) -> Iterator[list[CustomerId]]:
    after, n = None, 0
    while most is None or n < most:
        with transaction(engine) as connection:
            ids = customers_to_approach(connection, after=after, since=since)
        if not ids:
            return
        yield ids
        after, n = ids[-1], n + len(ids)


def main() -> None:
    """Count the steps up anew and go through all customers, within the limits, and record the run."""
    stand_back()
    settings = Settings.from_environment()
    configure_logs(settings)
    engine = open_engine(settings.warehouse_url, pool_size=1)
    try:
        with recorded_run(engine, JOB, utc_now) as run:
            with transaction(engine) as connection:
                refresh_upgrades(connection, utc_now())
            run.n_rows = asyncio.run(_approach_all(settings, engine))
    finally:
        engine.dispose()


async def _approach_all(settings: Settings, engine: Engine) -> int:
    client = await open_documents(settings)
    try:
        return await approach(engine, utc_now())
    finally:
        await client.close()


if __name__ == "__main__":
    main()
