"""What the manager has chosen, as it stands in the address: a link brings anybody to the same view."""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from backend.analytics.board import PRESETS, BoardView

_LONGEST = 200


def read_view(parameters: Mapping[str, str]) -> BoardView:
    """Read the view from the address; what can't be read is left at its default: an old link still opens."""
    preset = parameters.get("range", "")
    return BoardView(
        preset=preset if preset in PRESETS else "70d",
        compare=parameters.get("compare") != "0",
        category=_text(parameters, "category"),
        region=_text(parameters, "region"),
        product_id=_text(parameters, "product"),
        day=_day(parameters.get("day")),
    )


def _text(parameters: Mapping[str, str], name: str) -> str | None:
    value = parameters.get(name, "")[:_LONGEST].replace("\0", "")
    return value or None


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return day if day and date(2000, 1, 1) <= day <= date(2100, 1, 1) else None


def address(view: BoardView, path: str = "/dashboard", **changes: Any) -> str:
    """Answer the address of this view with some choices changed; defaults are left out, so that it stays short."""
    changed = replace(view, **changes)
    default = BoardView()
    names = {"preset": "range", "product_id": "product"}
    chosen = {
        names.get(field.name, field.name): _written(getattr(changed, field.name))
        for field in fields(BoardView)
        if getattr(changed, field.name) != getattr(default, field.name)
    }
    return f"{path}?{urlencode(chosen)}" if chosen else path


def toggled(view: BoardView, **chosen: Any) -> str:
    """Answer the address with these choices made, or taken back where they all stand already."""
    stands = all(getattr(view, name) == value for name, value in chosen.items())
    return address(view, **(dict.fromkeys(chosen) if stands else chosen))


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.isoformat() if isinstance(value, date) else str(value)
