"""Whom a campaign means: one statement, within the caller's scope, each person with the facts that speak for them."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    String,
    and_,
    cast,
    distinct,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.analytics.consent import may_be_contacted
from backend.analytics.scope import within_scope
from backend.domain.access import Caller
from backend.domain.campaigns import Audience, Interest, Person, Plan
from backend.domain.errors import Fault, InvalidInputError
from backend.domain.ids import AssociateId, CustomerId, NoteId, ProductId, Region, StoreId
from backend.domain.mentions import Intent
from backend.domain.money import decimal_string
from backend.domain.suggestions import NoteSpan, Purchased, Reason, Standing, SuggestedProduct
from backend.warehouse import tables as t

CONTACT_CAP = timedelta(days=7)
"""Nobody hears of two campaigns within this time."""
_ASKING = (Intent.WANTS.value, Intent.ASKED.value)
_NO_MORE = (Intent.REJECTED.value, Intent.RETURNED.value)
_C, _P, _M, _N, _L = t.customers.c, t.products.c, t.mentions.c, t.notes.c, t.order_lines.c


async def plan_campaign(
    connection: AsyncConnection, caller: Caller, audience: Audience, offered: ProductId | None, now: datetime
) -> Plan:
    """Answer whom the audience means, best first: who asked lately, then who spent most on it, then on anything.

    Who bought, rejected or returned the product that is `offered`, does not want to be contacted, or hears of another
    campaign these days, is not meant.
    """
    product = await _read_product(connection, offered)
    rows = (await connection.execute(_people(caller, audience, offered, now))).all()
    spared = [row for row in rows if row.spared]
    people = [_person(row, audience) for row in rows if not row.spared]
    return Plan(tuple(people[: audience.limit]), product, len(spared))


async def _read_product(connection: AsyncConnection, product_id: ProductId | None) -> SuggestedProduct | None:
    if product_id is None:
        return None
    row = (await connection.execute(select(t.products).where(_P.productid == product_id))).one_or_none()
    if row is None:
        fault = Fault("/offer/product_id", "The catalogue has no such product")
        raise InvalidInputError(f"No product {product_id[:80]} in the catalogue.", faults=[fault])
    return SuggestedProduct(product_id, row.productname, row.price_cents, row.currency or "USD")


def _people(caller: Caller, audience: Audience, offered: ProductId | None, now: datetime) -> Select[Any]:
    bought, asked = _bought(audience).subquery("bought"), _asked(audience).subquery("asked")
    rfm, churn = t.customer_rfm.c, t.customer_churn.c
    statement = (
        select(
            _C.customer_id,
            _C.associate_id,
            _C.store_id,
            t.channels.c.region,
            rfm.recency_days,
            rfm.frequency,
            rfm.monetary_cents,
            func.coalesce(churn.segment, rfm.segment).label("segment"),
            churn.state.label("churn_state"),
            *(column.label(f"bought_{column.name}") for column in bought.c if column.name != "customer_id"),
            *(column.label(f"asked_{column.name}") for column in asked.c if column.name != "customer_id"),
            or_(~may_be_contacted(), _heard_lately(now)).label("spared"),
        )
        .select_from(_joined(bought, asked))
        .where(*_conditions(caller, audience, bought, asked))
        .order_by(
            asked.c.written_at.desc().nulls_last(),
            bought.c.amount_cents.desc().nulls_last(),
            rfm.monetary_cents.desc().nulls_last(),
            _C.customer_id,
        )
    )
    return statement if offered is None else statement.where(~_has_or_refused(offered))


def _joined(bought: FromClause, asked: FromClause) -> FromClause:
    joined: FromClause = t.customers
    for mart in (t.customer_rfm, t.customer_churn, bought, asked):
        joined = joined.outerjoin(mart, mart.c.customer_id == _C.customer_id)
    return joined.outerjoin(t.channels, t.channels.c.store_id == _C.store_id)


def _conditions(caller: Caller, audience: Audience, bought: FromClause, asked: FromClause) -> list[ColumnElement[bool]]:
    scope = within_scope(_C.store_id, caller)
    chosen = [
        (t.channels.c.region, audience.region),
        (_C.store_id, audience.store_id),
        (_C.state, audience.state),
        (func.coalesce(t.customer_churn.c.segment, t.customer_rfm.c.segment), audience.segment),
        (t.customer_churn.c.state, audience.churn_state),
    ]
    conditions = [column == value for column, value in chosen if value is not None]
    if audience.is_about_a_thing:
        conditions.append(or_(bought.c.customer_id.is_not(None), asked.c.customer_id.is_not(None)))
    return conditions if scope is None else [scope, *conditions]


def _bought(audience: Audience) -> Select[Any]:
    """Answer a row for each customer who bought of it."""
    counts = audience.is_about_a_thing and audience.interest is not Interest.ASKED
    return (
        select(
            _L.customer_id,
            func.count(distinct(_L.order_id)).label("n"),
            func.sum(_L.amount_cents).label("amount_cents"),
            func.max(_L.ordered_at).label("last_at"),
        )
        .join(t.products, _P.productid == _L.product_id)
        .where(_L.sold, _is_it(_L.product_id, audience) if counts else false())
        .group_by(_L.customer_id)
    )


def _asked(audience: Audience) -> Select[Any]:
    """Answer the newest note of each customer that asks for it."""
    counts = audience.is_about_a_thing and audience.interest is not Interest.BOUGHT
    return (
        select(_M.customer_id, _M.note_id, _M.revision, _M.pointer, _M.start, _M.end, _M.text, _N.written_at)
        .ext(distinct_on(_M.customer_id))
        .join(t.notes, and_(_N.customer_id == _M.customer_id, _N.note_id == _M.note_id))
        .outerjoin(t.products, _P.productid == _M.product_id)
        .where(_M.intent.in_(_ASKING), _is_it(_M.product_id, audience, _M.category) if counts else false())
        .order_by(_M.customer_id, _N.written_at.desc(), _M.note_id, _M.position)
    )


def _is_it(
    product: ColumnElement[str], audience: Audience, kind: ColumnElement[str] | None = None
) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    if audience.product_id is not None:
        conditions.append(product == audience.product_id)
    if audience.category is not None:
        names = [_P.productcategory, _P.subcategory] if kind is None else [_P.productcategory, _P.subcategory, kind]
        conditions.append(or_(*(func.lower(name) == audience.category.lower() for name in names)))
    return and_(*conditions)


def _heard_lately(now: datetime) -> ColumnElement[bool]:
    s = t.suggestions.c
    part = cast(literal('[{"type": "campaign"}]', String), JSONB)
    lately = select(s.suggestion_id).where(
        s.customer_id == _C.customer_id,
        s.because.contains(part),
        s.created_at > now - CONTACT_CAP,
        s.status != "withdrawn",
    )
    return lately.exists()


def _has_or_refused(product_id: ProductId) -> ColumnElement[bool]:
    bought = select(_L.order_id).where(_L.customer_id == _C.customer_id, _L.product_id == product_id)
    refused = select(_M.note_id).where(
        _M.customer_id == _C.customer_id, _M.product_id == product_id, _M.intent.in_(_NO_MORE)
    )
    return or_(bought.exists(), refused.exists())


def _person(row: Row[Any], audience: Audience) -> Person:
    return Person(
        customer_id=CustomerId(row.customer_id),
        associate_id=AssociateId(row.associate_id) if row.associate_id else None,
        store_id=StoreId(row.store_id) if row.store_id else None,
        region=Region(row.region) if row.region else None,
        because=tuple(_reasons(row, audience)),
    )


def _reasons(row: Row[Any], audience: Audience) -> list[Reason]:
    reasons: list[Reason] = []
    if row.asked_note_id is not None:
        span = (row.asked_pointer, row.asked_start, row.asked_end, row.asked_text)
        reasons.append(NoteSpan(NoteId(row.asked_note_id), row.asked_revision, *span))
    if row.bought_n is not None:
        last_on = row.bought_last_at.date().isoformat() if row.bought_last_at else None
        amount = decimal_string(int(row.bought_amount_cents))
        reasons.append(Purchased(audience.product_id, audience.category, row.bought_n, amount, last_on))
    if row.recency_days is not None or row.churn_state is not None:
        money = None if row.monetary_cents is None else decimal_string(row.monetary_cents)
        reasons.append(Standing(row.segment, row.churn_state, row.recency_days, row.frequency, money))
    return reasons
