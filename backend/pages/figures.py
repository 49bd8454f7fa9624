"""Numbers as people read them, and their shapes as SVG. Pure."""

import math
from collections.abc import Sequence
from decimal import Decimal

HEAT_LEVELS = 9
_UNITS = ((Decimal(1_000_000_000), "B"), (Decimal(1_000_000), "M"), (Decimal(10_000), "k"))
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}
_SPARK_WIDTH, _SPARK_HEIGHT, _SPARK_MARGIN = 100, 28, 2


def short_money(value: Decimal | None, currency: str | None, *, cents: bool = True) -> str:
    """Write money in four characters or so: $5.83M, $371k, $83.20."""
    if value is None:
        return "–"
    symbol = _SYMBOLS.get(currency or "", "")
    sign = "-" if value < 0 else ""
    size = abs(value)
    for least, letter in _UNITS:
        if size >= least:
            scaled = size / (least if letter != "k" else Decimal(1000))
            return f"{sign}{symbol}{_three_digits(scaled)}{letter}"
    return f"{sign}{symbol}{size:,.0f}" if size >= 1000 or not cents else f"{sign}{symbol}{size:,.2f}"  # noqa: PLR2004 - no cents


def _three_digits(value: Decimal) -> str:
    hundred, ten = 100, 10
    return f"{value:.0f}" if value >= hundred else f"{value:.1f}" if value >= ten else f"{value:.2f}"


def full_money(value: Decimal | None, currency: str | None) -> str:
    """Write money to the cent with its currency: 5,834,120.50 USD."""
    return "unknown" if value is None else f"{value:,.2f} {currency or 'in several currencies'}"


def count(value: Decimal | int | None) -> str:
    """Write a count: 70,287."""
    return "–" if value is None else f"{value:,.0f}"


def percent(value: Decimal | None) -> str:
    """Write a percentage: 12.4%."""
    return "–" if value is None else f"{value:.1f}%"


def direction(change: Decimal | None) -> str:
    """Say up, down or level, for the arrow and its color; level too where the change rounds to nothing."""
    if change is None or abs(change) < Decimal("0.05"):
        return "level"
    return "up" if change > 0 else "down"


def spark(values: Sequence[Decimal | None]) -> str:
    """Answer the points of an SVG polyline over a 100 x 28 box; gaps are drawn through."""
    known = [(position, value) for position, value in enumerate(values) if value is not None]
    if not known:
        return ""
    lowest, highest = min(value for _, value in known), max(value for _, value in known)
    span = (highest - lowest) or Decimal(1)
    step = Decimal(_SPARK_WIDTH) / max(len(values) - 1, 1)
    height = _SPARK_HEIGHT - 2 * _SPARK_MARGIN
    ground = (
        lowest if highest > lowest or not highest else lowest - Decimal("0.5")
    )  # nothing lies low, a level in the middle
    return " ".join(
        f"{step * position:.1f},{_SPARK_MARGIN + height * (1 - (value - ground) / span):.1f}"
        for position, value in known
    )


def heat(value: Decimal | int | None, highest: Decimal | int) -> int:
    """Answer the shade, 0 (nothing) to 9 (the highest), by the square root: small ones can still be told apart."""
    if not value or value < 0 or not highest:
        return 0
    share = float(value) / float(highest)
    return max(1, round(math.sqrt(share) * HEAT_LEVELS))


def sale(amount: str, currency: str | None) -> str:
    """Write one sale: $349, with cents only where there are any."""
    value = Decimal(amount)
    return f"{_SYMBOLS.get(currency or '', '')}{value:,.0f}" if value == int(value) else short_money(value, currency)
