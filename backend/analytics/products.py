"""Products of the catalogue by words of their names, kinds and makers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, Text, and_, case, cast, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.analytics.cursors import read_cursor, write_cursor
from backend.domain.errors import Fault, InvalidInputError
from backend.domain.money import decimal_string
from backend.warehouse.tables import products

_P = products.c
_WORDS = func.concat_ws(
    " ", _P.productname, _P.brand, _P.subcategory, _P.productcategory, _P.color, _P.size, cast(_P.aliases, Text)
)
_MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class ProductPage:
    """One page of the list; `next_cursor` None: it was the last."""

    items: list[dict[str, Any]]
    next_cursor: str | None


async def search_products(
    connection: AsyncConnection, *, q: str = "", cursor: str | None = None, limit: int = 20
) -> ProductPage:
    """List the products that have every word of `q`: those whose names begin with it first, then by name."""
    rows = (await connection.execute(_page(q, cursor, limit + 1))).mappings().all()
    page = rows[:limit]
    last = [str(page[-1]["rank"]), page[-1]["productname"], page[-1]["productid"]] if len(rows) > limit else None
    return ProductPage([_item(row) for row in page], write_cursor(last) if last else None)


def _page(q: str, cursor: str | None, limit: int) -> Select[*tuple[Any, ...]]:
    sought = q.replace("\0", " ").strip()
    words = sought.split()[:_MOST_WORDS]
    in_name = and_(literal(value=True), *(_P.productname.icontains(word, autoescape=True) for word in words))
    first = _P.productname.istartswith(sought, autoescape=True)
    rank = case((first, 0), (in_name, 1), else_=2) if words else cast(literal(0), Integer)
    statement = (
        select(products, rank.label("rank")).where(_P.listed).order_by(rank, _P.productname, _P.productid).limit(limit)
    )
    for word in words:
        statement = statement.where(_WORDS.icontains(word, autoescape=True))
    if cursor:
        statement = statement.where(tuple_(rank, _P.productname, _P.productid) > tuple_(*_after(cursor)))
    return statement


def _after(cursor: str) -> tuple[int, str, str]:
    rank, name, product_id = read_cursor(cursor, 3)
    if rank not in {"0", "1", "2"}:
        raise InvalidInputError("Not a cursor of this list.", faults=[Fault("/cursor", "Take next_cursor as it is.")])
    return int(rank), name, product_id


def _item(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "product_id": row["productid"],
        "name": row["productname"],
        "brand": row["brand"],
        "category": row["productcategory"],
        "subcategory": row["subcategory"],
        "color": row["color"],
        "size": row["size"] or row["size_range"],
        "price": None if row["price_cents"] is None else decimal_string(row["price_cents"]),
        "currency": row["currency"] or "USD",
    }


async def product_names(connection: AsyncConnection, product_ids: Iterable[str]) -> dict[str, str]:
    """Answer the names of those products that there are."""
    wanted = sorted(set(product_ids))
    found = await connection.execute(select(_P.productid, _P.productname).where(_P.productid.in_(wanted)))
    return {row.productid: row.productname for row in found}
