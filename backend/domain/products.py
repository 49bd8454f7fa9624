"""Products as the catalogue knows them."""

from dataclasses import dataclass
from datetime import date

from backend.domain.ids import ProductId


@dataclass(frozen=True, slots=True)
class CatalogProduct:
    """One product of the catalogue; all but id and name may be absent. Money in integer cents."""

    product_id: ProductId
    name: str
    brand: str | None = None
    category: str | None = None
    subcategory: str | None = None
    color: str | None = None
    size_range: str | None = None
    price_cents: int | None = None
    currency: str = "USD"
    gender: str | None = None
    aliases: tuple[str, ...] = ()
    sku_id: str | None = None
    cost_cents: int | None = None
    launched_on: date | None = None
    designer_name: str | None = None
    size: str | None = None
    model: str | None = None
