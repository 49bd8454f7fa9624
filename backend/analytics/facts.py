"""Read what the rules of `backend.recommend` look at: of a batch of customers, however many, in two round trips."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Connection, DateTime, and_, bindparam, func, or_, select

from backend.domain.ids import AssociateId, CustomerId, NoteId, OrderId, ProductId, Region, StoreId
from backend.domain.mentions import FollowUpCue, Intent, Mention
from backend.domain.orders import CANCELED_STATUSES, RETURNED_STATUSES
from backend.domain.suggestions import SuggestedProduct
from backend.recommend.facts import CustomerFacts, NoteFact, Partner, Shelf
from backend.warehouse import tables as t
from backend.warehouse.driver import driver
from backend.warehouse.prepared import Prepared, one_of

LIVE_DAYS = 60
RECENT_DAYS = 14
PARTNERS = 20
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)
"""When an order was placed of which no day is known."""
OPEN_STATUSES = ("open", "pending", "processing")


def _given(name: str) -> BindParameter[datetime]:
    return bindparam(name, required=False, type_=DateTime(timezone=True))


_P, _N, _O, _M, _L = t.customers.c, t.notes.c, t.orders.c, t.mentions.c, t.order_lines.c
_STATUS = func.lower(func.coalesce(_O.status, ""))
_PROFILES = Prepared(
    select(_P.customer_id, _P.first_name, _P.associate_id, _P.store_id)
    .where(one_of(_P.customer_id, "ids"))
    .order_by(_P.customer_id)
)
_NOTES = Prepared(
    select(
        _N.customer_id, _N.note_id, _N.revision, _N.pointer, _N.text, _N.written_at, _N.accepted_at, _N.associate_id,
        _N.follow_up_start, _N.follow_up_end, _N.follow_up_text, _N.follow_up_due_on, _N.order_id,
        _O.status.label("order_status"),
    )
    .outerjoin(t.orders, and_(_O.customer_id == _N.customer_id, _O.order_id == _N.order_id))
    .where(
        one_of(_N.customer_id, "ids"),
        or_(
            and_(_N.author_id.is_not(None), _N.accepted_at > _given("live")),
            _N.written_at > _given("recent"),
        ),
    )
    .order_by(_N.customer_id, _N.written_at.desc(), _N.revision.desc(), _N.note_id)
)  # fmt: skip
_MENTIONS = Prepared(
    select(
        _M.customer_id, _M.note_id, _M.start, _M.end, _M.text, _M.product_ids, _M.category, _M.intent, _M.confidence,
        _M.size, _M.color, _M.gender, _M.quantity,
    )
    .where(one_of(_M.customer_id, "ids"))
    .order_by(_M.customer_id, _M.note_id, _M.position)
)  # fmt: skip
_PURCHASES = Prepared(
    select(_L.customer_id, _L.product_id, _STATUS.label("status"), func.max(_L.ordered_at).label("last"))
    .join(t.orders, and_(_O.customer_id == _L.customer_id, _O.order_id == _L.order_id))
    .where(one_of(_L.customer_id, "ids"), _STATUS.not_in(CANCELED_STATUSES))
    .group_by(_L.customer_id, _L.product_id, _STATUS)
)
_OWNED = Prepared(
    select(t.customer_products.c.customer_id, t.customer_products.c.product_id).where(
        one_of(t.customer_products.c.customer_id, "ids"), t.customer_products.c.product_id.is_not(None)
    )
)
_A = t.product_affinity.c
_PARTNERS = Prepared(
    select(_A.product_id, _A.other_product_id, _A.confidence, _A.lift, _A.n_together)
    .where(one_of(_A.product_id, "ids"), _A.rank <= PARTNERS)
    .order_by(_A.product_id, _A.rank)
)
_S = t.products.c
_PRODUCTS = Prepared(
    select(_S.productid, _S.productname, _S.price_cents, _S.currency).where(
        or_(
            one_of(_S.productid, "ids"),
            _S.productid.in_(select(_A.other_product_id).where(one_of(_A.product_id, "ids"), _A.rank <= PARTNERS)),
        )
    )
)
_REGIONS = Prepared(
    select(t.channels.c.store_id, t.channels.c.region).where(
        one_of(t.channels.c.store_id, "ids"), t.channels.c.region.is_not(None)
    )
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Facts of some customers, the shelf of the products they touch, and the region of each store."""

    customers: tuple[CustomerFacts, ...]
    shelf: Shelf
    regions: Mapping[StoreId, Region]


def read_facts(
    connection: Connection,
    customer_ids: Iterable[CustomerId],
    *,
    answered: Mapping[CustomerId, frozenset[ProductId]],
    now: datetime,
) -> Batch:
    """Read the facts of these customers. What was `answered` is in the documents before it is in the tables.

    A note may still ask for something when an associate posted it within the last 60 days, whatever day it was
    written on, or, imported, when it was written within the last 14.
    """
    ids, raw = sorted(set(customer_ids)), driver(connection)
    with raw.pipeline():
        found = _Found(
            profiles=_PROFILES.run(raw, ids=ids),
            notes=_NOTES.run(
                raw, ids=ids, live=now - timedelta(days=LIVE_DAYS), recent=now - timedelta(days=RECENT_DAYS)
            ),
            mentions=_MENTIONS.run(raw, ids=ids),
            purchases=_PURCHASES.run(raw, ids=ids),
            owned=_OWNED.run(raw, ids=ids),
        )
    facts = tuple(_facts(found, answered, now))
    touched, stores = sorted(_touched(facts)), sorted({f.store_id for f in facts if f.store_id})
    with raw.pipeline():
        partners = _PARTNERS.run(raw, ids=touched)
        products = _PRODUCTS.run(raw, ids=touched)
        regions = _REGIONS.run(raw, ids=stores)
    shelf = _shelf(partners, products)
    return Batch(facts, shelf, {StoreId(row.store_id): Region(row.region) for row in regions})


@dataclass(frozen=True, slots=True)
class _Found:
    """The rows of some customers."""

    profiles: Iterable[Any]
    notes: Iterable[Any]
    mentions: Iterable[Any]
    purchases: Iterable[Any]
    owned: Iterable[Any]


def _facts(
    found: _Found, answered: Mapping[CustomerId, frozenset[ProductId]], now: datetime
) -> Iterator[CustomerFacts]:
    notes = _notes(found.notes, _mentions(found.mentions), now)
    bought, returned = _purchases(found.purchases)
    owned: dict[str, set[ProductId]] = defaultdict(set)
    for row in found.owned:
        owned[row.customer_id].add(ProductId(row.product_id))
    for row in found.profiles:
        yield CustomerFacts(
            customer_id=CustomerId(row.customer_id),
            first_name=row.first_name,
            associate_id=AssociateId(row.associate_id) if row.associate_id else None,
            store_id=StoreId(row.store_id) if row.store_id else None,
            notes=tuple(notes[row.customer_id]),
            bought=bought[row.customer_id],
            returned=frozenset(returned[row.customer_id]),
            owned=frozenset(owned[row.customer_id]),
            answered=answered.get(CustomerId(row.customer_id), frozenset()),
        )


def customers_with_recent_notes(connection: Connection, *, now: datetime) -> list[CustomerId]:
    """Answer the customers of whom somebody wrote within the last 14 days, in order of id."""
    n = t.notes.c
    recent = select(n.customer_id).where(n.written_at > now - timedelta(days=RECENT_DAYS)).distinct()
    return [CustomerId(row.customer_id) for row in connection.execute(recent.order_by(n.customer_id))]


def read_shelf(connection: Connection, product_ids: Iterable[ProductId]) -> Shelf:
    """Read the partners of these products, and the products that they and the partners are."""
    given = {"ids": sorted(set(product_ids))}
    return _shelf(connection.execute(_PARTNERS.query, given), connection.execute(_PRODUCTS.query, given))


def _shelf(partner_rows: Iterable[Any], product_rows: Iterable[Any]) -> Shelf:
    partners: dict[ProductId, list[Partner]] = defaultdict(list)
    for row in partner_rows:
        partners[ProductId(row.product_id)].append(
            Partner(ProductId(row.other_product_id), row.confidence, row.lift, row.n_together)
        )
    products = {
        ProductId(row.productid): SuggestedProduct(
            ProductId(row.productid), row.productname, row.price_cents, row.currency or "USD"
        )
        for row in product_rows
    }
    return Shelf(products, {product_id: tuple(several) for product_id, several in partners.items()})


def _notes(
    rows: Iterable[Any], mentions: Mapping[tuple[str, str], list[Mention]], now: datetime
) -> dict[str, list[NoteFact]]:
    found: dict[str, list[NoteFact]] = defaultdict(list)
    for row in rows:
        found[row.customer_id].append(_note(row, mentions.get((row.customer_id, row.note_id), ()), now))
    return found


def _note(row: Any, mentions: Iterable[Mention], now: datetime) -> NoteFact:
    cue = (
        FollowUpCue(row.follow_up_start, row.follow_up_end, row.follow_up_text, row.follow_up_due_on)
        if row.follow_up_due_on is not None
        else None
    )
    is_open = (row.order_status or "").lower() in OPEN_STATUSES
    return NoteFact(
        note_id=NoteId(row.note_id),
        revision=row.revision,
        pointer=row.pointer,
        text=row.text,
        written_at=row.written_at or row.accepted_at or now,
        accepted_at=row.accepted_at or now,
        associate_id=AssociateId(row.associate_id) if row.associate_id else None,
        mentions=tuple(mentions),
        cue=cue,
        open_order_id=OrderId(row.order_id) if row.order_id and is_open else None,
    )


def _mentions(rows: Iterable[Any]) -> dict[tuple[str, str], list[Mention]]:
    found: dict[tuple[str, str], list[Mention]] = defaultdict(list)
    for row in rows:
        found[row.customer_id, row.note_id].append(
            Mention(
                start=row.start,
                end=row.end,
                text=row.text,
                product_ids=tuple(ProductId(p) for p in row.product_ids),
                category=row.category,
                intent=Intent(row.intent),
                confidence=row.confidence,
                size=row.size,
                color=row.color,
                gender=row.gender,
                quantity=row.quantity,
            )
        )
    return found


def _purchases(rows: Iterable[Any]) -> tuple[dict[str, dict[ProductId, datetime]], dict[str, set[ProductId]]]:
    bought: dict[str, dict[ProductId, datetime]] = defaultdict(dict)
    returned: dict[str, set[ProductId]] = defaultdict(set)
    for row in rows:
        product_id = ProductId(row.product_id)
        if row.status in RETURNED_STATUSES:
            returned[row.customer_id].add(product_id)
        else:
            last = row.last or LONG_AGO
            bought[row.customer_id][product_id] = max(last, bought[row.customer_id].get(product_id, LONG_AGO))
    return bought, returned


def _touched(facts: Iterable[CustomerFacts]) -> set[ProductId]:
    named = {p for f in facts for n in f.notes for m in n.mentions for p in m.product_ids}
    return named.union(*(set(f.bought) | f.owned for f in facts)) if facts else named
