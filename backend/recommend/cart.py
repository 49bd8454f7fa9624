"""What else to take: partners of the cart and of the customer's past, popular products where nothing is known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backend.domain.ids import ProductId
from backend.domain.suggestions import PopularLately, Reason, SuggestedProduct
from backend.recommend.facts import Partner, Shelf
from backend.recommend.recommendations import best_partners, together

POPULAR_DAYS = 7


@dataclass(frozen=True, slots=True)
class Popular:
    """A product and how many units were bought of late, in how large a share of the orders."""

    product_id: ProductId
    n: int
    share: float


@dataclass(frozen=True, slots=True)
class CartItem:
    """One more product to offer. `probability` is that of its being taken, `score` what it is ranked by; both 0..1."""

    product: SuggestedProduct
    score: float
    probability: float
    because: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class CartAnswer:
    """The offer for one cart. `cross_sell_opportunity` is the probability that at least one more product is taken."""

    items: tuple[CartItem, ...]
    cross_sell_opportunity: float


def recommend_for_cart(
    cart: Sequence[ProductId], has: Iterable[ProductId], popular: Sequence[Popular], shelf: Shelf, *, k: int
) -> CartAnswer:
    """Offer `k` products beside the cart: its partners first, then those of what the customer has, then the popular.

    Never what is in the cart. A partner of the past counts half as much as one of the cart. The opportunity is the
    largest single probability: adding them up as if they were independent is far off (measured on real baskets).
    """
    in_cart = set(cart)
    past = set(has) - in_cart
    items = [_partner_item(shelf, *pair, 1.0) for pair in best_partners(in_cart, shelf, exclude=in_cart | past)]
    items += [_partner_item(shelf, *pair, 0.5) for pair in best_partners(past, shelf, exclude=in_cart | past)]
    items += [
        _popular_item(shelf, p) for p in popular if p.product_id not in in_cart and p.product_id in shelf.products
    ]
    ranked = _each_once(sorted(items, key=lambda i: (-i.score, i.product.product_id)))[:k]
    return CartAnswer(tuple(ranked), max((item.probability for item in ranked), default=0.0))


def _partner_item(shelf: Shelf, beside: ProductId, partner: Partner, weight: float) -> CartItem:
    probability = round(weight * min(1.0, partner.share), 4)
    return CartItem(shelf.products[partner.product_id], probability, probability, (together(shelf, beside, partner),))


def _popular_item(shelf: Shelf, popular: Popular) -> CartItem:
    probability = round(min(1.0, popular.share), 4)
    score = round(0.25 * probability, 4)  # behind any partner that speaks
    return CartItem(shelf.products[popular.product_id], score, probability, (PopularLately(popular.n, POPULAR_DAYS),))


def _each_once(items: Iterable[CartItem]) -> list[CartItem]:
    first: dict[ProductId, CartItem] = {}
    for item in items:
        first.setdefault(item.product.product_id, item)
    return list(first.values())
