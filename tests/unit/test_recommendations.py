"""Recommendations: reasons that can be recounted, silence below the thresholds."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.ids import CustomerId, ProductId, StoreId
from backend.domain.suggestions import BoughtTogether, PopularLately, SuggestedProduct
from backend.recommend.cart import Popular, recommend_for_cart
from backend.recommend.facts import CustomerFacts, Partner, Shelf
from backend.recommend.recommendations import recommendations

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
BOOTS, SOCKS, WAX, GLOVES = (ProductId(p) for p in ("boots", "socks", "wax", "gloves"))
PRODUCTS = {p: SuggestedProduct(p, p.title(), 1000, "USD") for p in (BOOTS, SOCKS, WAX, GLOVES)}
SHELF = Shelf(
    PRODUCTS,
    {BOOTS: (Partner(SOCKS, 0.38, 4.1, 412), Partner(WAX, 0.2, 3.0, 80), Partner(GLOVES, 0.01, 9.0, 40))},
)


def customer(*, owned: tuple[ProductId, ...] = (), bought: tuple[ProductId, ...] = ()) -> CustomerFacts:
    return CustomerFacts(
        CustomerId("c"), "Ada", None, StoreId("s"), (), dict.fromkeys(bought, NOW), owned=frozenset(owned)
    )


def test_says_how_many_buyers_took_it() -> None:
    best, _ = recommendations(customer(owned=(BOOTS,)), SHELF, now=NOW)
    assert best.title == "Suggest Socks"
    assert best.body == "38 % of buyers of Boots also take it (n = 412)."
    assert best.because == (BoughtTogether(BOOTS, "Boots", 0.38, 4.1, 412),)


def test_never_recommends_what_was_bought() -> None:
    titles = [s.title for s in recommendations(customer(owned=(BOOTS,), bought=(SOCKS,)), SHELF, now=NOW)]
    assert titles == ["Suggest Wax"]


def test_never_repeats_what_was_answered() -> None:
    answered = replace(customer(owned=(BOOTS,)), answered=frozenset({SOCKS}))
    assert [s.title for s in recommendations(answered, SHELF, now=NOW)] == ["Suggest Wax"]


def test_is_silent_where_nothing_is_known_and_never_ranks_by_lift() -> None:
    assert recommendations(customer(), SHELF, now=NOW) == []
    assert all(
        s.products[0].product_id != GLOVES for s in recommendations(customer(owned=(BOOTS,)), SHELF, now=NOW, most=9)
    )


def test_an_anonymous_empty_cart_gets_what_is_popular() -> None:
    answer = recommend_for_cart([], [], [Popular(WAX, 31, 0.05)], SHELF, k=5)
    assert [(i.product.product_id, i.because) for i in answer.items] == [(WAX, (PopularLately(31, 7),))]


def test_the_cart_speaks_before_the_past_and_the_popular() -> None:
    answer = recommend_for_cart([BOOTS], [], [Popular(GLOVES, 900, 0.4)], SHELF, k=3)
    assert [i.product.product_id for i in answer.items] == [SOCKS, WAX, GLOVES]
    assert answer.cross_sell_opportunity == 0.4


@given(st.lists(st.sampled_from(sorted(PRODUCTS)), max_size=4), st.lists(st.sampled_from(sorted(PRODUCTS)), max_size=4))
def test_never_offers_what_is_in_the_cart(cart: list[ProductId], has: list[ProductId]) -> None:
    answer = recommend_for_cart(cart, has, [Popular(p, 5, 0.1) for p in sorted(PRODUCTS)], SHELF, k=10)
    offered = [item.product.product_id for item in answer.items]
    assert not set(offered) & set(cart)
    assert len(set(offered)) == len(offered)
    assert 0 <= answer.cross_sell_opportunity <= 1
    assert all(item.because for item in answer.items)
