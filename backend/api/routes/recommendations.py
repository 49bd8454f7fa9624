"""What goes with a cart."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends

from backend.actions.recommend_for_cart import recommend_for_cart
from backend.api.auth import WRITERS, allow
from backend.api.bodies import JsonObject, shaped
from backend.api.openapi import refuses, takes
from backend.api.parts import PartsDep
from backend.api.schemas import CartIn, Recommended, RecommendedItem, SuggestedProductOut
from backend.domain.access import Caller, Role
from backend.domain.ids import CustomerId, ProductId
from backend.domain.money import decimal_string
from backend.recommend.cart import CartItem

router = APIRouter(prefix="/v1", tags=["suggestions"])

_CART = {"cart": ["P-0001"], "customer_id": "c-1", "context": "checkout", "k": 5}


@router.post("/recommendations", openapi_extra=takes(CartIn, example=_CART), responses=refuses(404))
async def post_recommendations(
    body: JsonObject, caller: Annotated[Caller, Depends(allow(*WRITERS, Role.MARKETING))], parts: PartsDep
) -> Recommended:
    """Offer products beside the cart, best first, each with its reasons; never what is in the cart."""
    given = shaped(CartIn, body)
    answer = await recommend_for_cart(
        parts.engine,
        caller,
        [ProductId(product_id) for product_id in given.cart],
        CustomerId(given.customer_id) if given.customer_id else None,
        k=given.k,
    )
    return Recommended(
        items=[_item(item) for item in answer.items], cross_sell_opportunity=answer.cross_sell_opportunity
    )


def _item(item: CartItem) -> RecommendedItem:
    product = item.product
    return RecommendedItem.model_validate(
        {
            "product_id": product.product_id,
            "product": SuggestedProductOut(
                product_id=product.product_id,
                name=product.name,
                price=None if product.price_cents is None else decimal_string(product.price_cents),
                currency=product.currency,
            ),
            "score": item.score,
            "probability": item.probability,
            "because": [asdict(reason) for reason in item.because],
        }
    )
