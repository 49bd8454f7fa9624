"""Read what the rules of `backend.recommend` look at: a batch of customers in seven queries, whatever their number."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Row, and_, func, or_, select

from backend.domain.ids import AssociateId, CustomerId, NoteId, OrderId, ProductId, Region, StoreId
from backend.domain.mentions import FollowUpCue, Intent, Mention
from backend.domain.orders import CANCELED_STATUSES, RETURNED_STATUSES
from backend.domain.suggestions import SuggestedProduct
from backend.recommend.facts import CustomerFacts, NoteFact, Partner, Shelf
from backend.warehouse import tables as t

LIVE_DAYS = 60
RECENT_DAYS = 14
PARTNERS = 20
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)
"""When an order was placed of which no day is known."""
OPEN_STATUSES = ("open", "pending", "processing")


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
    ids = sorted(set(customer_ids))
    notes = _notes(connection, ids, now)
    bought, returned = _purchases(connection, ids)
    owned = _owned(connection, ids)
    profiles = connection.execute(
        select(t.customers.c.customer_id, t.customers.c.first_name, t.customers.c.associate_id, t.customers.c.store_id)
        .where(t.customers.c.customer_id.in_(ids))
        .order_by(t.customers.c.customer_id)
    ).all()
    facts = tuple(
        CustomerFacts(
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
        for row in profiles
    )
    return Batch(facts, read_shelf(connection, _touched(facts)), _regions(connection, facts))


def customers_with_recent_notes(connection: Connection, *, now: datetime) -> list[CustomerId]:
    """Answer the customers of whom somebody wrote within the last 14 days, in order of id."""
    n = t.notes.c
    recent = select(n.customer_id).where(n.written_at > now - timedelta(days=RECENT_DAYS)).distinct()
    return [CustomerId(row.customer_id) for row in connection.execute(recent.order_by(n.customer_id))]


def read_shelf(connection: Connection, product_ids: Iterable[ProductId]) -> Shelf:
    """Read the partners of these products, and the products that they and the partners are."""
    ids = sorted(set(product_ids))
    partners: dict[ProductId, list[Partner]] = defaultdict(list)
    affinity = t.product_affinity.c
    for row in connection.execute(
        select(t.product_affinity)
        .where(affinity.product_id.in_(ids), affinity.rank <= PARTNERS)
        .order_by(affinity.product_id, affinity.rank)
    ):
        partners[ProductId(row.product_id)].append(
            Partner(ProductId(row.other_product_id), row.confidence, row.lift, row.n_together)
        )
    named = set(ids) | {partner.product_id for several in partners.values() for partner in several}
    p = t.products.c
    products = {
        ProductId(row.productid): SuggestedProduct(
            ProductId(row.productid), row.productname, row.price_cents, row.currency or "USD"
        )
        for row in connection.execute(
            select(p.productid, p.productname, p.price_cents, p.currency).where(p.productid.in_(sorted(named)))
        )
    }
    return Shelf(products, {product_id: tuple(several) for product_id, several in partners.items()})


def _notes(connection: Connection, ids: Sequence[CustomerId], now: datetime) -> dict[str, list[NoteFact]]:
    n, o = t.notes.c, t.orders.c
    rows = connection.execute(
        select(t.notes, o.status.label("order_status"))
        .outerjoin(t.orders, and_(o.customer_id == n.customer_id, o.order_id == n.order_id))
        .where(
            n.customer_id.in_(ids),
            or_(
                and_(n.author_id.is_not(None), n.accepted_at > now - timedelta(days=LIVE_DAYS)),
                n.written_at > now - timedelta(days=RECENT_DAYS),
            ),
        )
        .order_by(n.customer_id, n.written_at.desc(), n.revision.desc(), n.note_id)
    ).all()
    mentions = _mentions(connection, sorted({row.customer_id for row in rows}))
    found: dict[str, list[NoteFact]] = defaultdict(list)
    for row in rows:
        found[row.customer_id].append(_note(row, mentions[row.customer_id, row.note_id], now))
    return found


def _note(row: Row[tuple[object, ...]], mentions: Iterable[Mention], now: datetime) -> NoteFact:
    r = row._mapping  # noqa: SLF001 - the documented name of a row's mapping
    cue = (
        FollowUpCue(r["follow_up_start"], r["follow_up_end"], r["follow_up_text"], r["follow_up_due_on"])
        if r["follow_up_due_on"] is not None
        else None
    )
    is_open = (r["order_status"] or "").lower() in OPEN_STATUSES
    return NoteFact(
        note_id=NoteId(r["note_id"]),
        revision=r["revision"],
        pointer=r["pointer"],
        text=r["text"],
        written_at=r["written_at"] or r["accepted_at"] or now,
        accepted_at=r["accepted_at"] or now,
        associate_id=AssociateId(r["associate_id"]) if r["associate_id"] else None,
        mentions=tuple(mentions),
        cue=cue,
        open_order_id=OrderId(r["order_id"]) if r["order_id"] and is_open else None,
    )


def _mentions(connection: Connection, ids: Sequence[str]) -> dict[tuple[str, str], list[Mention]]:
    m = t.mentions.c
    found: dict[tuple[str, str], list[Mention]] = defaultdict(list)
    for row in connection.execute(
        select(t.mentions).where(m.customer_id.in_(ids)).order_by(m.customer_id, m.note_id, m.position)
    ):
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


def _purchases(
    connection: Connection, ids: Sequence[CustomerId]
) -> tuple[dict[str, dict[ProductId, datetime]], dict[str, set[ProductId]]]:
    line, order = t.order_lines.c, t.orders.c
    bought: dict[str, dict[ProductId, datetime]] = defaultdict(dict)
    returned: dict[str, set[ProductId]] = defaultdict(set)
    status = func.lower(func.coalesce(order.status, ""))
    for row in connection.execute(
        select(line.customer_id, line.product_id, status.label("status"), func.max(line.ordered_at).label("last"))
        .join(t.orders, and_(order.customer_id == line.customer_id, order.order_id == line.order_id))
        .where(line.customer_id.in_(ids), status.not_in(CANCELED_STATUSES))
        .group_by(line.customer_id, line.product_id, status)
    ):
        product_id = ProductId(row.product_id)
        if row.status in RETURNED_STATUSES:
            returned[row.customer_id].add(product_id)
        else:
            last = row.last or LONG_AGO
            bought[row.customer_id][product_id] = max(last, bought[row.customer_id].get(product_id, LONG_AGO))
    return bought, returned


def _owned(connection: Connection, ids: Sequence[CustomerId]) -> dict[str, set[ProductId]]:
    owned: dict[str, set[ProductId]] = defaultdict(set)
    c = t.customer_products.c
    for row in connection.execute(
        select(c.customer_id, c.product_id).where(c.customer_id.in_(ids), c.product_id.is_not(None))
    ):
        owned[row.customer_id].add(ProductId(row.product_id))
    return owned


def _regions(connection: Connection, facts: Iterable[CustomerFacts]) -> dict[StoreId, Region]:
    stores = sorted({f.store_id for f in facts if f.store_id})
    c = t.channels.c
    rows = connection.execute(select(c.store_id, c.region).where(c.store_id.in_(stores), c.region.is_not(None)))
    return {StoreId(row.store_id): Region(row.region) for row in rows}


def _touched(facts: Iterable[CustomerFacts]) -> set[ProductId]:
    named = {p for f in facts for n in f.notes for m in n.mentions for p in m.product_ids}
    return named.union(*(set(f.bought) | f.owned for f in facts)) if facts else named
