"""The catalogue, to choose from."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from backend.analytics.products import search_products
from backend.api.auth import READERS, allow
from backend.api.correction_schemas import ProductList
from backend.api.parts import PartsDep
from backend.domain.access import Caller

router = APIRouter(prefix="/v1", tags=["products"])


@router.get("/products")
async def get_products(
    _caller: Annotated[Caller, Depends(allow(*READERS))],
    parts: PartsDep,
    q: Annotated[str, Query(max_length=200, description="Words of names, kinds, makers and colours.")] = "",
    cursor: Annotated[str | None, Query(max_length=2_000)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> ProductList:
    """List the products that have all these words, those first whose names begin with them."""
    async with parts.engine.connect() as connection:
        page = await search_products(connection, q=q, cursor=cursor, limit=limit)
    return ProductList.model_validate({"items": page.items, "next_cursor": page.next_cursor})
