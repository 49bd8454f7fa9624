"""Floors for resolving names of products as they stand in order lines. Raise them, never lower them."""

import pytest

from tests.gold.resolved import floorbook, read_names, score_names


def test_the_names_hold_enough_of_both_kinds() -> None:
    names = [name for _, names in read_names().values() for name in names]
    assert len(names) >= 150
    assert sum(not name.ids for name in names) >= 40


@pytest.mark.parametrize(("part", "precision", "recall"), [("names", 0.98, 0.97), ("fresh", 0.98, 0.95)])
def test_names_in_order_lines_are_resolved_or_left_open(part: str, precision: float, recall: float) -> None:
    reached = score_names(floorbook, part)
    assert reached.precision >= precision, reached.wrong
    assert reached.recall >= recall, reached.wrong


def test_every_product_is_found_by_its_own_name() -> None:
    for catalog, _ in read_names().values():
        resolve = floorbook(catalog)
        name_of = {str(product.product_id): product.name for product in catalog}
        for product in catalog:
            found = resolve(product.name)
            assert found is not None
            assert name_of[found] == product.name


def test_the_order_of_the_catalogue_makes_no_difference() -> None:
    for catalog, names in read_names().values():
        one, other = floorbook(catalog), floorbook(catalog[::-1])
        assert [one(gold.name) for gold in names] == [other(gold.name) for gold in names]
