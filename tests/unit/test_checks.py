"""Checks are data: what is read, refused, replaced, and how shares are judged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.checks import CheckKind, CheckState, read_checks
from backend.domain.errors import InvalidInputError
from backend.warehouse.checking import declared_checks

COLOR = '[color]\ntable = "products"\nkind = "values"\ncolumn = "color"\nvalues = ["Red"]\n'


def test_the_checks_of_this_version_cover_every_kind_and_name_what_is_there() -> None:
    checks = declared_checks(None)
    told = {check.kind for check in checks}
    assert told == set(CheckKind) - {CheckKind.RECONCILIATION, CheckKind.PROFILE}
    assert all(check.promise for check in checks)


def test_the_reference_s_lists_are_shipped() -> None:
    lists = {check.name: check.values for check in declared_checks(None) if check.kind is CheckKind.VALUES}
    assert lists["customers_gender"] == ("MALE", "FEMALE", "OTHER")
    assert lists["products_gender"] == ("Male", "Female", "Unisex")
    assert lists["products_color"] == ("Gray", "Red", "White", "Black", "Blue")
    assert lists["products_size"] == ("S", "M", "L", "XL", "XXL")
    assert lists["products_department"] == ("Apparel", "Footwear")
    assert lists["transactions_payment"] == ("Credit Card", "PayPal", "COD", "Debit Card", "Apple Pay")
    assert lists["transactions_status"] == ("pending", "refunded", "completed")
    assert lists["transactions_shipping"] == ("USPS", "UPS", "FedEx")


def test_a_later_text_takes_the_place_of_an_earlier_one_or_takes_it_away() -> None:
    (check,) = read_checks(COLOR, COLOR.replace("Red", "Teal") + "warn_above = 0.5\n")
    assert (check.values, check.warn_above, check.fail_above) == (("Teal",), 0.5, None)
    assert read_checks(COLOR, "[color]\nenabled = false\n") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[x", "TOML"),
        ('[x]\nkind = "values"\n', "names no table"),
        ('[x]\ntable = "products"\nkind = "hunch"\n', "a kind is one of"),
        ('[x]\ntable = "products"\nkind = "values"\ncolumn = "color"\n', "says values"),
        ('[x]\ntable = "products"\nkind = "schema"\ncolour = "red"\n', "unknown words"),
        ('[x]\ntable = "orders"\nkind = "referential"\ncolumns = ["a", "b"]\nreferences = "t.a"\n', "as many columns"),
    ],
)
def test_says_which_check_can_t_be_and_why(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        read_checks(text)


@pytest.mark.parametrize("change", [('"products"', '"no_such"'), ('"color"\nvalues', '"no_such"\nvalues')])
def test_a_check_of_what_is_not_there_is_refused(
    change: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = tmp_path_factory.mktemp("checks") / "own.toml"
    own.write_text(COLOR.replace(*change))
    with pytest.raises(InvalidInputError, match="no_such"):
        declared_checks(own)


@given(st.integers(0, 10**6), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_more_failing_rows_are_never_judged_milder(n: int, warn: float, fail: float, part: float) -> None:
    (check,) = read_checks(f"{COLOR}warn_above = {warn!r}\nfail_above = {fail!r}\n")
    order = list(CheckState)
    assert order.index(check.state(n, int(n * part))) <= order.index(check.state(n, n))
    assert check.state(n, 0) is CheckState.PASSED
