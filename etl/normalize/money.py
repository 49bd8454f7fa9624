"""Money to integer cents, exactly: decimal arithmetic only, never binary floats."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from etl.normalize.understood import UNKNOWN, Understood, doubtful

_MAX_CENTS = 10**15
_AMOUNT = re.compile(r"[^\d(+.,-]{0,6}\(?([+-]?)\s*[^\d.,+-]{0,6}(\d[\d.,' ]*|[.,]\d+)\s*[^\d]{0,6}", re.ASCII)
_MAX_CHARS = 40


def cents(value: Any) -> Understood[int]:
    """Answer the integer cents of an amount: a decimal string, an int, or a float taken by its shortest spelling.

    More than two decimals are rounded half up, with a doubt. `"89,00"`, `"$1,234.50"`, `"(12.00)"` (negative) and
    `{"amount": "89.00", "currency": "USD"}` are understood.
    """
    if isinstance(value, dict):
        value = value.get("amount", value.get("value"))
    amount = _decimal(value)
    if amount is None:
        return UNKNOWN if value is None or value == "" else doubtful("not_money", f"{value!r:.80} is not an amount")
    in_cents = amount * 100
    if abs(in_cents) > _MAX_CENTS:
        return doubtful("out_of_range", f"{value!r:.80} is larger than any amount here")
    whole = int(in_cents.to_integral_value(ROUND_HALF_UP))
    if whole != in_cents:
        return doubtful("rounded", f"{value!r:.80} has fractions of a cent: taken as {whole} cents", whole)
    return Understood(whole)


def whole_cents(value: Any) -> Understood[int]:
    """Answer an amount that is sent in cents already."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MAX_CENTS:
        return Understood(value)
    return doubtful("not_money", f"{value!r:.80} is not a whole number of cents")


def share_out(total: int, weights: Sequence[int]) -> list[int]:
    """Split an amount in proportion to the weights so that the parts add up to it, to the cent.

    The largest remainders get the cents left over, the earlier part first; without weights all parts are alike.
    """
    if len(weights) == 1:
        return [total]
    if min(weights, default=0) < 0 or sum(weights) == 0:
        weights = [1] * len(weights)
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    left = total - sum(parts)
    if left:
        remainders = [total * weight % whole for weight in weights]
        for i in sorted(range(len(parts)), key=lambda i: (-remainders[i], i))[:left]:
            parts[i] += 1
    return parts


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        if isinstance(value, int):
            return Decimal(value) if abs(value) <= _MAX_CENTS else Decimal(_MAX_CENTS)
        if isinstance(value, float):
            amount = Decimal(repr(value))
            return amount if amount.is_finite() else None
        return _spelled(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None


def _spelled(text: str) -> Decimal | None:
    text = text.strip()
    found = _AMOUNT.fullmatch(text) if len(text) <= _MAX_CHARS else None
    if found is None:
        return None
    sign, digits = found[1], found[2].rstrip(" .,'").replace(" ", "").replace("'", "")
    amount = Decimal(_point(digits))
    return -amount if sign == "-" or text.startswith("(") or text.replace("$", "").startswith("-") else amount


def _point(digits: str) -> str:
    """Write the decimal separator as a point: a last comma before other than three digits is one."""
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma > point and (len(digits) - comma - 1 != len("000") or point >= 0):
        return digits.replace(".", "").replace(",", ".")
    if point > comma and digits.count(".") > 1:
        return digits.replace(".", "")
    return digits.replace(",", "")
