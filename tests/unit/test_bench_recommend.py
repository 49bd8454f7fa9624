"""The benchmark's own arithmetic: metrics, baselines and carts, recounted by hand on a shop of three customers."""

import numpy as np
import pytest

from backend.recommend.baskets import Baskets, baskets_of
from backend.recommend.order_lines import OrderLines
from cli.bench.basket_baselines import BASELINES, own_decayed, popular_last_week, tifu_knn
from cli.bench.cart_moments import later_orders
from cli.bench.recommend import best_of, recall_and_gain

EVERYBODY = np.arange(3, dtype=np.int64)


@pytest.fixture(scope="module")
def baskets() -> Baskets:
    """Customer 0 buys product 0 each day, 1 buys 1 and 2, 2 bought 3 long ago; twelve products."""
    rows = [(0, day, 0) for day in range(90, 100)] + [(1, day, p) for day in (95, 99) for p in (1, 2)] + [(2, 10, 3)]
    customer, day, product = (np.array(column, dtype=np.int32) for column in zip(*rows, strict=True))
    _, order = np.unique(customer * 1000 + day, return_inverse=True)
    return baskets_of(
        OrderLines(
            customer=customer,
            order=order.astype(np.int32),
            product=product,
            ordered_at=np.datetime64(0, "us") + day.astype("timedelta64[D]"),
            quantity=np.ones(len(rows)),
            unit_price=np.ones(len(rows)),
            customers=np.array(["a", "b", "c"], dtype=object),
            products=np.array([f"p{n:02}" for n in range(12)], dtype=object),
            n_orders=int(order.max()) + 1,
        )
    )


def test_recall_and_gain_are_those_of_the_formula() -> None:
    answers = np.array([[5, 6, 7, -1, -1, -1, -1, -1, -1, -1]])
    recall, gain = recall_and_gain(answers, [np.array([6, 9], dtype=np.int32)])
    assert recall[0] == pytest.approx(1 / 2)
    assert gain[0] == pytest.approx((1 / np.log2(3)) / (1 + 1 / np.log2(3)))


def test_popularity_is_of_the_last_week_and_the_own_comes_first(baskets: Baskets) -> None:
    assert popular_last_week(baskets, 100.0)(EVERYBODY)[2, :4].tolist() == [7, 2, 2, 0]
    assert best_of(own_decayed(baskets, 100.0), EVERYBODY)[:, 0].tolist() == [0, 1, 3]


def test_up_cf_puts_the_own_products_first(baskets: Baskets) -> None:
    best = best_of(BASELINES["UP-CF"](baskets, 100.0), EVERYBODY)
    assert best[0, 0] == 0
    assert set(best[1, :2].tolist()) == {1, 2}


def test_tifu_knn_is_a_fifth_own_orders_in_three_groups_and_the_rest_the_nearest_customers(baskets: Baskets) -> None:
    scores = tifu_knn(baskets, 100.0)(EVERYBODY)
    full, rest = (1 + 0.9 + 0.81 + 0.729) / 4, (1 + 0.9) / 4
    assert scores[0, 0] == pytest.approx(0.2 * (full + 0.6 * full + 0.36 * rest) / 3)
    assert scores[0, 3] == pytest.approx(0.8 / 2)


@pytest.mark.parametrize("name", ["item-item cosine", "EASE"])
def test_who_has_one_of_a_pair_is_offered_the_other(baskets: Baskets, name: str) -> None:
    scores = BASELINES[name](baskets, 100.0)(EVERYBODY)
    assert scores[1, 1] == scores[1, 2] == scores[1].max() > scores[0].max() >= 0


def test_carts_are_orders_from_the_cut_on_seen_with_one_to_all_of_their_products(baskets: Baskets) -> None:
    later = later_orders(baskets, 98.0, np.random.default_rng(1))
    assert sorted(later.carts.size.tolist()) == [1, 1, 2]
    assert sorted(later.carts.customer.tolist()) == [0, 0, 1]
    assert ((later.shown >= 1) & (later.shown <= later.carts.size)).all()
    assert (later.first(later.shown).size == later.shown).all()
