"""Ingest = extract, normalize, load: the order of the steps, on one page."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from backend.documents.corrections import CorrectionMemory
from backend.documents.journal import entries_after, mark_read, read_but_marked
from backend.documents.models import StoredSuggestion
from backend.documents.references import (
    mark_references_read,
    newest_import,
    pending_references,
    read_references,
)
from backend.documents.sync_log import note_changes, note_read
from backend.domain.clock import Clock, utc_now
from backend.domain.events import JournalEntry, RevisionKind
from backend.domain.ids import CustomerId, Region, StoreId
from backend.warehouse.engine import Engine
from etl.load.catalog_changes import note_catalog_change, wait_for_products
from etl.load.references import write_channels, write_products
from etl.load.states import forget_strangers, lock_customers, mark_ingested, read_states
from etl.load.suggestions import write_suggestions
from etl.load.write import write_states
from etl.marts.unmet_demand import refresh_unmet_demand
from etl.marts.value_now import retell_value
from etl.normalize.fold import fold
from etl.normalize.note_rows import read_notes
from etl.normalize.orders import told_alone
from etl.normalize.products import RememberedNames
from etl.normalize.references import channel_row, product_row
from etl.normalize.state import CustomerState, NoteReader
from etl.normalize.suggestion_rows import OutcomeRow, SuggestionRow, suggestion_columns


@dataclass(frozen=True, slots=True)
class CustomerIngested:
    """What was read of one customer. `sources` names what was touched: "document", "note/<id>", "order/<id>"."""

    customer_id: CustomerId
    revision: int
    n_entries: int
    accepted_at: datetime
    sources: tuple[str, ...]
    live: bool
    """Whether somebody posted any of it; imported history asks for nothing by itself."""
    store_id: StoreId | None = None
    region: Region | None = None


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one run has done: the customers with news, rows written by table, and when each step was over."""

    customers: tuple[CustomerIngested, ...]
    held: Mapping[CustomerId, int]
    """For every customer asked for: the revision up to which the tables were before."""
    rows_written: Mapping[str, int]
    n_notes: int
    extracted_at: datetime
    loaded_at: datetime
    unannounced: tuple[CustomerId, ...] = ()
    """Customers without news whose rows a run before committed and, killed, did not tell of."""
    understood_anew: tuple[CustomerId, ...] = ()
    """Customers of whom something else is understood now; told where they were read from the beginning."""

    @property
    def live(self) -> tuple[CustomerId, ...]:
        """The customers for whom somebody posted."""
        return (*(customer.customer_id for customer in self.customers if customer.live), *self.unannounced)

    @property
    def traces(self) -> dict[str, dict[str, str]]:
        """For each customer the times (RFC 3339) of its newest entry's steps: accepted, extracted, loaded."""
        times = {"extracted": self.extracted_at.isoformat(), "loaded": self.loaded_at.isoformat()}
        return {c.customer_id: {"accepted": c.accepted_at.isoformat(), **times} for c in self.customers}


async def ingest(
    engine: Engine,
    reader: NoteReader,
    customer_ids: Iterable[CustomerId],
    *,
    clock: Clock,
    announce: Callable[[Ingested], Awaitable[None]] | None = None,
    memory: CorrectionMemory | None = None,
    catalog_at: datetime | None = None,
) -> Ingested:
    """Bring these customers' tables up to their journals, in one transaction; doing it again changes nothing.

    The customers are locked first, so each is loaded by one worker at a time. `catalog_at` is the version of the
    catalogue that the reader was compiled from. The outbox markers are taken away only when the rows are committed and
    `announce` has told of them: a crash anywhere leaves them for the sweep.
    """
    replayed = await replay(engine, reader, customer_ids, clock=clock, memory=memory, catalog_at=catalog_at)
    newest = {customer.customer_id: customer.revision for customer in replayed.customers}
    no_news = {id_: revision for id_, revision in replayed.held.items() if id_ not in newest}
    ingested = replace(replayed, unannounced=tuple(await read_but_marked(no_news)))
    if announce is not None:
        await announce(ingested)
    await note_read(replayed.customers)  # before the markers go: whoever replicates finds all that has none
    await note_changes(no_news)
    await mark_read(newest, since=replayed.held)
    await mark_read(no_news)
    return ingested


async def reread(
    engine: Engine,
    reader: NoteReader,
    customer_ids: Iterable[CustomerId],
    *,
    clock: Clock,
    memory: CorrectionMemory | None = None,
    catalog_at: datetime | None = None,
) -> tuple[CustomerId, ...]:
    """Read these customers' notes again, as a rebuild would; answer of whom something else is understood now.

    Only rows that differ are written. What their journals hold beyond the tables is read along, and told of by
    `ingest`, which finds its markers.
    """
    replayed = await replay(engine, reader, customer_ids, clock=clock, memory=memory, anew=True, catalog_at=catalog_at)
    return replayed.understood_anew


async def replay(
    engine: Engine,
    reader: NoteReader,
    customer_ids: Iterable[CustomerId],
    *,
    clock: Clock,
    rollup: bool = True,
    memory: CorrectionMemory | None = None,
    anew: bool = False,
    catalog_at: datetime | None = None,
) -> Ingested:
    """Bring the tables of an engine's schema up to the journals, and leave the outbox alone.

    Without `rollup` the marts are left to `fill_rollups` and `refresh_unmet_demand` at the end. `memory`: where the
    corrections are kept between two calls. `anew`: fold the journals from their beginning over what the tables hold.
    `catalog_at`: the version of the catalogue that the reader was compiled from, where somebody is to look after it.
    """
    with engine.begin() as connection:
        held = lock_customers(connection, customer_ids, clock())
        known = [customer_id for customer_id, revision in held.items() if revision]
        entries, book = await asyncio.gather(
            entries_after(dict.fromkeys(known, 0) if anew else held),
            (memory or CorrectionMemory()).book(),  # under the locks: a correction made later reads these notes again
        )
        news = {customer_id: entries[customer_id] for customer_id in held if entries.get(customer_id)}
        revisions = {customer_id: held[customer_id] for customer_id in news}
        before = list(read_states(connection, revisions, {} if anew else orders_alone(news)).values())
        names = RememberedNames(reader)
        after = [
            fold(CustomerState(state.customer_id) if anew else state, news[state.customer_id], names)
            for state in before
        ]
        n_notes = read_notes(after, reader, book)
        extracted_at = clock()
        written = write_states(connection, before, after, rollup=rollup)
        if rollup:
            asking = [new.customer_id for old, new in zip(before, after, strict=True) if _asks(old) or _asks(new)]
            written |= _counted("unmet_demand", refresh_unmet_demand(connection, asking))
            retell_value(connection, _bought_now(before, after, news), clock())
        mark_ingested(connection, {state.customer_id: state.revision for state in after}, clock(), catalog_at)
        if strangers := [customer_id for customer_id in held if customer_id not in news]:
            forget_strangers(connection, strangers)
    customers = tuple(_customer(customer_id, several) for customer_id, several in news.items())
    anew_of = _understood_anew(before, after) if anew else ()
    return Ingested(customers, held, written, n_notes, extracted_at, clock(), understood_anew=anew_of)


def orders_alone(news: Mapping[CustomerId, Sequence[JournalEntry]]) -> dict[CustomerId, list[str]]:
    """Answer the customers of whom nothing but orders came that each can be told alone, with the orders' ids."""
    found: dict[CustomerId, list[str]] = {}
    for customer_id, entries in news.items():
        told = [told_alone(entry.payload) if entry.kind is RevisionKind.ORDER else None for entry in entries]
        if all(order_id is not None for order_id in told):
            found[customer_id] = [order_id for order_id in told if order_id is not None]
    return found


def _understood_anew(before: Sequence[CustomerState], after: Sequence[CustomerState]) -> tuple[CustomerId, ...]:
    return tuple(
        new.customer_id
        for old, new in zip(before, after, strict=True)
        if old.mentions != new.mentions or old.unsold != new.unsold
    )


def _bought_now(
    before: Sequence[CustomerState], after: Sequence[CustomerState], news: Mapping[CustomerId, Sequence[JournalEntry]]
) -> list[CustomerId]:
    """Answer of whom somebody posted something else bought; imported history waits for the marts' own refresh."""
    return [
        new.customer_id
        for old, new in zip(before, after, strict=True)
        if old.lines != new.lines and any(entry.author_id is not None for entry in news[new.customer_id])
    ]


def _asks(state: CustomerState) -> bool:
    return bool(state.mentions or state.unsold)


def _counted(table: str, n_rows: int) -> dict[str, int]:
    return {table: n_rows} if n_rows else {}


async def load_references(engine: Engine, *, clock: Clock = utc_now) -> int:
    """Load the products and channels that wait for it; answer how many rows were new or changed."""
    products, channels = await pending_references("product"), await pending_references("channel")
    imported_at = max((reference.updated_at for reference in products), default=clock())
    changed = _write_references(
        engine, [one.payload for one in products], [one.payload for one in channels], imported_at, clock
    )
    await mark_references_read([*products, *channels])
    return changed


async def replay_references(engine: Engine, *, clock: Clock) -> int:
    """Bring products and channels of an engine's schema up to what was imported, and leave the outbox alone."""
    products, channels = await read_references("product"), await read_references("channel")
    imported_at = await newest_import("product") or clock()
    return _write_references(engine, products, channels, imported_at, clock)


def _write_references(
    engine: Engine,
    products: Iterable[Mapping[str, Any]],
    channels: Iterable[Mapping[str, Any]],
    imported_at: datetime,
    clock: Clock,
) -> int:
    product_rows = [product_row(payload, clock()) for payload in products]
    channel_rows = [channel_row(payload, clock()) for payload in channels]
    with engine.begin() as connection:
        wait_for_products(connection)
        changed = write_products(connection, [row for row in product_rows if row is not None])
        if changed:
            note_catalog_change(connection, loaded_at=clock(), imported_at=imported_at, n_products=changed)
        return changed + write_channels(connection, [row for row in channel_rows if row is not None])


def load_suggestions(engine: Engine, suggestions: Sequence[StoredSuggestion]) -> None:
    """Load suggestions as they stand, and what became of them."""
    with engine.begin() as connection:
        write_suggestions(
            connection,
            [_suggestion(suggestion) for suggestion in suggestions],
            [outcome for suggestion in suggestions for outcome in _outcomes(suggestion)],
        )


def _suggestion(stored: StoredSuggestion) -> SuggestionRow:
    return SuggestionRow(
        suggestion_id=stored.id,
        kind=stored.kind,
        customer_id=stored.customer_id,
        associate_id=stored.associate_id,
        store_id=stored.store_id,
        status=stored.status,
        created_at=stored.created_at,
        version=stored.version,
        **suggestion_columns(stored.body),
    )


def _outcomes(stored: StoredSuggestion) -> Iterable[OutcomeRow]:
    for position, record in enumerate(stored.outcomes):
        yield OutcomeRow(
            suggestion_id=stored.id,
            position=position,
            outcome=record.outcome,
            order_id=record.order_id,
            reason=record.reason,
            associate_id=record.associate_id,
            recorded_at=record.recorded_at,
        )


def _customer(customer_id: CustomerId, entries: list[JournalEntry]) -> CustomerIngested:
    newest = entries[-1]
    sources = dict.fromkeys(_source(entry) for entry in entries)
    live = any(entry.author_id is not None for entry in entries)
    return CustomerIngested(
        customer_id,
        newest.revision,
        len(entries),
        newest.accepted_at,
        tuple(sources),
        live,
        newest.store_id,
        newest.region,
    )


def _source(entry: JournalEntry) -> str:
    id_ = entry.payload.get(f"{entry.kind.value}_id")
    return entry.kind.value if id_ is None else f"{entry.kind.value}/{id_}"
