"""Offer what goes with a cart; for an anonymous one too."""

from collections.abc import Sequence

from backend.actions.places import require_customer
from backend.analytics.affinity import read_cart_facts
from backend.domain.access import Caller
from backend.domain.ids import CustomerId, ProductId
from backend.recommend import cart as rules
from backend.recommend.cart import CartAnswer
from backend.warehouse.engine import AsyncEngine


async def recommend_for_cart(
    engine: AsyncEngine, caller: Caller, cart: Sequence[ProductId], customer_id: CustomerId | None, *, k: int
) -> CartAnswer:
    """Answer at most `k` products, never one that is in the cart; raises NotFoundError for a customer out of scope."""
    if customer_id is not None:
        await require_customer(caller, customer_id)
    facts = await read_cart_facts(engine, cart, customer_id, k=k)
    return rules.recommend_for_cart(cart, facts.has, facts.popular, facts.shelf, k=k)
