"""Merging what two phones did to one document."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backend.domain.three_way import same_value, three_way_merge

_leaves = st.one_of(
    st.none(), st.booleans(), st.integers(0, 3), st.text("ab~/", max_size=2), st.lists(st.integers(0, 2))
)
_documents = st.recursive(
    st.dictionaries(st.text("xy~/", max_size=2), _leaves, max_size=4),
    lambda inner: st.dictionaries(st.text("xy~/", max_size=2), st.one_of(_leaves, inner), max_size=4),
    max_leaves=8,
)


def test_takes_both_changes_where_they_touch_different_members() -> None:
    base = {"city": "London", "address": {"state": "NY", "zip": 1}, "gone": 1}
    mine = {"city": "Albany", "address": {"state": "NY", "zip": 1}}
    theirs = {"city": "London", "address": {"state": "NJ", "zip": 1}, "gone": 1, "new": [1]}
    merged = three_way_merge(base, mine, theirs)
    assert merged.value == {"city": "Albany", "address": {"state": "NJ", "zip": 1}, "new": [1]}
    assert merged.disputed == ()


def test_names_what_both_changed_each_its_own_way() -> None:
    merged = three_way_merge({"a/b": {"c": 1}}, {"a/b": {"c": 2}}, {"a/b": {"c": 3}})
    assert merged.disputed == ("/a~1b/c",)
    assert merged.value == {"a/b": {"c": 3}}


def test_my_side_can_be_preferred() -> None:
    merged = three_way_merge({"c": 1, "d": 1}, {"c": 2, "d": 1}, {"c": 3, "d": 9}, prefer_mine=True)
    assert merged.value == {"c": 2, "d": 9}


def test_a_removal_against_a_change_is_disputed() -> None:
    assert three_way_merge({"c": 1}, {}, {"c": 2}).disputed == ("/c",)


def test_true_is_not_one_but_one_is_one_point_nought() -> None:
    assert not same_value({"a": [True]}, {"a": [1]})
    assert same_value({"a": [1.0]}, {"a": [1]})


@given(_documents, _documents)
def test_who_did_nothing_changes_nothing(base: dict[str, Any], other: dict[str, Any]) -> None:
    assert same_value(three_way_merge(base, base, other).value, other)
    assert same_value(three_way_merge(base, other, base).value, other)


@given(_documents, _documents, _documents)
def test_the_order_makes_no_difference_where_nothing_is_disputed(
    base: dict[str, Any], one: dict[str, Any], other: dict[str, Any]
) -> None:
    merged, swapped = three_way_merge(base, one, other), three_way_merge(base, other, one)
    assert sorted(merged.disputed) == sorted(swapped.disputed)
    if not merged.disputed:
        assert same_value(merged.value, swapped.value)


@given(_documents, _documents, _documents)
def test_merged_again_it_is_the_same(base: dict[str, Any], mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    merged = three_way_merge(base, mine, theirs)
    if not merged.disputed:
        assert same_value(three_way_merge(base, mine, merged.value).value, merged.value)
