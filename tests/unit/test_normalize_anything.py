"""Whatever JSON comes in, it is folded: nothing raises, nothing is too large for a column."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Integer

from backend.domain.events import RevisionKind
from etl.load.statements import PLANS
from etl.normalize import fields
from etl.normalize.fold import fold
from etl.normalize.note_rows import read_notes
from etl.normalize.references import channel_row, product_row
from etl.normalize.state import CustomerState
from tests.journals import CUSTOMER, WordReader, entry

_VOCABULARY = sorted(
    {*fields.CUSTOMER, *fields.ORDER, *fields.PAYMENT, *fields.TRANSACTION, *fields.LINE, *fields.NOTE, *fields.PRODUCT}
    | fields.COMMENTS | fields.LINES | fields.TEXTS | fields.ORDERS | fields.PRODUCTS | fields.TRANSACTIONS | fields.OTHERS
    | set(fields.FIRST_OF) | {"aliases", "amount", "$where", "a.b", "", "0", "~", "k" * 3000, "nul\x00", "/"}
)  # fmt: skip
_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["2026-11-01", "12.50", "9" * 40, "x" * 3000, "-", "0", "99999999999", "1e400", "\x00", "Powerbars"]
    )
)
_json = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_VOCABULARY), inner, max_size=4),
    max_leaves=25,
)
_objects = st.dictionaries(st.sampled_from(_VOCABULARY), _json, max_size=6)
_LARGEST: dict[type, int] = {Integer: 2**31, BigInteger: 2**63}


@given(st.lists(st.tuples(st.sampled_from(list(RevisionKind)), _objects), min_size=1, max_size=4))
@settings(max_examples=400, deadline=None)
def test_any_json_can_be_folded_and_fits_into_the_tables(writes: list[tuple[RevisionKind, dict[str, Any]]]) -> None:
    journal = [entry(kind, payload, revision) for revision, (kind, payload) in enumerate(writes, start=1)]
    state = fold(CustomerState(CUSTOMER), journal, WordReader())
    read_notes([state], WordReader())
    for plan in PLANS:
        for row in plan.held(state).values():
            for column, value in zip(plan.table.columns, row, strict=True):
                assert column.nullable or value is not None, column
                if isinstance(value, int) and not isinstance(value, bool):
                    assert abs(value) < _LARGEST.get(type(column.type), 2**63), column
                if isinstance(value, str):
                    assert "\x00" not in value.encode().decode()
            key = row[: plan.n_key]
            assert sum(len(str(part).encode()) for part in key) < 2600, "a key must fit into an index page"


@given(_objects)
@settings(max_examples=200, deadline=None)
def test_any_reference_can_be_read(payload: dict[str, Any]) -> None:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    product, channel = product_row(payload, at), channel_row(payload, at)
    assert product is None or product.productid
    assert channel is None or channel.store_id


def test_names_of_monstrous_length_still_make_keys_that_fit() -> None:
    monster = "k\x00" * 3000
    payload = {
        "orders": {monster: {"status": "open", "comments": "boots"}},
        "notes": [],
        monster: {"note": "boots", "dob": "?"},
    }
    state = fold(
        CustomerState(CUSTOMER),
        [entry(RevisionKind.DOCUMENT, {**payload, "transactions": {monster: {}}})],
        WordReader(),
    )
    keys = [row[: plan.n_key] for plan in PLANS for row in plan.held(state).values()]
    assert len(keys) > 5
    assert all(sum(len(str(part).encode()) for part in key) < 2600 and "\x00" not in str(key) for key in keys)
