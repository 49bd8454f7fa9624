"""Free-form JSON: what is taken says the same to every reader; what is not is refused with its place."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import FloorbookError, InvalidInputError, MalformedJsonError
from backend.domain.free_form import DEEPEST, parse_object, pointer_step

KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\0.$"), max_size=6)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=4),
    max_leaves=20,
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=5)


def _verdict(body: bytes) -> str | int:
    try:
        parse_object(body)
    except FloorbookError as error:
        return error.status
    return "taken"


@given(OBJECTS)
def test_takes_every_plain_object_as_it_is(document: dict[str, Any]) -> None:
    assert parse_object(orjson.dumps(document)) == document
    assert parse_object(json.dumps(document, indent=2).encode()) == document


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused_in_words(body: bytes) -> None:
    assert _verdict(body) in {"taken", 400, 422}


@given(OBJECTS, KEYS, VALUES, VALUES)
def test_a_key_that_comes_twice_is_found_wherever_it_is(outer: dict[str, Any], key: str, one: Any, two: Any) -> None:
    name = json.dumps(key)
    inner = f"{{{name}: {json.dumps(one)}, {name}: {json.dumps(two)}}}"
    body = f'{{"outer": {json.dumps(outer)}, "list": [0, {inner}]}}'.encode()
    with pytest.raises(MalformedJsonError) as refused:
        parse_object(body)
    assert refused.value.faults[0].pointer == "/list/1" + pointer_step(key)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": "\\ud800"}',
        b'{"a": "\xff"}',
        b'{"a": 1',
        b"",
        b"\xef\xbb\xbf{}",
        b'{"a": 1} {"b": 2}',
        b'{"a": 01}',
        b"{'a': 1}",
    ],
)
def test_what_is_no_json_is_refused_as_such(body: bytes) -> None:
    with pytest.raises(MalformedJsonError):
        parse_object(body)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"$where": "1"}', "/$where"),
        (b'{"a": {"$set": {"b": 1}}}', "/a/$set"),
        (b'{"a.b": 1}', "/a.b"),
        (b'{"a": [{"x/y": {"b.c": 1}}]}', "/a/0/x~1y/b.c"),
        (b'{"a": "\\u0000"}', "/a"),
        (b'{"a\\u0000b": 1}', "/a\0b"),
        (b'{"a": 9223372036854775808}', "/a"),
        (b'{"a": -9223372036854775809}', "/a"),
        (b'{"a": [100000000000000000000000000000]}', "/a/0"),
        (b"[]", ""),
        (b'"text"', ""),
        (b"null", ""),
    ],
)
def test_what_cannot_be_stored_is_refused_with_its_place(body: bytes, pointer: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_object(body)
    assert refused.value.faults[0].pointer == pointer


def test_a_large_float_is_no_large_integer() -> None:
    assert parse_object(b'{"a": 1e30, "b": -1.5e300}') == {"a": 1e30, "b": -1.5e300}


def test_a_number_beyond_all_floats_is_refused() -> None:
    with pytest.raises(FloorbookError):
        parse_object(b'{"a": 1e400}')


def test_the_deepest_level_is_taken_and_the_next_is_not() -> None:
    assert parse_object(b'{"a":' + b"[" * (DEEPEST - 1) + b"]" * (DEEPEST - 1) + b"}")
    with pytest.raises(InvalidInputError):
        parse_object(b'{"a":' + b"[" * DEEPEST + b"]" * DEEPEST + b"}")


def test_brackets_in_texts_are_no_depth() -> None:
    assert parse_object(orjson.dumps({"a": "[{" * 500, "b": '\\"[' * 500}))


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 2_000_000,
        b'{"a":' * 400_000,
        b'{"a":["' + b'\\"' * 1_000_000,
        b'{"a":[' + b"[]," * 600_000 + b"[]]}",
        b'"' * 2_000_000,
    ],
)
@pytest.mark.timeout(60)
def test_two_megabytes_of_malice_cost_no_more_than_their_length(body: bytes) -> None:
    """A byte tried twice for each that follows would take days; a minute is a busy machine's second."""
    assert _verdict(body) in {"taken", 400, 422}


def test_many_faults_are_told_at_once_but_not_without_end() -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_object(orjson.dumps({f"${n}": n for n in range(100)}))
    assert len(refused.value.faults) == 20
