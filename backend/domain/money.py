"""Money is an integer number of cents inside and a decimal string outside."""

from decimal import Decimal


def decimal_string(cents: int) -> str:
    """Answer cents as a decimal string with two places: 8900 → "89.00"."""
    return f"{Decimal(cents) / 100:.2f}"
