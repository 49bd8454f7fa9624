"""The catalogue as the note reader wants it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from backend.domain.ids import ProductId
from backend.domain.products import CatalogProduct
from backend.warehouse.tables import catalog_changes, products


def catalog_version(connection: Connection) -> datetime | None:
    """Answer when the catalogue was last changed: its version. None: it never was."""
    newest: datetime | None = connection.execute(select(func.max(catalog_changes.c.loaded_at))).scalar_one()
    return newest


def has_more_than(connection: Connection, n: int) -> bool:
    """Say whether the catalogue has more than so many products, looking at no more than that."""
    some = select(products.c.productid).where(products.c.listed).limit(n + 1).subquery()
    return connection.execute(select(func.count()).select_from(some)).scalar_one() > n


def read_catalog(connection: Connection) -> list[CatalogProduct]:
    """Read the products of the catalogue, in the order of their ids."""
    found = connection.execute(select(products).where(products.c.listed).order_by(products.c.productid))
    return [catalog_product(row) for row in found]


def catalog_product(row: Any) -> CatalogProduct:
    """Answer the product that a row of `products` describes, whether it is stored or only about to be."""
    return CatalogProduct(
        product_id=ProductId(row.productid),
        name=row.productname,
        brand=row.brand,
        category=row.productcategory,
        subcategory=row.subcategory,
        color=row.color,
        size_range=row.size_range,
        price_cents=row.price_cents,
        currency=row.currency or "USD",
        gender=row.gender,
        aliases=tuple(row.aliases),
        sku_id=row.skuid,
        cost_cents=row.cost_cents,
        launched_on=row.launchdate,
        designer_name=row.designername,
        size=row.size,
        model=row.model,
    )
