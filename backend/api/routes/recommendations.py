"""What to offer: while browsing, and beside a cart."""

from decimal import ROUND_FLOOR, Decimal
from typing import Annotated

from fastapi import APIRouter, Depends

from backend.actions.recommend_products import OfferedItem, Question, recommend_products
from backend.api.auth import WRITERS, allow
from backend.api.bodies import JsonObject, shaped
from backend.api.openapi import refuses, takes
from backend.api.parts import PartsDep
from backend.api.schemas import CartIn, Recommended, RecommendedItem, SuggestedProductOut, WishesIn
from backend.domain.access import Caller, Role
from backend.domain.ids import CustomerId, ProductId
from backend.domain.money import decimal_string
from backend.recommend.offers import Wishes

router = APIRouter(prefix="/v1", tags=["suggestions"])

_CART = {"cart": ["P-0001"], "customer_id": "c-1", "context": "checkout", "k": 5, "filters": {"price_max": "100.00"}}


@router.post("/recommendations", openapi_extra=takes(CartIn, example=_CART), responses=refuses(404))
async def post_recommendations(
    body: JsonObject, caller: Annotated[Caller, Depends(allow(*WRITERS, Role.MARKETING))], parts: PartsDep
) -> Recommended:
    """Offer products, best first, each with its reasons; never what is in the cart, was refused or brought back."""
    given = shaped(CartIn, body)
    question = Question(
        cart=[ProductId(product_id) for product_id in given.cart],
        customer_id=CustomerId(given.customer_id) if given.customer_id else None,
        context=given.context,
        k=given.k,
        wishes=_wishes(given.filters),
    )
    answer = await recommend_products(parts.engine, parts.recommender, caller, question, parts.clock())
    return Recommended(
        items=[_item(item) for item in answer.items],
        cross_sell_opportunity=answer.cross_sell_opportunity,
        model_version=answer.model_version,
    )


def _wishes(given: WishesIn) -> Wishes:
    return Wishes(_cents(given.price_min), _cents(given.price_max), given.gender, given.size, given.category)


def _cents(amount: Decimal | None) -> int | None:
    return None if amount is None else int((amount * 100).to_integral_value(ROUND_FLOOR))


def _item(item: OfferedItem) -> RecommendedItem:
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
            "because": item.because,
        }
    )
