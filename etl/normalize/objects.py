"""Read one flat object (an order, a line, a payment, a product …) by a table of fields; nothing is dropped."""

import math
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from etl.normalize.fields import Field, token
from etl.normalize.understood import Doubt
from etl.normalize.values import clean

_MAX_POINTER = 400
_EXACT_FLOATS = 1e15
_ADDRESSES = frozenset({"address", "shippingaddress", "billingaddress", "shipto", "billto", "storeaddress"})
_MONEY = frozenset({"amount", "currency", "currency_code"})
_THINGS = frozenset({"product", "item"})


class Doubtful(NamedTuple):
    """A doubt and the place that it is about."""

    pointer: str
    doubt: Doubt


class Extract(NamedTuple):
    """What an object says, by column; what no column stands for, by JSON pointer; and what is doubtful."""

    said: dict[str, Any]
    extra: dict[str, Any]
    doubts: list[Doubtful]


def escape(name: str) -> str:
    """Answer a name as it stands in a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1") if "~" in name or "/" in name else name


def extract(record: Mapping[str, Any], fields: Mapping[str, Field], at: str, *, skip: Collection[str] = ()) -> Extract:
    """Read the fields of an object that stands at the pointer `at`; keys in `skip` are left to the caller.

    The best spelling of a column wins; the others, and values that can't be read, are kept in `extra`.
    """
    found = Extract({}, {}, [])
    said, extra, doubts = found
    held: dict[str, tuple[int, str, Any]] = {}
    for place, field, value in _fields_of(record, fields, skip):
        if field is None:
            keep(extra, at + place, value)
            continue
        column, convert, rank = field
        before = held.get(column)
        if before is not None and before[0] <= rank:
            keep(extra, at + place, value)
            continue
        meant, doubt = convert(_flat(value) if isinstance(value, dict) else value)
        if doubt is not None:
            doubts.append(Doubtful(at + place, doubt))
            keep(extra, at + place, value)
        if meant is None:
            keep_unread(extra, at + place, value)
            continue
        if before is not None:
            keep(extra, at + before[1], before[2])
        said[column] = meant
        held[column] = (rank, place, value)
    if not AMOUNTS.isdisjoint(said):
        _fold_cents(said)
    return found


def _fields_of(
    record: Mapping[str, Any], fields: Mapping[str, Field], skip: Collection[str]
) -> Iterator[tuple[str, Field | None, Any]]:
    """Answer each value with its field and its place within the object; objects within are opened.

    `{"shipping": {"method": …}}` is `shipping_method`.
    """
    for name, value in record.items():
        if name in skip:
            continue
        place, own = _spelled(name)
        if isinstance(value, dict) and value and own not in _ADDRESSES and not _is_money(value):
            for inner, within in value.items():
                inner_place, inner_own = _spelled(inner)
                field = fields.get(own + inner_own) or (fields.get(inner_own) if own in _THINGS else None)
                yield place + inner_place, field, within
        else:
            yield place, fields.get(own), value


@lru_cache(maxsize=8192)
def _spelled(name: str) -> tuple[str, str]:
    """Answer a name as one step of a JSON pointer, and as it is compared."""
    return f"/{escape(name)}", token(name)


def keep(extra: dict[str, Any], pointer: str, value: Any) -> None:
    """Keep a value that no column stands for, leaf by leaf, by its JSON pointer."""
    waiting = [(pointer, value)]
    while waiting:
        at, here = waiting.pop()
        if isinstance(here, dict) and here:
            waiting.extend((f"{at}/{escape(str(name))}", inner) for name, inner in here.items())
        elif isinstance(here, list) and here:
            waiting.extend((f"{at}/{i}", inner) for i, inner in enumerate(here))
        else:
            extra[clean(at)] = storable(here)


def keep_unread(extra: dict[str, Any], pointer: str, value: Any) -> None:
    """Keep a value that gave its column nothing, unless it says nothing: null, an empty or blank text, `[]`, `{}`."""
    if value not in (None, "", [], {}) and not (isinstance(value, str) and value.isspace()):
        keep(extra, pointer, value)


def short_pointer(pointer: str) -> str:
    """Answer the pointer as it fits into a key: one of monstrous length keeps its beginning."""
    return clean(pointer[:_MAX_POINTER].encode(errors="replace")[: 2 * _MAX_POINTER].decode(errors="ignore"))


def storable(value: Any) -> Any:
    """Answer a leaf as JSONB gives it back, so that what is read equals what was written."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            return repr(value)
        return int(value) if abs(value) >= _EXACT_FLOATS else value
    if value is None or isinstance(value, int | list | dict):
        return value
    return str(value)


def _flat(value: Any) -> Any:
    """Answer an address or the like that came as an object as one line of text; other values as they are."""
    if isinstance(value, dict) and not _is_money(value):
        parts = [part for part in value.values() if isinstance(part, str | int) and not isinstance(part, bool)]
        return ", ".join(str(part) for part in parts) or None
    return dict(value) if isinstance(value, dict) else value


def _is_money(value: Mapping[str, Any]) -> bool:
    return "amount" in value and value.keys() <= _MONEY


def _fold_cents(said: dict[str, Any]) -> None:
    """Give every amount its column's name: `price` and `price_cents` are one thing, in cents."""
    for name in [name for name in said if name in AMOUNTS]:
        amount = said.pop(name)
        said.setdefault(f"{name}_cents", amount)


AMOUNTS = frozenset(
    {
        "amount",
        "annual_income",
        "cost",
        "discount",
        "discounted_amount",
        "order_total_amount",
        "price",
        "shipping_amount",
        "transaction_amount",
        "unit_price",
    }
)
