"""Single values: money to the cent, days, places, text fit for a table."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.normalize.money import cents, share_out
from etl.normalize.places import check_state, state_code
from etl.normalize.values import clean, day, gender, identifier, moment, text_of, whole_number

JULY = date(2012, 7, 10)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("89.00", 8900), ("$1,234.50", 123450), ("1.234,56", 123456), ("89,00", 8900), ("1,000", 100000),
        ("1.000.000", 100000000), ("(12.00)", -1200), ("-$5.10", -510), ("USD 89", 8900), ("89 EUR", 8900), (".5", 50),
        (89, 8900), (89.1, 8910), (0.07, 7), (-0.0, 0), ({"amount": "3.10", "currency": "USD"}, 310),
    ],
)  # fmt: skip
def test_amounts_are_read_to_the_cent(written: Any, expected: int) -> None:
    assert cents(written) == (expected, None)


@given(st.decimals(-(10**9), 10**9, places=2))
def test_no_spelling_of_an_amount_loses_a_cent(amount: Decimal) -> None:
    expected = int(amount * 100)
    assert cents(str(amount)).value == expected
    assert cents(f"{amount:,}").value == expected
    assert cents(float(amount)).value == expected


@pytest.mark.parametrize(
    ("written", "code"),
    [("soon", "not_money"), (True, "not_money"), (float("nan"), "not_money"), ("1e5", "not_money"), (10**30, "out_of_range"),
     ("9" * 20, "out_of_range"), ([1], "not_money"), ("--5", "not_money")],
)  # fmt: skip
def test_what_is_no_amount_is_doubted(written: Any, code: str) -> None:
    value, doubt = cents(written)
    assert value is None
    assert doubt is not None
    assert doubt.code == code


def test_fractions_of_a_cent_are_rounded_half_up_with_a_doubt() -> None:
    value, doubt = cents("10.005")
    assert value == 1001
    assert doubt is not None
    assert doubt.code == "rounded"


@given(st.integers(-(10**6), 10**6), st.lists(st.integers(0, 1000), min_size=1, max_size=8))
def test_shares_add_up_and_stay_near_their_part(total: int, weights: list[int]) -> None:
    parts = share_out(total, weights)
    assert sum(parts) == total
    if sum(weights):
        assert all(abs(part - total * w / sum(weights)) < 1 for part, w in zip(parts, weights, strict=True))


@pytest.mark.parametrize(
    "written",
    ["2012-07-10", "2012/7/10", "20120710", 20120710, "7/10/2012", "10 July 2012", "July 10th, 2012", "Tue, 10 Jul 2012",
     "10-Jul-2012", "2012-07-10T23:30:00-08:00", "2012-07-10 08:00", 1341900000, 1341900000000, 1341900000.5],
)  # fmt: skip
def test_days_are_read_as_written(written: Any) -> None:
    assert day(written).value == JULY


def test_a_moment_is_in_utc_and_a_day_begins_at_midnight() -> None:
    assert moment("2012-07-10T23:30:00-08:00").value == datetime(2012, 7, 11, 7, 30, tzinfo=UTC)
    assert moment("2012-07-10").value == datetime(2012, 7, 10, tzinfo=UTC)


@given(st.datetimes(datetime(1900, 1, 2), datetime(2100, 12, 30)), st.integers(-840, 840))  # noqa: DTZ001 - the zone follows
def test_every_rfc_3339_time_is_read_back(naive: datetime, offset: int) -> None:
    at = naive.replace(tzinfo=timezone(timedelta(minutes=offset)))
    assert moment(at.isoformat()).value == at
    assert day(at.isoformat()).value == at.date()


@pytest.mark.parametrize(
    ("written", "code"),
    [("soon", "not_a_date"), ("2012-02-30", "not_a_date"), (True, "not_a_date"), (7, "not_a_date"), ("1666-09-02", "date_out_of_range"),
     ("2101-01-01", "date_out_of_range"), ("0001-01-01T00:00:00+14:00", "date_out_of_range"), (["2012-07-10"], "not_a_date")],
)  # fmt: skip
def test_days_of_other_centuries_and_no_days_are_doubted(written: Any, code: str) -> None:
    value, doubt = day(written)
    assert value is None
    assert doubt is not None
    assert doubt.code == code


def test_a_day_that_can_be_read_two_ways_is_doubted_and_one_that_cannot_is_not() -> None:
    assert day("7/10/2012").doubt is not None
    assert day("25/12/2012") == (date(2012, 12, 25), None)
    assert day("7/7/2012").doubt is None


def test_states_become_codes_and_strangers_stay_as_written() -> None:
    written = ["ny", "new york", "N.Y.", "Quebec", "bavaria", None, ""]
    assert [state_code(value).value for value in written] == ["NY", "NY", "NY", "QC", "bavaria", None, None]


@pytest.mark.parametrize(
    ("city", "state", "country", "fits"),
    [("london", "NY", None, False), ("London", "KY", None, True), ("New York", "NY", "USA", True), ("Paris", "TX", None, True),
     ("Springfield", "NY", None, True), ("Chicago", "NY", None, False), (None, "NY", "Canada", False), ("Toronto", "ON", "Canada", True),
     (None, "NY", "United Kingdom", False), (None, "ON", "U.S.A.", False), ("london", None, "UK", True), ("london", "London", "UK", True)],
)  # fmt: skip
def test_a_state_that_lies_elsewhere_is_doubted(
    city: str | None,
    state: str | None,
    country: str | None,
    fits: bool,  # noqa: FBT001 - a parameter of the table above
) -> None:
    doubt = check_state(city, state, country).doubt
    assert (doubt is None) == fits
    assert doubt is None or doubt.code == "state_city_mismatch"


def test_genders() -> None:
    assert [gender(value).value for value in ("f", "Woman", "MALE", "Mr.", "nonbinary", "", None)] == [
        "FEMALE", "FEMALE", "MALE", "MALE", "OTHER", None, None,
    ]  # fmt: skip


@given(st.text() | st.text(st.characters(categories=["Cs", "Cc"])))
def test_clean_text_fits_into_a_table(text: str) -> None:
    cleaned = clean(text)
    assert "\x00" not in cleaned
    assert cleaned.encode().decode() == cleaned
    assert clean(cleaned) == cleaned


@given(st.text())
def test_identifiers_fit_into_an_index_and_stay_apart(text: str) -> None:
    found = identifier(text)
    assert found is None or len(found.encode()) <= 200
    long = identifier(text + "x" * 500)
    assert long is not None
    assert long != identifier(text + "x" * 501)


def test_long_text_is_cut_with_a_doubt() -> None:
    value, doubt = text_of("y" * 300)
    assert value == "y" * 200
    assert doubt is not None


def test_whole_numbers() -> None:
    assert [whole_number(value).value for value in (3, "4", "1,000", 2.0, 2.5, 2**40, True, "many", None)] == [
        3, 4, 1000, 2, None, None, None, None, None,
    ]  # fmt: skip
