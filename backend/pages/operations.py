"""The operator's page: what the templates ask of the figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

_STEPS = {"extracted": "read", "loaded": "in the tables", "ranked": "suggested", "pushed": "on the phone"}
_STATES = {"failed": "bad", "warned": "warn", "passed": "good", "running": "", "succeeded": "good"}


def seconds(value: float | None) -> str:
    """Write a length of time in the unit that suits it."""
    if value is None:
        return "–"
    for limit, unit, by in ((1, "ms", 0.001), (120, "s", 1), (7200, "min", 60), (172_800, "h", 3600)):
        if value < limit:
            return f"{value / by:,.0f} {unit}" if by != 1 or value >= 10 else f"{value:.1f} s"  # noqa: PLR2004
    return f"{value / 86_400:,.0f} days"


def age(at: datetime | None, now: datetime) -> str:
    """Say how long ago something was."""
    return "never" if at is None else f"{seconds(max(0.0, (now - at).total_seconds()))} ago"


def step_name(step: str) -> str:
    """Answer what a step is called on the page."""
    return _STEPS[step]


def tone(state: str | None) -> str:
    """Answer the class of a state's mark."""
    return _STATES.get(state or "", "")


def state_of(check: Mapping[str, Any]) -> str:
    """Answer a check's state; results of older versions say only whether it passed."""
    return str(check["state"] or ("passed" if check["passed"] else "failed"))


def number(value: float | None, unit: str) -> str:
    """Write a measured value."""
    if value is None:
        return "–"
    digits = 0 if abs(value) >= 100 or value == int(value) else 2 if unit == "%" else 1  # noqa: PLR2004
    return f"{value:,.{digits}f} {unit}"


def bound(level: Mapping[str, Any]) -> str:
    """Say what a service level promises."""
    if level["most"] is not None:
        return f"≤ {level['most']:g} {level['unit']}"
    return f"≥ {level['least']:g} {level['unit']}"


def history_bars(results: Sequence[Mapping[str, Any]]) -> list[tuple[int, str, str]]:
    """Answer for each result, oldest first, its place, the class of its mark, and what it says."""
    return [(place, tone(state_of(one)), _said(one)) for place, one in enumerate(reversed(results))]


def _said(result: Mapping[str, Any]) -> str:
    return f"{result['checked_at']:%b %-d, %H:%M}: {state_of(result)}, {result['n_failed']} of {result['n_checked']}"
