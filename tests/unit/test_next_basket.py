"""The next basket: own rhythm is found, nothing of the future is looked at, and any shop gets an answer."""

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.next_baskets import next_basket_answers

HEADER = "customer_id,order_id,ordered_at,product_id,quantity,unit_price"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)

Line = tuple[str, int, str]
"""Customer, day, product."""


def _shop(n_customers: int, *, seed: int = 3, days: int = 120) -> list[Line]:
    """Everybody takes their own staple every week or so, and now and then something of thirty products."""
    rng = random.Random(seed)
    lines: list[Line] = []
    for c in range(n_customers):
        day = rng.randrange(7)
        while day < days:
            lines.append((f"c{c}", day, f"staple{c % 7}"))
            lines += [(f"c{c}", day, f"p{min(rng.randrange(30), rng.randrange(30))}") for _ in range(rng.randrange(4))]
            day += rng.randrange(4, 10)
    return lines


def _answers(
    folder: Path, lines: Sequence[Line], *, customers: Sequence[str] = (), k: int = 5
) -> dict[str, list[dict]]:  # type: ignore[type-arg]
    orders = folder / "orders.csv"
    rows = [f"{c},{c}-{day},{(BEGIN + timedelta(days=day)).isoformat()},{p},1,2.50" for c, day, p in lines]
    orders.write_text("\n".join([HEADER, *rows]))
    asked = folder / "customers.txt"
    asked.write_text("\n".join(customers))
    found = next_basket_answers(orders, asked if customers else None, k=k)
    return {answer["customer_id"]: answer["items"] for answer in map(json.loads, found)}


def test_the_own_staple_comes_first_with_its_rhythm(tmp_path: Path) -> None:
    answers = _answers(tmp_path, _shop(60))
    first = [items[0] for items in answers.values()]
    is_staple = [item["product_id"] == f"staple{int(c[1:]) % 7}" for c, item in zip(answers, first, strict=True)]
    assert sum(is_staple) >= 55
    rhythm = next(reason for reason in first[0]["because"] if reason["type"] == "own_rhythm")
    assert 4 <= rhythm["every_days"] <= 10


def test_every_item_has_a_reason_and_falls_in_score(tmp_path: Path) -> None:
    for items in _answers(tmp_path, _shop(40), k=12).values():
        assert all(item["because"] for item in items)
        scores = [item["score"] for item in items]
        assert scores == sorted(scores, reverse=True)
        assert len({item["product_id"] for item in items}) == len(items)


def test_what_is_said_of_products_bought_together_can_be_recounted(tmp_path: Path) -> None:
    lines = _shop(40)
    held: dict[tuple[str, int], set[str]] = {}
    for customer, day, product in lines:
        held.setdefault((customer, day), set()).add(product)
    told = [
        (item["product_id"], reason)
        for items in _answers(tmp_path, lines, k=30).values()
        for item in items
        for reason in item["because"]
        if reason["type"] == "bought_together"
    ]
    assert told
    for product, reason in told:
        beside = [basket for basket in held.values() if reason["product_id"] in basket]
        n = sum(product in basket for basket in beside)
        assert (n, round(n / len(beside), 4)) == (reason["n"], reason["share"])


def test_the_order_of_the_lines_makes_no_difference(tmp_path: Path) -> None:
    lines = _shop(25)
    mixed = random.Random(1).sample(lines, len(lines))
    assert _answers(tmp_path, lines) == _answers(tmp_path, mixed)


def test_a_stranger_gets_what_sells_now(tmp_path: Path) -> None:
    answers = _answers(tmp_path, _shop(30), customers=["nobody", "c3"])
    assert list(answers) == ["nobody", "c3"]
    assert len(answers["nobody"]) == 5
    assert {reason["type"] for item in answers["nobody"] for reason in item["because"]} <= {
        "popular_lately",
        "bought_by_others",
    }


@pytest.mark.parametrize(
    "lines", [[("c", 0, "p")], [(f"c{i}", i, "p") for i in range(10)], [("c", d, "p") for d in range(5)]]
)
def test_the_smallest_shop_gets_an_answer(tmp_path: Path, lines: list[Line]) -> None:
    assert all([item["product_id"] for item in items] == ["p"] for items in _answers(tmp_path, lines).values())


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 60), st.sampled_from("pqrs")), min_size=1, max_size=30)
)
def test_any_few_orders_give_each_customer_reasons_and_no_product_twice(
    tmp_path_factory: pytest.TempPathFactory, lines: list[Line]
) -> None:
    answers = _answers(tmp_path_factory.mktemp("shop"), lines)
    assert set(answers) == {customer for customer, _, _ in lines}
    for items in answers.values():
        assert items
        assert all(item["because"] for item in items)
        assert len({item["product_id"] for item in items}) == len(items)
