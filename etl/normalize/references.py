"""Products and channels as they are imported → rows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from etl.normalize import fields
from etl.normalize.fields import token
from etl.normalize.objects import extract
from etl.normalize.rows import ChannelRow, ProductRow
from etl.normalize.values import clean, identifier


def product_row(payload: Mapping[str, Any], at: datetime) -> ProductRow | None:
    """Answer the row of a product of the catalogue; None where the payload names no product."""
    aliases_key = next((name for name in payload if token(name) in fields.ALIASES), None)
    found = extract(payload, fields.PRODUCT, "", skip=() if aliases_key is None else (aliases_key,))
    said: dict[str, Any] = {name: found.said.get(name) for name in ProductRow._fields}
    if said["productid"] is None:
        return None
    said |= {
        "productname": said["productname"] or said["productid"],
        "aliases": _aliases(payload[aliases_key]) if aliases_key is not None else [],
        "listed": True,
        "extra": found.extra,
        "updated_at": at,
    }
    return ProductRow(**said)


def channel_row(payload: Mapping[str, Any], at: datetime) -> ChannelRow | None:
    """Answer the row of a store or platform; None where the payload names none."""
    found = extract(payload, fields.CHANNEL, "")
    said: dict[str, Any] = {name: found.said.get(name) for name in ChannelRow._fields}
    if identifier(said["store_id"]) is None:
        return None
    return ChannelRow(**{**said, "extra": found.extra, "updated_at": at})


def _aliases(value: Any) -> list[str]:
    """Answer other names, from a list or from one text with `;`, `|` or commas between them."""
    if isinstance(value, str):
        value = value.replace("|", ";").replace(",", ";").split(";")
    parts = value if isinstance(value, list) else []
    return [clean(part).strip() for part in parts if isinstance(part, str) and part.strip()]
