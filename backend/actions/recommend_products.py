"""Offer products to a customer, or to nobody in particular: while browsing, or beside the cart."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from backend.actions.places import require_customer
from backend.actions.recommender_at_hand import RecommenderAtHand
from backend.analytics.affinity import read_cart_facts
from backend.analytics.offers import read_past, read_shelf_products
from backend.documents.suggestions import dismissed_products
from backend.domain.access import Caller
from backend.domain.ids import CustomerId, ProductId
from backend.domain.suggestions import SuggestedProduct
from backend.recommend import cart as pairs
from backend.recommend.identity import MODEL_VERSION
from backend.recommend.offers import Offer, Past, ShelfProduct, Wishes, can_be_offered, with_asks
from backend.warehouse.engine import AsyncEngine

if TYPE_CHECKING:
    from backend.recommend.recommender import Recommender

SPARE = 30
"""So many more are looked at than asked for, as some may not be offered."""
SPARE_FOR_WISHES = 400
_PAIRS_ASK_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: for whom (None: nobody in particular), with what in the cart, and how many."""

    cart: Sequence[ProductId]
    customer_id: CustomerId | None
    context: Literal["browse", "checkout"]
    k: int
    wishes: Wishes = field(default_factory=Wishes)


@dataclass(frozen=True, slots=True)
class OfferedItem:
    """One product to offer, with its reasons as data."""

    product: SuggestedProduct
    score: float
    probability: float
    because: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Offered:
    """The answer; `cross_sell_opportunity`: the probability that one more product is taken than the cart holds."""

    items: tuple[OfferedItem, ...]
    cross_sell_opportunity: float
    model_version: str


@dataclass(frozen=True, slots=True)
class _Told:
    offers: list[Offer]
    opportunity: float
    model_version: str


async def recommend_products(
    engine: AsyncEngine, at_hand: RecommenderAtHand, caller: Caller, question: Question, now: datetime
) -> Offered:
    """Answer at most `k` products, never one that is in the cart, was rejected, brought back or turned down.

    Raises NotFoundError for a customer out of the caller's scope. Until there is a fitted model, pairs answer.
    """
    past, turned_down = Past(), frozenset[ProductId]()
    if question.customer_id is not None:
        await require_customer(caller, question.customer_id)
        past = await read_past(engine, question.customer_id, now)
        turned_down = await dismissed_products(question.customer_id)
    exclude = {*question.cart, *past.refused, *turned_down}
    model = await at_hand.newest(engine)
    if model is not None:
        told = await asyncio.to_thread(_by_model, model, question, past, exclude, now)
    else:
        told = await _by_pairs(engine, question, past, exclude)
    shelf = await read_shelf_products(engine, _named(told.offers))
    items = [_item(offer, shelf) for offer in told.offers if _fits(offer, shelf, question.wishes)]
    return Offered(tuple(items[: question.k]), round(told.opportunity, 6), told.model_version)


def _by_model(model: "Recommender", question: Question, past: Past, exclude: set[ProductId], now: datetime) -> _Told:
    from backend.recommend import recommender as by  # noqa: PLC0415 - loaded with the model

    k = question.k + (SPARE_FOR_WISHES if question.wishes.any else SPARE)
    beside = question.context == "checkout"
    if beside:
        opportunity, offers = by.offer_beside(model, question.cart, past.history, now, exclude=exclude, k=k)
    else:
        opportunity = by.opportunity_of(model, question.cart, past.history, now)
        offers = by.offer_next(model, past.history, now, exclude=exclude, k=k)
    asks = [ask for ask in past.asks if ask.product_id not in exclude]
    share = opportunity if beside else 1.0
    return _Told(with_asks(offers, asks, share=model.ask_share, opportunity=share), opportunity, model.version)


async def _by_pairs(engine: AsyncEngine, question: Question, past: Past, exclude: set[ProductId]) -> _Told:
    """Offer by pairs of products and by what sells: all that can be said of a shop of a few orders."""
    k = question.k + SPARE + len(exclude)
    facts = await read_cart_facts(engine, question.cart, question.customer_id, k=k)
    answer = pairs.recommend_for_cart(question.cart, facts.has, facts.popular, facts.shelf, k=k)
    offers = [
        Offer(item.product.product_id, item.score, item.probability, tuple(asdict(one) for one in item.because))
        for item in answer.items
        if item.product.product_id not in exclude
    ]
    asks = [ask for ask in past.asks if ask.product_id not in exclude]
    ranked = with_asks(offers, asks, share=_PAIRS_ASK_SHARE) if asks else offers
    opportunity = max((offer.probability for offer in ranked), default=0.0)
    return _Told(ranked, opportunity, MODEL_VERSION)


def _named(offers: Sequence[Offer]) -> set[str]:
    """Answer the products offered, and those that their reasons name."""
    named = {str(reason["product_id"]) for offer in offers for reason in offer.because if "product_id" in reason}
    return named | {offer.product_id for offer in offers}


def _fits(offer: Offer, shelf: Mapping[str, ShelfProduct], wishes: Wishes) -> bool:
    product = shelf.get(offer.product_id)
    return product is not None and bool(offer.because) and can_be_offered(product, wishes)


def _item(offer: Offer, shelf: Mapping[str, ShelfProduct]) -> OfferedItem:
    because = tuple(_with_name(reason, shelf) for reason in offer.because)
    return OfferedItem(shelf[offer.product_id].shown, round(offer.score, 6), round(offer.probability, 6), because)


def _with_name(reason: Mapping[str, Any], shelf: Mapping[str, ShelfProduct]) -> Mapping[str, Any]:
    product = shelf.get(str(reason.get("product_id")))
    return {**reason, "product_name": product.shown.name} if product is not None else reason
