"""The filter operators of Cube, as SQL conditions with bound values."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, false, literal, or_, true

from backend.analytics.kinds import Format, MemberType
from backend.analytics.periods import Period, resolve
from backend.analytics.shape import Condition, refuse

_CENTS = 100
_MAX_VALUES = 1_000


@dataclass(frozen=True, slots=True)
class Target:
    """What a filter is about: the expression as the caller may see it, with its type and format."""

    expression: ColumnElement[Any]
    type: MemberType
    format: Format


def condition_of(target: Target, asked: Condition, now: datetime, timezone: str) -> ColumnElement[bool]:
    """Compile one filter; raises InvalidInputError with the pointer of the part that can't be taken."""
    expression, type_ = target.expression, target.type
    if asked.operator in {"set", "notSet"}:
        return expression.is_not(None) if asked.operator == "set" else expression.is_(None)
    if not asked.values or len(asked.values) > _MAX_VALUES:
        raise refuse(f"{asked.pointer}/values", f"Give 1 to {_MAX_VALUES} values")
    if asked.operator in _TEXT:
        return _text_condition(expression, asked)
    if asked.operator in _TIME:
        if type_ is not MemberType.TIME:
            raise refuse(f"{asked.pointer}/operator", f"{asked.operator} is for times; {asked.member} is a {type_}")
        return _time_condition(expression, asked, now, timezone)
    if asked.operator in {"equals", "notEquals"}:
        return _equality(target, asked, now, timezone)
    if asked.operator in _ORDER:
        is_time = type_ is MemberType.TIME
        bound = _period(asked, now, timezone).start if is_time else _number(asked, 0, target.format)
        return _ORDER[asked.operator](expression, literal(bound))
    known = ", ".join(["equals", "notEquals", "set", "notSet", *_TEXT, *_ORDER, *_TIME])
    raise refuse(f"{asked.pointer}/operator", f"Unknown operator {asked.operator[:40]}; known are {known}")


def _equality(target: Target, asked: Condition, now: datetime, timezone: str) -> ColumnElement[bool]:
    expression = target.expression
    present = [position for position, value in enumerate(asked.values) if value is not None]
    match target.type:
        case MemberType.NUMBER:
            values: list[object] = [_number(asked, position, target.format) for position in present]
        case MemberType.BOOLEAN:
            values = [_boolean(asked, position) for position in present]
        case MemberType.TIME:
            values = [_period(asked, now, timezone, position).start for position in present]
        case _:
            values = [asked.values[position] for position in present]
    same: ColumnElement[bool] = expression.in_(values) if values else false()
    if len(present) < len(asked.values):
        same = or_(same, expression.is_(None))
    if asked.operator == "equals":
        return same
    different = expression.not_in(values) if values else true()
    # A row without a value is different from every value: SQL's three-valued logic would drop it.
    return (
        or_(different, expression.is_(None))
        if len(present) == len(asked.values)
        else and_(different, expression.is_not(None))
    )


def _number(asked: Condition, position: int, format_: Format) -> Decimal:
    value = asked.values[position]
    try:
        number = Decimal(value or "")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > 18:  # noqa: PLR2004 - what a bigint holds
        raise refuse(f"{asked.pointer}/values/{position}", f"{asked.member} is a number")
    return number * _CENTS if format_ is Format.CURRENCY else number


def _boolean(asked: Condition, position: int) -> bool:
    value = asked.values[position]
    if value not in {"true", "false"}:
        raise refuse(f"{asked.pointer}/values/{position}", f"{asked.member} is true or false")
    return value == "true"


def _period(asked: Condition, now: datetime, timezone: str, position: int = 0) -> Period:
    return resolve(asked.values[position] or "", now, timezone, f"{asked.pointer}/values/{position}")


def _literally(value: str | None) -> str:
    return (value or "").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _text_condition(expression: ColumnElement[Any], asked: Condition) -> ColumnElement[bool]:
    template, negated = _TEXT[asked.operator]
    text = cast(expression, String)
    found = or_(*(text.ilike(template.format(_literally(value)), escape="\\") for value in asked.values))
    return or_(~found, text.is_(None)) if negated else found


def _time_condition(
    expression: ColumnElement[Any], asked: Condition, now: datetime, timezone: str
) -> ColumnElement[bool]:
    if asked.operator in {"inDateRange", "notInDateRange"}:
        words = asked.values[0] or ""
        span = resolve(
            (words, asked.values[1] or "") if len(asked.values) > 1 else words,
            now,
            timezone,
            f"{asked.pointer}/values",
        )
        inside = and_(expression >= literal(span.start), expression < literal(span.end))
        return inside if asked.operator == "inDateRange" else or_(~inside, expression.is_(None))
    period = _period(asked, now, timezone)
    return _TIME[asked.operator](expression, period)


_TEXT: dict[str, tuple[str, bool]] = {
    "contains": ("%{}%", False),
    "notContains": ("%{}%", True),
    "startsWith": ("{}%", False),
    "notStartsWith": ("{}%", True),
    "endsWith": ("%{}", False),
    "notEndsWith": ("%{}", True),
}
_ORDER: dict[str, Callable[[ColumnElement[Any], ColumnElement[Any]], ColumnElement[bool]]] = {
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
}
_TIME: dict[str, Callable[[ColumnElement[Any], Period], ColumnElement[bool]]] = {
    "beforeDate": lambda left, period: left < literal(period.start),
    "beforeOrOnDate": lambda left, period: left < literal(period.end),
    "afterDate": lambda left, period: left >= literal(period.end),
    "afterOrOnDate": lambda left, period: left >= literal(period.start),
    "inDateRange": lambda left, period: left >= literal(period.start),
    "notInDateRange": lambda left, period: left < literal(period.start),
}
