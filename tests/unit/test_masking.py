"""Masking: names and ways of contact go, all else stays, whatever the spelling of the key."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.masking import MASK, mask_contact

VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(["city", "email", "x", "Phone"]), below)
    ),
    max_leaves=10,
)


@pytest.mark.parametrize(
    "key",
    ["firstname", "lastname", "first_name", "Last Name", "name", "localphone", "phone_number", "Email-ID", "mailing_street",
     "birthDate", "shippingAddress", "address2", "MobileNumber"],
)  # fmt: skip
def test_hides_who_and_how_to_reach_them(key: str) -> None:
    assert mask_contact({key: "Fama", "deep": [{key: 5}]}) == {key: MASK, "deep": [{key: MASK}]}


@pytest.mark.parametrize("key", ["city", "state", "productname", "products", "comments", "store_name", "customerId"])
def test_leaves_the_rest(key: str) -> None:
    assert mask_contact({key: "x"}) == {key: "x"}


def test_looks_through_an_address() -> None:
    assert mask_contact({"address": {"city": "london", "street": "1 Rd"}}) == {
        "address": {"city": "london", "street": MASK}
    }


@given(VALUES)
def test_keeps_the_shape_and_masking_twice_is_masking_once(value: Any) -> None:
    once = mask_contact(value)
    assert mask_contact(once) == once
    assert type(once) is type(value)
    if isinstance(value, dict):
        assert once.keys() == value.keys()
