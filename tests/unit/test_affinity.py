"""Which products are bought together."""

from datetime import UTC, datetime, timedelta
from itertools import combinations
from random import Random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.marts.affinity import BASKET_DAYS, MIN_TOGETHER, PARTNERS, basket_numbers, compute_affinity

START = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS = ["customer_id", "order_id", "product_id", "ordered_at"]


def lines_of(*baskets: str, repeat: int = 1) -> pd.DataFrame:
    """Each basket is a customer's one order, each letter a product."""
    rows = [
        (f"c{n}-{again}", f"o{n}-{again}", product, START)
        for again in range(repeat)
        for n, basket in enumerate(baskets)
        for product in basket
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def partners(affinity: pd.DataFrame, product: str) -> list[str]:
    return list(affinity[affinity["product_id"] == product].sort_values("rank")["other_product_id"])


def test_counts_support_confidence_and_lift_are_those_of_the_textbook() -> None:
    affinity = compute_affinity(lines_of("ab", "ab", "ab", "a", "c", "c", "c", "c", repeat=2))
    (row,) = affinity[affinity["product_id"] == "a"].to_dict("records")
    assert (row["other_product_id"], row["n_together"], row["n_product"], row["n_other"], row["n_baskets"]) == (
        "b",
        6,
        8,
        6,
        16,
    )
    assert (row["support"], row["confidence"], row["rank"]) == (6 / 16, 6 / 8, 1)
    assert row["lift"] == pytest.approx((6 / 8) / (6 / 16))


def test_a_bestseller_that_goes_with_everything_is_no_partner() -> None:
    affinity = compute_affinity(lines_of("ax", "bx", "cx", "dx", "x", "ab", repeat=10))
    assert "x" not in partners(affinity, "a")
    assert partners(affinity, "a") == ["b"]


def test_a_fluke_with_a_huge_lift_stands_behind_a_steady_partner() -> None:
    steady, fluke, others = (
        lines_of("ab", repeat=60),
        lines_of("ar", repeat=MIN_TOGETHER),
        lines_of("c", "d", "b", repeat=200),
    )
    for n, frame in enumerate((steady, fluke, others)):
        frame[["customer_id", "order_id"]] += f"/{n}"
    affinity = compute_affinity(pd.concat([steady, fluke, others]))
    lift = affinity.set_index(["product_id", "other_product_id"])["lift"]
    assert lift["a", "r"] > lift["a", "b"]
    assert partners(affinity, "a") == ["b", "r"]


def test_pairs_that_hardly_ever_meet_are_left_out() -> None:
    assert compute_affinity(lines_of("ab", repeat=MIN_TOGETHER - 1)).empty
    assert compute_affinity(lines_of("ab")[:0]).empty


def test_orders_within_a_fortnight_are_one_basket_and_later_ones_are_not() -> None:
    days = [0, 3, BASKET_DAYS, BASKET_DAYS + 1, BASKET_DAYS + 2]
    rows = [("c", f"o{day}", "p", START + timedelta(days=day)) for day in days] + [("d", "o0", "p", START)]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    numbers = basket_numbers(frame)
    assert numbers[0] == numbers[1] == numbers[2] != numbers[3]
    assert numbers[3] == numbers[4] != numbers[5]


def test_no_product_has_more_partners_than_are_kept_and_ranks_count_from_one() -> None:
    crowd = [f"p{n:03}" for n in range(PARTNERS + 30)]
    pairs = [
        (f"c{n}-{k}", f"o{n}-{k}", p, START)
        for n, other in enumerate(crowd)
        for k in range(MIN_TOGETHER)
        for p in ("hub", other)
    ]
    alone = [(f"x{n}", f"x{n}", "alone", START) for n in range(500)]
    affinity = compute_affinity(pd.DataFrame(pairs + alone, columns=COLUMNS))
    hub = affinity[affinity["product_id"] == "hub"]
    assert sorted(hub["rank"]) == list(range(1, PARTNERS + 1))


_baskets = st.lists(
    st.sets(st.sampled_from("abcdef"), min_size=1).map(lambda s: "".join(sorted(s))), min_size=1, max_size=40
)


@given(_baskets, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_lines_makes_no_difference(baskets: list[str], random: Random) -> None:
    frame = lines_of(*baskets)
    order = list(range(len(frame)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(compute_affinity(frame), compute_affinity(frame.iloc[order]))


@given(_baskets)
@settings(max_examples=60, deadline=None)
def test_counts_equal_a_count_by_hand(baskets: list[str]) -> None:
    for row in compute_affinity(lines_of(*baskets)).to_dict("records"):
        pair = {row["product_id"], row["other_product_id"]}
        together = sum(pair in map(set, combinations(basket, 2)) for basket in baskets)
        assert row["n_together"] == together >= MIN_TOGETHER
        assert row["confidence"] > row["n_other"] / len(baskets)
