"""The clock is handed in, so that a test can hold it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Answers the time now, aware, in UTC."""


def utc_now() -> datetime:
    """Answer the time now, aware, in UTC."""
    return datetime.now(UTC)
