"""Read what a recommendation is told from: one customer's past, the products that may be offered, the newest model."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, text

from backend.domain.ids import CustomerId, NoteId, ProductId
from backend.domain.mentions import Intent
from backend.domain.orders import RETURNED_STATUSES
from backend.domain.suggestions import NoteSpan, SuggestedProduct
from backend.recommend.offers import Ask, History, Past, ShelfProduct
from backend.warehouse import tables as t
from backend.warehouse.engine import AsyncEngine

MOST_LINES = 2_000
MOST_MENTIONS = 500
LEAST_CONFIDENCE = 0.5
ASKS_FOR = frozenset({Intent.WANTS, Intent.ASKED})
_REFUSES = frozenset({Intent.REJECTED, Intent.RETURNED})
_DAY = 86_400.0

_LINES = text("""
SELECT l.product_id, l.order_id, extract(epoch FROM l.ordered_at)::float8 AS at, l.quantity, l.sold,
  lower(coalesce(o.status, '')) AS status
FROM order_lines AS l LEFT JOIN orders AS o USING (customer_id, order_id)
WHERE l.customer_id = :id ORDER BY l.ordered_at DESC NULLS LAST, l.order_id, l.line_number LIMIT :most
""")
_OWNED = text("SELECT DISTINCT product_id FROM customer_products WHERE customer_id = :id AND product_id IS NOT NULL")
_MENTIONS = text("""
SELECT m.product_id, m.intent, m.confidence, m.note_id, m.revision, m.pointer, m.start, m."end", m.text,
  extract(epoch FROM coalesce(n.written_at, n.accepted_at))::float8 AS at
FROM mentions AS m JOIN notes AS n USING (customer_id, note_id)
WHERE m.customer_id = :id AND m.product_id IS NOT NULL
ORDER BY at DESC NULLS LAST, m.note_id, m.position DESC LIMIT :most
""")
_P = t.products.c
_PRODUCTS = select(
    _P.productid, _P.productname, _P.price_cents, _P.currency, _P.listed, _P.productcategory, _P.subcategory,
    _P.gender, _P.size, _P.size_range, _P.extra,
).where(_P.productid.in_(bindparam("ids", expanding=True)))  # fmt: skip
_NEWEST = text("SELECT version FROM recommenders ORDER BY fitted_at DESC LIMIT 1")
_CONTENT = text("SELECT content FROM recommenders WHERE version = :version")


async def read_past(engine: AsyncEngine, customer_id: CustomerId, now: datetime) -> Past:
    """Read what the customer bought, has, refused and asked for; nothing of one whom the tables do not know yet."""
    async with engine.connect() as connection:
        return await connection.run_sync(_past, customer_id, now)


async def read_shelf_products(engine: AsyncEngine, product_ids: Iterable[str]) -> dict[str, ShelfProduct]:
    """Read these products, those that the catalogue does not list included."""
    ids = sorted(set(product_ids))
    async with engine.connect() as connection:
        rows = await connection.execute(_PRODUCTS, {"ids": ids})
        return {row.productid: _product(row) for row in rows}


async def newest_recommender(engine: AsyncEngine) -> str | None:
    """Read the version of the newest fit; None: there is none yet."""
    async with engine.connect() as connection:
        version: str | None = (await connection.execute(_NEWEST)).scalar_one_or_none()
        return version


async def read_recommender(engine: AsyncEngine, version: str) -> bytes | None:
    """Read a fit as it is stored; None: it is gone."""
    async with engine.connect() as connection:
        content: bytes | None = (await connection.execute(_CONTENT, {"version": version})).scalar_one_or_none()
        return content


def _past(connection: Connection, customer_id: CustomerId, now: datetime) -> Past:
    lines = connection.execute(_LINES, {"id": customer_id, "most": MOST_LINES}).all()
    owned = connection.execute(_OWNED, {"id": customer_id}).scalars().all()
    mentions = connection.execute(_MENTIONS, {"id": customer_id, "most": MOST_MENTIONS}).all()
    sold = [line for line in lines if line.sold]
    dated = [line for line in sold if line.at is not None]
    history = History(
        product_ids=[line.product_id for line in dated],
        order_ids=[line.order_id for line in dated],
        days=[line.at / _DAY for line in dated],
        quantities=[line.quantity for line in dated],
        owned=frozenset(owned) | {line.product_id for line in sold if line.at is None},
    )
    said = _newest_by_product(mentions)
    brought_back = {line.product_id for line in lines if line.status in RETURNED_STATUSES}
    refused = {product_id for product_id, row in said.items() if Intent(row.intent) in _REFUSES}
    asks = tuple(_ask(row, now) for row in said.values() if _asks(row, history))
    return Past(history, frozenset(map(ProductId, refused | (brought_back - {ask.product_id for ask in asks}))), asks)


def _newest_by_product(mentions: Iterable[Any]) -> dict[str, Any]:
    """Answer the last word on each product: what a later note says settles what an earlier one said."""
    said: dict[str, Any] = {}
    for row in mentions:
        said.setdefault(row.product_id, row)
    return said


def _asks(row: Any, history: History) -> bool:
    if Intent(row.intent) not in ASKS_FOR or row.confidence < LEAST_CONFIDENCE or row.at is None:
        return False
    since = int(row.at // _DAY)  # an order of which only the day is known stands at midnight
    bought = zip(history.product_ids, history.days, strict=True)
    return not any(product_id == row.product_id and day >= since for product_id, day in bought)


def _ask(row: Any, now: datetime) -> Ask:
    span = NoteSpan(NoteId(row.note_id), row.revision, row.pointer, row.start, row.end, row.text)
    return Ask(ProductId(row.product_id), span, row.confidence, max(0.0, (now.timestamp() - row.at) / _DAY))


def _product(row: Any) -> ShelfProduct:
    return ShelfProduct(
        shown=SuggestedProduct(ProductId(row.productid), row.productname, row.price_cents, row.currency or "USD"),
        listed=row.listed,
        category=row.productcategory,
        subcategory=row.subcategory,
        gender=row.gender,
        sizes=row.size_range or row.size,
        extra=row.extra or {},
    )
