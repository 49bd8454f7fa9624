"""What a shop has learnt, in one piece: what a customer takes next, and what completes a cart, as of any moment.

Fitted now and then (`etl/marts/recommender.py`); what the customer did since is told at the call, so that a new order
counts at once and without a new fit.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.recommend.baskets import EPOCH, Baskets, baskets_of
from backend.recommend.cart_features import CartKnowledge, Carts, opportunity_features, own_left
from backend.recommend.complete_cart import CartModel, complete_carts
from backend.recommend.knowledge import Knowledge
from backend.recommend.next_basket import NextBasketModel, next_baskets
from backend.recommend.offers import History, Offer
from backend.recommend.order_lines import Codes, Names, OrderLines
from backend.recommend.pair_features import tell_histories

_LONG_AGO = 365.0
LEAST_TOGETHER = 3
_A_MOMENT = 1e-5


@dataclass(frozen=True, slots=True)
class Recommender:
    """The fitted models with what they look things up in; `products` are the ids, sorted, by their code.

    `n_orders` counts those behind `known.together`. `ask_share` is the share of the things asked for in notes that
    were bought within a month.
    """

    version: str
    fitted_at: str
    products: Names
    known: Knowledge
    about: CartKnowledge
    basket: NextBasketModel
    cart: CartModel
    n_orders: int
    ask_share: float


def offer_next(model: Recommender, history: History, now: datetime, *, exclude: Collection[str], k: int) -> list[Offer]:
    """Answer the k products that the customer will likeliest take next, best first, none of `exclude`.

    Without a history, for whom nobody knows: what sells. The probabilities are the ranker's; of a shop too small for
    one they are the share of the customer's own orders with the product, or of the shop's.
    """
    mine, known = _baskets(model, history, now)
    told = next(next_baskets(model.basket, mine.of(_first()), known, k=k + len(exclude)))[1]
    offers = []
    for one in told:
        product_id = str(model.products[one.product])
        if product_id not in exclude:
            likely = one.score if model.basket.ranker is not None else _habit(mine, one.product, known)
            offers.append(Offer(product_id, one.score, likely, _named(one.product, one.because, model)))
    return offers[:k]


def opportunity_of(model: Recommender, cart: Collection[str], history: History, now: datetime) -> float:
    """Answer the probability that one more product is taken than the cart holds."""
    mine, known = _baskets(model, history, now)
    carts, about = _carts(model, cart), replace(model.about, known=known)
    return float(model.cart.more(opportunity_features(carts, tell_histories(mine, known), own_left(mine), about))[0])


def offer_beside(
    model: Recommender, cart: Collection[str], history: History, now: datetime, *, exclude: Collection[str], k: int
) -> tuple[float, list[Offer]]:
    """Answer the probability that one more product is taken, and the k that likeliest complete the cart.

    None of the cart, none of `exclude`. A product that was new after the fit counts for the size of the cart alone.
    """
    mine, known = _baskets(model, history, now)
    carts, about = _carts(model, cart), replace(model.about, known=known)
    answered = complete_carts(model.cart, carts, tell_histories(mine, known), own_left(mine), about, k=k + len(exclude))
    opportunity, told = next(answered)
    offers = [
        Offer(str(model.products[one.product]), one.score, one.probability, _named(one.product, one.because, model))
        for one in told
    ]
    return opportunity, [offer for offer in offers if offer.product_id not in exclude][:k]


def codes_of(products: Names, ids: Sequence[str]) -> Codes:
    """Answer the code of each id, -1 where there is none; `products` is sorted."""
    if not len(products) or not ids:
        return np.full(len(ids), -1, dtype=np.int32)
    asked = np.array(ids, dtype=products.dtype if products.dtype == object else str)
    place = np.minimum(np.searchsorted(products, asked), len(products) - 1)
    return np.where(products[place] == asked, place, -1).astype(np.int32)


def _carts(model: Recommender, cart: Collection[str]) -> Carts:
    codes = codes_of(model.products, sorted(set(cart)))
    held = np.sort(codes[codes >= 0])
    return Carts(np.zeros(len(held), dtype=np.int64), held, np.zeros(1, dtype=np.int64))


def _baskets(model: Recommender, history: History, now: datetime) -> tuple[Baskets, Knowledge]:
    """Answer the customer's baskets with nobody's after them, and the knowledge as of now."""
    today = now.timestamp() / 86_400
    mine = baskets_of(_lines(model, history, today))
    return mine, replace(model.known, day=max(today, float(mine.day.max(initial=0)) + _A_MOMENT))


def _lines(model: Recommender, history: History, today: float) -> OrderLines:
    """Answer the history in the model's codes; what is owned stands as an order of long ago."""
    owned = sorted(set(history.owned).difference(history.product_ids))
    product = codes_of(model.products, [*history.product_ids, *owned])
    orders = np.array([*history.order_ids, *[""] * len(owned)], dtype=str)
    day = np.array([*history.days, *[today - _LONG_AGO] * len(owned)], dtype=np.float64)
    quantity = np.array([*history.quantities, *[1] * len(owned)], dtype=np.float64)
    known = product >= 0
    names, order = np.unique(orders[known], return_inverse=True)
    return OrderLines(
        customer=np.zeros(len(order), dtype=np.int32),
        order=order.astype(np.int32),
        product=product[known],
        ordered_at=EPOCH + np.round(day[known] * 86_400e6).astype("timedelta64[us]"),
        quantity=quantity[known],
        unit_price=np.full(len(order), np.nan),
        customers=np.array(["the customer", "nobody"]),
        products=model.products,
        n_orders=len(names),
    )


def _first() -> npt.NDArray[np.int32]:
    return np.zeros(1, dtype=np.int32)


def _habit(mine: Baskets, product: int, known: Knowledge) -> float:
    """Answer the share of orders with the product: the customer's own, mixed with one order of the shop's habit."""
    column = known.column[product]
    n_shop = max(1.0, float(known.n_orders_of.max(initial=1)))
    shop = float(known.n_orders_of[column]) / (2 * n_shop) if column >= 0 else 0.0
    own = int((mine.product[mine.customer == 0] == product).sum())
    return (own + shop) / (int(mine.n_orders[0]) + 1)


def _named(product: int, because: Sequence[dict[str, Any]], model: Recommender) -> tuple[dict[str, Any], ...]:
    """Name the products of reasons, and say as of when the shop's numbers are; what happened twice may be chance."""
    telling = [one for one in because if one["type"] != "bought_together" or one["n"] >= LEAST_TOGETHER]
    return tuple(_name(product, reason, model) for reason in telling or because)


def _name(product: int, reason: dict[str, Any], model: Recommender) -> dict[str, Any]:
    if reason["type"] in {"own_rhythm", "bought_before"}:
        return reason
    told = {**reason, "as_of": model.fitted_at}
    if reason["type"] == "bought_together":
        chance = float(model.known.n_orders_of[model.known.column[product]]) / max(1, model.n_orders)
        told |= {"product_id": str(model.products[told.pop("product")]), "lift": round(reason["share"] / chance, 2)}
    return told
