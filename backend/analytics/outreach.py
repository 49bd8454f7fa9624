"""Read what the rules of outreach look at: some hundred customers at a time, in a handful of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, text

from backend.analytics.consent import may_be_contacted
from backend.analytics.facts import read_shelf
from backend.domain.ids import AssociateId, CustomerId, ProductId, Region, StoreId
from backend.domain.orders import RETURNED_STATUSES
from backend.domain.suggestions import SuggestedProduct
from backend.recommend.offers import is_to_be_had
from backend.recommend.outreach import Bought, Neighbours, OutreachFacts, Upgrade
from backend.recommend.outreach_rules import RULES
from backend.warehouse import tables as t

AT_ONCE = 500
_C = t.customers.c
_NO_CARD = frozenset({"", "none", "no", "false", "0", "n"})
_CARD_FIELDS = frozenset({"loyaltycard", "loyaltymember", "loyaltycardnumber", "loyaltyid", "hasloyaltycard"})
_BOUGHT = text("""
SELECT l.customer_id, l.product_id, count(DISTINCT (l.ordered_at AT TIME ZONE 'UTC')::date) AS n_days,
  min((l.ordered_at AT TIME ZONE 'UTC')::date) AS first_on, max((l.ordered_at AT TIME ZONE 'UTC')::date) AS last_on,
  (array_agg(l.amount_cents ORDER BY l.ordered_at DESC, l.order_id, l.line_number))[1] AS last_cents,
  p.productname, p.price_cents, p.currency, p.subcategory, p.listed, p.extra
FROM order_lines AS l JOIN products AS p ON p.productid = l.product_id
WHERE l.customer_id = ANY(:ids) AND l.sold AND l.ordered_at <= :now
GROUP BY l.customer_id, l.product_id, p.productid ORDER BY l.customer_id, l.product_id
""")
_REFUSED = text("""
SELECT customer_id, product_id FROM (
  SELECT DISTINCT ON (m.customer_id, m.product_id) m.customer_id, m.product_id, m.intent
  FROM mentions AS m JOIN notes AS n USING (customer_id, note_id)
  WHERE m.customer_id = ANY(:ids) AND m.product_id IS NOT NULL
  ORDER BY m.customer_id, m.product_id, n.written_at DESC NULLS LAST, m.note_id, m.position DESC
) AS last_word WHERE intent IN ('rejected', 'returned')
UNION
SELECT l.customer_id, l.product_id FROM order_lines AS l JOIN orders AS o USING (customer_id, order_id)
WHERE l.customer_id = ANY(:ids) AND NOT l.sold AND lower(o.status) = ANY(:returned)
""")
_OWNED = text(
    "SELECT customer_id, product_id FROM customer_products WHERE customer_id = ANY(:ids) AND product_id <> ''"
)
_UPGRADES = text("""
SELECT u.product_id, u.n_moved, u.n_product, p.productid, p.productname, p.price_cents, p.currency, p.extra
FROM product_upgrades AS u JOIN products AS p ON p.productid = u.other_product_id
WHERE u.product_id = ANY(:ids) AND p.listed ORDER BY u.product_id, u.n_moved DESC, u.other_product_id
""")


def customers_to_approach(
    connection: Connection, *, after: CustomerId | None = None, since: datetime | None = None, limit: int = AT_ONCE
) -> list[CustomerId]:
    """Answer the next customers, by id, who may be contacted and bought something; `since`: of whom there is news."""
    statement = (
        select(_C.customer_id)
        .where(may_be_contacted(), select(t.order_lines.c.customer_id).where(_bought_by()).exists())
        .order_by(_C.customer_id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(_C.customer_id > after)
    if since is not None:
        news = t.ingested.c
        statement = statement.join(t.ingested, news.customer_id == _C.customer_id).where(news.ingested_at > since)
    return [CustomerId(one) for one in connection.execute(statement).scalars()]


def not_to_be_contacted(connection: Connection, customer_ids: Sequence[CustomerId]) -> set[CustomerId]:
    """Answer those of these customers whose documents forbid it by now."""
    chosen = select(_C.customer_id).where(_C.customer_id.in_(customer_ids), ~may_be_contacted())
    return {CustomerId(one) for one in connection.execute(chosen).scalars()}


def read_outreach_facts(
    connection: Connection, customer_ids: Sequence[CustomerId], now: datetime
) -> tuple[list[OutreachFacts], Neighbours]:
    """Read these customers as of now, and what is bought beside and after the products they have."""
    asked = {"ids": list(customer_ids)}
    rows = connection.execute(_BOUGHT, {**asked, "now": now}).all()
    bought: dict[str, list[Bought]] = defaultdict(list)
    for row in rows:
        bought[row.customer_id].append(_bought(row))
    refused = _pairs(connection.execute(_REFUSED, {**asked, "returned": list(RETURNED_STATUSES)}))
    owned = _pairs(connection.execute(_OWNED, asked))
    facts = [
        _facts(row, tuple(bought[row.customer_id]), refused[row.customer_id], owned[row.customer_id], now)
        for row in connection.execute(_profiles(customer_ids))
    ]
    return facts, read_neighbours(connection, rows, now.date())


def read_neighbours(connection: Connection, rows: Iterable[Row[Any]], today: date) -> Neighbours:
    """Read the partners of what was bought these days, and the steps up from what was bought within a year."""
    several = list(rows)
    lately = {ProductId(r.product_id) for r in several if (today - r.last_on) <= timedelta(days=RULES.cross_sell_days)}
    shelf = read_shelf(connection, lately)
    upgrades: dict[ProductId, list[Upgrade]] = defaultdict(list)
    for row in connection.execute(_UPGRADES, {"ids": sorted({r.product_id for r in several if r.subcategory})}):
        if is_to_be_had(row.extra or {}):
            upgrades[ProductId(row.product_id)].append(Upgrade(_product(row), row.n_moved, row.n_product))
    there = _to_be_had(connection, shelf.products)
    return Neighbours(
        {id_: product for id_, product in shelf.products.items() if id_ in there}, shelf.partners, upgrades
    )


def _to_be_had(connection: Connection, ids: Iterable[ProductId]) -> set[ProductId]:
    p = t.products.c
    rows = connection.execute(select(p.productid, p.extra).where(p.productid.in_(sorted(ids)), p.listed))
    return {ProductId(row.productid) for row in rows if is_to_be_had(row.extra or {})}


def _bought_by() -> Any:
    line = t.order_lines.c
    return (line.customer_id == _C.customer_id) & line.sold


def _profiles(customer_ids: Sequence[CustomerId]) -> Any:
    rfm, churn = t.customer_rfm.c, t.customer_churn.c
    return (
        select(
            _C.customer_id, _C.first_name, _C.associate_id, _C.store_id, _C.extra,
            t.channels.c.region, func.coalesce(churn.segment, rfm.segment).label("segment"), churn.state,
            rfm.frequency, rfm.monetary_cents, rfm.first_purchase_on, rfm.last_purchase_on,
        )
        .outerjoin(t.customer_rfm, rfm.customer_id == _C.customer_id)
        .outerjoin(t.customer_churn, churn.customer_id == _C.customer_id)
        .outerjoin(t.channels, t.channels.c.store_id == _C.store_id)
        .where(_C.customer_id.in_(customer_ids))
        .order_by(_C.customer_id)
    )  # fmt: skip


def _facts(
    row: Row[Any], bought: tuple[Bought, ...], refused: set[ProductId], owned: set[ProductId], now: datetime
) -> OutreachFacts:
    last_on = row.last_purchase_on
    return OutreachFacts(
        customer_id=CustomerId(row.customer_id),
        first_name=row.first_name,
        associate_id=AssociateId(row.associate_id) if row.associate_id else None,
        store_id=StoreId(row.store_id) if row.store_id else None,
        region=Region(row.region) if row.region else None,
        has_card=_has_card(row.extra or {}),
        segment=row.segment,
        churn_state=row.state,
        recency_days=None if last_on is None else (now.date() - last_on).days,
        frequency=row.frequency or 0,
        monetary_cents=row.monetary_cents or 0,
        first_on=row.first_purchase_on,
        last_on=last_on,
        bought=bought,
        refused=frozenset(refused),
        owned=frozenset(owned),
    )


def _has_card(extra: Mapping[str, Any]) -> bool:
    """Tell whether the document says that the customer is a member already."""
    said = [value for pointer, value in extra.items() if _letters(pointer.rpartition("/")[2]) in _CARD_FIELDS]
    return any(str(value).strip().lower() not in _NO_CARD for value in said)


def _letters(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalpha())


def _pairs(rows: Iterable[Row[Any]]) -> dict[str, set[ProductId]]:
    found: dict[str, set[ProductId]] = defaultdict(set)
    for row in rows:
        found[row.customer_id].add(ProductId(row.product_id))
    return found


def _bought(row: Row[Any]) -> Bought:
    return Bought(
        product=_product(row, row.product_id),
        subcategory=row.subcategory,
        n_days=row.n_days,
        first_on=row.first_on,
        last_on=row.last_on,
        last_cents=row.last_cents,
        to_be_had=row.listed and is_to_be_had(row.extra or {}),
    )


def _product(row: Row[Any], product_id: str | None = None) -> SuggestedProduct:
    return SuggestedProduct(
        ProductId(product_id or row.productid), row.productname, row.price_cents, row.currency or "USD"
    )
