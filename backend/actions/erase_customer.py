"""Erase a person: from the journal, the tables, the suggestions, the streams and the files, once and for good.

The wish is written down first, so that a worker finishes what dies half-way. The journal goes while the person's row
of `ingested` is held: a loader that runs is waited for, the next one finds nothing to read. What a request or a task
that had begun before may still write is removed by the passes that follow until the erasure is settled.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from backend.actions.places import is_within_scope
from backend.analytics.export_erasure import left_in_exports, redo_exports
from backend.documents import inbox
from backend.documents.audit import note_act
from backend.documents.erasing import cited_phrases, erase_documents, left_in_documents, written_names
from backend.documents.erasures import (
    SETTLES_AFTER,
    begin_erasure,
    note_pass,
    read_erasure,
    read_receipt,
    settle,
    unsettled_erasures,
)
from backend.documents.journal import read_head
from backend.documents.models import Erasure
from backend.domain.access import Caller
from backend.domain.clock import Clock
from backend.domain.errors import NotFoundError
from backend.domain.ids import CustomerId, Region, StoreId
from backend.settings import Settings
from backend.warehouse.engine import AsyncEngine
from backend.warehouse.erasing import erase_rows, forget_phrases, left_in_rows, said_elsewhere

_MOST_PASSES = 3


@dataclass(frozen=True, slots=True)
class Reach:
    """The stores that an erasure goes through; the documents are open in this process."""

    settings: Settings
    engine: AsyncEngine
    clock: Clock


async def erase_customer(reach: Reach, caller: Caller, customer_id: CustomerId) -> Erasure:
    """Erase, look again, and answer the receipt; asked again, the same one. Raises NotFoundError, out of scope too."""
    erasure = await read_erasure(customer_id)
    if erasure is None:
        head = await read_head(customer_id)
        if head is None or not await is_within_scope(caller, head.store_id, head.region):
            raise NotFoundError("There is no such customer within your scope.")
        erasure = await begin_erasure(customer_id, head.store_id, head.region, caller, reach.clock())
        await note_act(caller.subject, "erasure_asked_for", reach.clock(), receipt_id=erasure.receipt_id)
    elif not await may_read(caller, erasure):
        raise NotFoundError("There is no such customer within your scope.")
    return erasure if erasure.erased_at else await carry_out(reach, erasure)


async def receipt(caller: Caller, receipt_id: str) -> Erasure:
    """Answer a receipt by its id; raises NotFoundError, out of scope too."""
    erasure = await read_receipt(receipt_id)
    if erasure is None or not await may_read(caller, erasure):
        raise NotFoundError("There is no such receipt within your scope.")
    return erasure


async def may_read(caller: Caller, erasure: Erasure) -> bool:
    """Tell whether the person was within the caller's scope."""
    store_id = StoreId(erasure.store_id) if erasure.store_id else None
    return await is_within_scope(caller, store_id, Region(erasure.region) if erasure.region else None)


async def carry_out(reach: Reach, erasure: Erasure) -> Erasure:
    """Remove and look again, until nothing is found or three passes were made; whatever is left, a worker goes on."""
    assert erasure.customer_id is not None  # only a settled one has forgotten it
    customer_id = CustomerId(erasure.customer_id)
    for _ in range(_MOST_PASSES):
        removed = await _one_pass(reach, customer_id, is_first=erasure.erased_at is None)
        if removed or erasure.erased_at is None:
            await inbox.append_events([_reload(erasure, reach.clock())], reach.clock())
        erasure = await note_pass(erasure, removed, await _left(reach, customer_id), reach.clock())
        if not erasure.left:
            break
    return erasure


async def _one_pass(reach: Reach, customer_id: CustomerId, *, is_first: bool) -> dict[str, int]:
    """Remove what is found; answer how much, by "<store>/<kind>". Later passes spare the files where nothing was."""
    names, phrases = await written_names(customer_id), await cited_phrases(customer_id)
    async with reach.engine.begin() as connection:
        rows = await connection.run_sync(erase_rows, customer_id, names)
        said = await connection.run_sync(said_elsewhere, phrases)
        forgotten = sorted(phrases.keys() - said)
        await connection.run_sync(forget_phrases, forgotten)
        documents = await erase_documents(customer_id, forgotten)
        touched = is_first or any(rows.values())
        exports = await redo_exports(connection, customer_id, reach.settings) if touched else {}
    stores = {"documents": documents, "warehouse": rows, "exports": exports}
    return {f"{store}/{kind}": n for store, found in stores.items() for kind, n in found.items() if n}


async def _left(reach: Reach, customer_id: CustomerId) -> int:
    documents = await left_in_documents(customer_id)
    async with reach.engine.begin() as connection:
        rows = await connection.run_sync(left_in_rows, customer_id)
        return _sum(documents) + _sum(rows) + await left_in_exports(connection, customer_id)


def _sum(found: Mapping[str, int]) -> int:
    return sum(found.values())


def _reload(erasure: Erasure, now: datetime) -> inbox.InboxEvent:
    """Tell the phones that could show the person to read everything anew; it does not say whom."""
    return inbox.InboxEvent(
        key=f"erasure/{erasure.receipt_id}/{now.timestamp()}",
        event="resync",
        data={"reason": "customer_erased"},
        store_id=StoreId(erasure.store_id) if erasure.store_id else None,
        region=Region(erasure.region) if erasure.region else None,
    )


async def settle_erasures(reach: Reach) -> int:
    """Look again for everybody who was erased a moment ago; answer how many are settled now, their id forgotten."""
    n_settled = 0
    for one in await unsettled_erasures():
        erasure = await carry_out(reach, one)
        if erasure.erased_at and not erasure.left and reach.clock() - erasure.erased_at > SETTLES_AFTER:
            await settle(erasure, reach.clock())
            n_settled += 1
    return n_settled
