"""Carts: what goes with them is found, what is in them never offered, and the opportunity is a probability that holds."""

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.recommend.baskets import baskets_of
from backend.recommend.cart_features import PAIR_FEATURES
from cli.carts import cart_answers
from cli.errors import UnusableInputError
from cli.order_files import read_orders
from etl.marts.complete_cart import LeftOut, choose_ranker, evaluate, fit_complete_cart, mean_reciprocal_rank

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
Basket = tuple[str, int, tuple[str, ...]]
"""Customer, day, products."""


def _shop(*, seed: int = 5, n_orders: int = 900) -> list[Basket]:
    """Boots go with wax; half of the people take one thing at a time, the others many."""
    rng = random.Random(seed)
    baskets = []
    for number in range(n_orders):
        customer = rng.randrange(60)
        products = {
            f"p{min(rng.randrange(40), rng.randrange(40))}" for _ in range(1 if customer % 2 else rng.randrange(4, 9))
        }
        if rng.random() < 0.2:
            products |= {"boots", "wax"}
        baskets.append((f"c{customer}", number // 6, tuple(sorted(products))))
    return baskets


def _orders(folder: Path, baskets: Sequence[Basket]) -> Path:
    path = folder / "orders.csv"
    lines = [
        f"{c},o{number},{(BEGIN + timedelta(days=day)).date()},{p},1,2"
        for number, (c, day, products) in enumerate(baskets)
        for p in products
    ]
    path.write_text("\n".join(["customer_id,order_id,ordered_at,product_id,quantity,unit_price", *lines]))
    return path


def _answers(
    folder: Path, baskets: Sequence[Basket], carts: Sequence[dict[str, Any]], k: int = 10
) -> list[dict[str, Any]]:
    path = folder / "carts.jsonl"
    path.write_text("\n".join(map(json.dumps, carts)))
    return [json.loads(answer) for answer in cart_answers(_orders(folder, baskets), path, k=k)]


def test_offers_what_goes_with_the_cart_and_tells_who_takes_more(tmp_path: Path) -> None:
    carts: list[dict[str, Any]] = [
        {"cart_id": 1, "items": ["boots"]},
        {"cart_id": "of one who takes one thing", "items": ["p1"], "customer_id": "c1"},
        {"cart_id": "of one who takes many", "items": ["p1"], "customer_id": "c2"},
        {"cart_id": "of things nobody knows", "items": ["never seen"], "customer_id": "nobody"},
        {"cart_id": "empty", "items": []},
    ]
    answers = _answers(tmp_path, _shop(), carts)
    assert [answer["cart_id"] for answer in answers] == [cart["cart_id"] for cart in carts]
    assert answers[0]["items"][0]["product_id"] == "wax"
    assert answers[0]["items"][0]["because"][0]["type"] == "bought_together"
    assert answers[1]["cross_sell_opportunity"] < answers[2]["cross_sell_opportunity"]
    for answer in answers:
        assert 0 <= answer["cross_sell_opportunity"] <= 1
        assert len(answer["items"]) == 10
        assert all(item["because"] and 0 <= item["probability"] <= 1 for item in answer["items"])


def test_the_opportunity_tells_full_carts_from_others_and_its_probabilities_hold(tmp_path: Path) -> None:
    lines, _ = read_orders(_orders(tmp_path, _shop(n_orders=1800)))
    baskets = baskets_of(lines)
    fitted = fit_complete_cart(baskets, float(baskets.day.max()) + 1)
    assert fitted.evaluation["auc"] > 0.8
    assert fitted.evaluation["ece"] < 0.1


def test_the_calibration_error_is_nought_where_probabilities_hold() -> None:
    happened = np.tile([True, False, False, False], 100)
    assert evaluate(np.full(400, 0.25), happened, n_bins=1)["ece"] == pytest.approx(0)
    assert evaluate(np.full(400, 0.75), happened, n_bins=1)["ece"] == pytest.approx(0.5)


def test_the_reciprocal_rank_is_of_the_product_left_out_and_ties_come_in_the_middle() -> None:
    taken = np.array([False, True, False, True, False, False])
    carts = LeftOut(np.array([0, 0, 0, 1, 1, 1]), np.empty((6, 0), np.float32), taken, np.ones(6))
    assert mean_reciprocal_rank(carts, np.array([0.9, 0.5, 0.1, 0.5, 0.5, 0.5])) == pytest.approx((1 / 2 + 1 / 2) / 2)


def _left_out(*, confident: bool) -> LeftOut:
    """300 carts of ten candidates; the missing one is that with the most confidence, or that with the least."""
    features = np.zeros((3000, len(PAIR_FEATURES)), dtype=np.float32)
    column = np.random.default_rng(3).permuted(np.tile(np.arange(10) / 10, (300, 1)), axis=1)
    features[:, PAIR_FEATURES.index("most_confidence")] = column.ravel()
    taken = column.ravel() == (column.max() if confident else column.min())
    return LeftOut(np.repeat(np.arange(300), 10), features, taken, np.ones(3000))


@pytest.mark.parametrize(("taught", "tried", "chosen"), [(False, False, True), (False, True, False)])
def test_a_ranker_is_used_only_where_it_finds_more_than_the_simple_score(
    *, taught: bool, tried: bool, chosen: bool
) -> None:
    ranker, fared = choose_ranker([_left_out(confident=taught)] * 2, _left_out(confident=tried))
    assert (ranker is not None) is chosen
    assert (fared["mrr_ranker"] > fared["mrr_simple"]) is chosen


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.integers(0, 60),
            st.lists(st.sampled_from("pqrst"), min_size=1, max_size=4, unique=True).map(tuple),
        ),
        min_size=1,
        max_size=20,
    ),
    st.lists(st.lists(st.sampled_from("pqrstx"), max_size=4), min_size=1, max_size=4),
)
def test_never_offers_what_is_in_the_cart(
    tmp_path_factory: pytest.TempPathFactory, baskets: list[Basket], held: list[list[str]]
) -> None:
    carts: list[dict[str, Any]] = [{"cart_id": n, "items": items, "customer_id": "a"} for n, items in enumerate(held)]
    for cart, answer in zip(carts, _answers(tmp_path_factory.mktemp("shop"), baskets, carts), strict=True):
        assert answer["cart_id"] == cart["cart_id"]
        offered = [item["product_id"] for item in answer["items"]]
        assert not set(offered) & set(cart["items"])
        assert len(set(offered)) == len(offered)


@pytest.mark.parametrize("line", ["[]", '{"cart_id": 1}', "{", '{"cart_id": 1, "items": "p"}'])
def test_a_cart_that_is_none_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "carts.jsonl"
    path.write_text('{"cart_id": 1, "items": []}\n' + line)
    with pytest.raises(UnusableInputError, match="line 2"):
        list(cart_answers(_orders(tmp_path, _shop(n_orders=3)), path, k=3))
