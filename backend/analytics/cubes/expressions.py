"""Expressions that several cubes build upon."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Numeric, case, cast, extract, func

from backend.analytics.kinds import AS_OF

_HUNDRED = 100


def total(cents: ColumnElement[Any]) -> ColumnElement[Any]:
    """Sum, 0 over no rows; a whole number of 64 bits."""
    return cast(func.coalesce(func.sum(cents), 0), BigInteger)


def mean(cents: ColumnElement[Any]) -> ColumnElement[Any]:
    """Mean of what is there; NULL over no rows."""
    return func.avg(cast(cents, Numeric))


def share(part: ColumnElement[Any], whole: ColumnElement[Any]) -> ColumnElement[Any]:
    """Answer 100 * part / whole, NULL where the whole is nothing."""
    return _HUNDRED * cast(part, Numeric) / func.nullif(whole, 0)


def count_where(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    """Count the rows for which the condition holds."""
    return func.count(case((condition, 1)))


def age_as_of(birth_date: ColumnElement[Any], age_as_sent: ColumnElement[Any]) -> ColumnElement[Any]:
    """Whole years from the birth date to the query; the age as sent where no birth date is known."""
    from_birth = cast(extract("year", func.age(func.timezone("UTC", AS_OF), birth_date)), Integer)
    return func.coalesce(from_birth, age_as_sent)
