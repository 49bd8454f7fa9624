"""Free-form documents of any nesting and spelling → a customer's row, with nothing dropped."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.normalize.documents import take_apart
from etl.normalize.fold import fold
from etl.normalize.note_rows import read_notes
from etl.normalize.rows import CustomerRow
from etl.normalize.state import CustomerState
from etl.normalize.values import clean
from tests.journals import CUSTOMER, HOMESTEAD, WordReader, document, note


def state_of(payload: dict[str, Any]) -> CustomerState:
    state = fold(CustomerState(CUSTOMER), [document(payload)], WordReader())
    read_notes([state], WordReader())
    return state


def customer_of(payload: dict[str, Any]) -> CustomerRow:
    row = state_of(payload).customer
    assert row is not None
    return row


def test_the_homestead_document() -> None:
    state = state_of(dict(HOMESTEAD))
    row = state.customer
    assert row is not None
    assert (row.first_name, row.last_name, row.city, row.state) == ("Fama", "Stres", "london", "NY")
    assert (row.phone_number, row.last_interaction_on, row.extra) == ("3084328", date(2012, 7, 11), {})
    assert row.search_text == "fama stres london ski boots powerbars"
    assert [(p.name, p.product_id, p.pointer) for p in state.products.values()] == [
        ("Ski Boots", "P-BOOTS", "/products/0"),
        ("Powerbars", "P-BARS", "/products/1"),
    ]
    assert {o.order_id: (o.status, o.filed_on, o.ordered_at) for o in state.orders.values()} == {
        "15122": ("open", date(2012, 7, 10), datetime(2012, 7, 10, tzinfo=UTC)),
        "12920": ("closed", date(2012, 7, 1), datetime(2012, 7, 1, tzinfo=UTC)),
    }
    assert {n.note_id: (n.text, n.pointer, n.order_id, n.author_id) for n in state.notes.values()} == {
        "order:15122": ("Ship to my home address for the boots", "/orders/0/comments", "15122", "A-7"),
        "order:12920": ("Asked about women's small ski mask", "/orders/1/comments", "12920", "A-7"),
    }
    boots, mask = state.mentions["order:15122", 0], state.mentions["order:12920", 0]
    assert (boots.start, boots.end, boots.product_id) == (32, 37, "P-BOOTS")
    assert (mask.start, mask.end, mask.product_id, mask.pointer) == (30, 34, "P-MASK", "/orders/1/comments")
    assert [(w.source, w.pointer, w.code) for w in state.warnings.values()] == [
        ("document", "/address/state", "state_city_mismatch")
    ]


_SPELLINGS: list[tuple[str, Any, str, Any]] = [
    ("first_name", "Ada", "first_name", "Ada"), ("First Name", "Ada", "first_name", "Ada"), ("given-name", "Ada", "first_name", "Ada"),
    ("SURNAME", "L", "last_name", "L"), ("sex", "f", "gender", "FEMALE"), ("cell_phone", "1", "phone_number", "1"),
    ("Email Address", "a@b.c", "email_id", "a@b.c"), ("DOB", "1990-02-01", "birth_date", date(1990, 2, 1)), ("age", "34", "age", 34),
    ("education", "MSc", "education_level", "MSc"), ("maritalStatus", "single", "marital_status", "single"),
    ("children", 2, "number_of_children", 2), ("customer_since", "2020-01-02", "register_date", date(2020, 1, 2)),
    ("jobTitle", "pilot", "occupation", "pilot"), ("annualIncome", "52,000.50", "annual_income_cents", 5200050),
    ("annual_income_cents", 5, "annual_income_cents", 5), ("hobbies", ["ski", "run"], "hobbies", "ski, run"),
    ("degreeOfLoyalty", "Switcher", "degree_of_loyalty", "Switcher"), ("socialClass", "Middle", "social_class", "Middle"),
    ("street", "1 Main", "mailing_street", "1 Main"), ("address", "1 Main, Rome", "mailing_street", "1 Main, Rome"), ("town", "Rome", "city", "Rome"),
    ("province", "ontario", "state", "ON"), ("countryCode", "US", "country", "US"), ("postal code", 10001, "zip_code", "10001"),
    ("lastVisit", "2026-01-02", "last_interaction_on", date(2026, 1, 2)), ("sales_associate", "A-9", "associate_id", "A-9"),
]  # fmt: skip


@pytest.mark.parametrize(("spelling", "value", "column", "expected"), _SPELLINGS)
def test_every_column_by_other_spellings(spelling: str, value: Any, column: str, expected: Any) -> None:
    row = customer_of({spelling: value})
    assert getattr(row, column) == expected
    assert row.extra == {}


@pytest.mark.parametrize(
    "column",
    [
        c
        for c in CustomerRow._fields
        if c
        not in {
            "customer_id",
            "store_id",
            "search_text",
            "extra",
            "updated_at",
            "revision",
            "source_kind",
            "pointer",
            "annual_income_cents",
        }
    ],
)
def test_every_column_by_its_own_name_at_any_depth(column: str) -> None:
    value = {"age": 7, "number_of_children": 1, "gender": "f", "state": "ny"}.get(column, "2020-01-02")
    top, deep = (
        customer_of({column: value}),
        customer_of({"profile": {"crm data": [], "details": {column.title(): value}}}),
    )
    assert getattr(top, column) is not None
    assert getattr(top, column) == getattr(deep, column)


def test_names_in_one_field_and_in_an_object() -> None:
    whole, parts = (
        customer_of({"name": "Ada King Lovelace"}),
        customer_of({"name": {"first": "Ada", "last": "Lovelace"}}),
    )
    assert (whole.first_name, whole.last_name) == ("Ada King", "Lovelace")
    assert (parts.first_name, parts.last_name) == ("Ada", "Lovelace")


def test_the_first_of_several_addresses_and_phones_counts_and_the_others_are_kept() -> None:
    row = customer_of(
        {"addresses": [{"city": "Rome"}, {"city": "Oslo"}], "phones": ["1", "2"], "emails": [{"address": "a@b.c"}]}
    )
    assert (row.city, row.phone_number, row.email_id) == ("Rome", "1", "a@b.c")
    assert row.extra == {"/addresses/1/city": "Oslo", "/phones/1": "2"}


def test_what_is_nearer_to_the_root_wins_and_the_other_is_kept() -> None:
    row = customer_of({"contact": {"email": "deep@b.c"}, "email": "near@b.c", "mail": "other@b.c"})
    assert row.email_id == "near@b.c"
    assert row.extra == {"/contact/email": "deep@b.c", "/mail": "other@b.c"}


def test_other_people_and_things_are_not_the_customer() -> None:
    row = customer_of({"spouse": {"first_name": "Bob"}, "store": {"city": "Oslo"}, "billing_address": {"city": "Rome"}})
    assert (row.first_name, row.city) == (None, None)
    assert row.extra == {"/spouse/first_name": "Bob", "/store/city": "Oslo", "/billing_address/city": "Rome"}


def test_what_cannot_be_read_is_kept_with_a_warning() -> None:
    state = state_of({"dob": "in spring", "annual_income": "plenty"})
    assert state.customer is not None
    assert (state.customer.birth_date, state.customer.annual_income_cents) == (None, None)
    assert state.customer.extra == {"/dob": "in spring", "/annual_income": "plenty"}
    assert {(w.pointer, w.code) for w in state.warnings.values()} == {
        ("/dob", "not_a_date"),
        ("/annual_income", "not_money"),
    }


def test_the_journal_says_whose_the_document_is_and_where() -> None:
    state = state_of({"customerId": "somebody else", "store_id": "S-9"})
    assert state.customer is not None
    assert (state.customer.customer_id, state.customer.store_id) == (CUSTOMER, "S-1")
    assert state.customer.extra == {"/customerId": "somebody else", "/store_id": "S-9"}
    assert {w.code for w in state.warnings.values()} == {"customer_id_mismatch", "store_id_mismatch"}


def test_products_in_words_that_the_catalogue_does_not_have() -> None:
    state = state_of({"products": ["Glow  Stick!", {"name": "Powerbars", "size": 9}, {"product_id": "P-X"}, 12]})
    assert [(p.name, p.product_id, p.confidence) for p in state.products.values()] == [
        ("Glow  Stick!", "unlisted:glow-stick", None), ("Powerbars", "P-BARS", 1.0), ("P-X", "P-X", 1.0),
    ]  # fmt: skip
    assert state.customer is not None
    assert state.customer.extra == {"/products/1/size": 9, "/products/3": 12}
    assert {"unlisted:glow-stick", "P-X"} <= set(state.stubs)


def test_notes_that_stand_in_the_document_itself() -> None:
    state = state_of(
        {"notes": ["the boots", {"id": "k", "text": "a mask", "date": "2026-11-01", "mood": "up"}], "Remark": "boots"}
    )
    assert {n.note_id: (n.text, n.pointer) for n in state.notes.values()} == {
        "document:/notes/0": ("the boots", "/notes/0"),
        "document:k": ("a mask", "/notes/1/text"),
        "document:/Remark": ("boots", "/Remark"),
    }
    assert state.notes["document:k"].written_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert state.notes["document:k"].extra == {"/mood": "up"}


def test_a_posted_note_keeps_what_it_says_beyond_its_columns() -> None:
    state = fold(
        CustomerState(CUSTOMER),
        [note({"note_id": "n", "text": "hi", "written_at": "2026-11-01T10:00:00Z", "tags": ["a"]})],
        WordReader(),
    )
    found = state.notes["n"]
    assert (found.pointer, found.written_at, found.author_id, found.extra) == (
        "/text",
        datetime(2026, 11, 1, 10, tzinfo=UTC),
        "A-7",
        {"/tags/0": "a"},
    )


_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
_FIELD_NAMES = [
    "firstname",
    "phone",
    "email",
    "address",
    "city",
    "name",
    "phones",
    "spouse",
    "state",
    "children",
    "dob",
    "sex",
    "age",
    "income",
    "zip",
    "loyalty",
    "register_date",
    "store_id",
]


@given(st.dictionaries(st.sampled_from(_FIELD_NAMES) | st.text(max_size=8), _json, max_size=6))
@example({"sex": [None, False]})
@settings(max_examples=300, deadline=None)
def test_no_leaf_of_a_document_is_dropped(payload: dict[str, Any]) -> None:
    parts = take_apart(payload)
    inside = {part.pointer for several in parts.sections.values() for part in several}
    held = {*parts.extra, *parts.pointers.values(), *inside}
    for pointer, value in leaves("", payload):
        if value not in (None, "") and not str(value).isspace():
            stored = clean(pointer)  # as PostgreSQL can hold it
            assert any(stored == clean(known) or stored.startswith(f"{clean(known)}/") for known in held), pointer


def leaves(at: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        return [
            leaf
            for k, v in value.items()
            for leaf in leaves(f"{at}/{k.replace('~', '~0').replace('/', '~1')}".replace("\x00", "\ufffd"), v)
        ]
    if isinstance(value, list) and value:
        return [leaf for i, v in enumerate(value) for leaf in leaves(f"{at}/{i}", v)]
    return [(at, value)] if value not in ([], {}) else []
