"""Columns spelled as array literals are what PostgreSQL reads back."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Engine

from backend.warehouse.driver import driver
from etl.load.arrays import array_literal

HARD = [
    "",
    "a",
    'say "no"',
    "back\\slash",
    '\\"',
    "{1,2}",
    "NULL",
    "null",
    "a,b",
    " padded ",
    "tab\tnew\nline",
    "é漢🎿",
    "'",
]


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("text", HARD),
        ("text", []),
        ("bigint", [0, -5, 2**62]),
        ("date", [date(1900, 1, 1), date(2100, 12, 31)]),
        (
            "timestamptz",
            [datetime(2026, 11, 22, 5, tzinfo=UTC), datetime(1999, 1, 1, tzinfo=timezone(timedelta(hours=-3)))],
        ),
    ],
)
def test_every_value_comes_back(engine: Engine, kind: str, column: Sequence[Any]) -> None:
    with engine.connect() as connection:
        found = driver(connection).execute(f"SELECT %s::{kind}[]".encode(), (array_literal(column),)).fetchone()
    assert found is not None
    assert found[0] == list(column)


def test_documents_of_any_numbers_are_taken(engine: Engine) -> None:
    extra = {"/long": 2**80, "/none": None, "/text": "é"}
    with engine.connect() as connection:
        for value in (extra, {}):
            assert driver(connection).execute("SELECT %s", (value,)).fetchone() == (value,)
