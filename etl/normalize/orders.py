"""What one order object says, wherever it stands: its own fields, its lines, its comments, its payment."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from backend.domain.orders import UNSOLD_STATUSES
from etl.normalize import fields
from etl.normalize.fields import token
from etl.normalize.lines import LineStatement, state_lines
from etl.normalize.objects import AMOUNTS, Doubtful, escape, extract
from etl.normalize.state import NameReader
from etl.normalize.understood import Doubt
from etl.normalize.values import clean

_UNSOLD = frozenset(UNSOLD_STATUSES)


class Comment(NamedTuple):
    """One comment of an order; `pointer` leads to its text."""

    pointer: str
    text: str


@dataclass(frozen=True, slots=True)
class OrderStatement:
    """What is said of one order. None: nothing was said of it, which is not the same as saying that there is none."""

    order_id: str
    pointer: str
    said: Mapping[str, Any]
    payment: Mapping[str, Any]
    comments: tuple[Comment, ...] | None
    lines: tuple[LineStatement, ...] | None
    extra: Mapping[str, Any] = field(default_factory=dict)
    doubts: tuple[Doubtful, ...] = ()


def is_sold(status: str | None) -> bool:
    """Tell whether an order of this status counts as sold: canceled and returned ones keep their lines and count 0."""
    return status is None or status.strip().lower() not in _UNSOLD


def state_order(record: Mapping[str, Any], at: str, reader: NameReader, name: str | None = None) -> OrderStatement:
    """Read an order object that stands at the pointer `at`; `name` identifies one that does not name itself."""
    doubts: list[Doubtful] = []
    comments_key = _key_among(record, fields.COMMENTS)
    lines_key = _key_among(record, fields.LINES, of=list)
    skip = {key for key in (comments_key, lines_key) if key is not None}
    own = extract(record, _OWN_AND_PAYMENT, at, skip=skip)
    said = {column: value for column, value in own.said.items() if column not in _PAYMENT_COLUMNS}
    payment = {column: value for column, value in own.said.items() if column in _PAYMENT_COLUMNS}
    lines = state_lines(record[lines_key], f"{at}/{escape(lines_key)}", reader) if lines_key is not None else None
    order_id = said.pop("order_id", None) or name
    if order_id is None:
        order_id = _digest(said, record.get(lines_key or ""))
        doubts.append(
            Doubtful(at, Doubt("missing_order_id", "the order names no order_id: it is known by its content"))
        )
    extra = dict(own.extra)
    for line in lines or ():
        extra.update(line.extra)
        doubts.extend(line.doubts)
    return OrderStatement(
        order_id=order_id,
        pointer=at,
        said=said,
        payment=payment,
        comments=_comments(record[comments_key], f"{at}/{escape(comments_key)}") if comments_key is not None else None,
        lines=lines,
        extra={pointer.removeprefix(at): value for pointer, value in extra.items()},
        doubts=(*own.doubts, *doubts),
    )


def told_alone(record: Mapping[str, Any]) -> str | None:
    """Answer the id of an order that can be folded by what is held of that order alone; None: it wants more.

    Comments are read with all that the customer has bought; a payment that is named may belong elsewhere.
    """
    if _key_among(record, fields.COMMENTS) is not None:
        return None
    lines_key = _key_among(record, fields.LINES, of=list)
    said = extract(record, _IDENTITIES, "", skip=() if lines_key is None else (lines_key,)).said
    order_id: str | None = said.get("order_id")
    return None if "transaction_id" in said else order_id


def _comments(value: Any, at: str) -> tuple[Comment, ...]:
    """Answer the comments: one text, or several in a list, bare or each within an object."""
    found: list[Comment] = []
    for pointer, element in (
        [(at, value)] if not isinstance(value, list) else [(f"{at}/{i}", v) for i, v in enumerate(value)]
    ):
        if isinstance(element, dict):
            text_key = _key_among(element, fields.TEXTS, of=str)
            pointer, element = f"{pointer}/{escape(text_key or '')}", element.get(text_key or "")  # noqa: PLW2901
        if isinstance(element, str) and element.strip():
            found.append(Comment(pointer, clean(element)))
    return tuple(found)


def _key_among(record: Mapping[str, Any], names: frozenset[str], of: type = object) -> str | None:
    return next(
        (key for key, value in record.items() if token(key) in names and isinstance(value, of) and value is not None),
        None,
    )


def _digest(said: Mapping[str, Any], lines: Any) -> str:
    identity = {name: value for name, value in said.items() if name not in {"status", "amount_cents"}}
    spelled = json.dumps([identity, lines], sort_keys=True, default=_spell)
    return f"unnamed:{hashlib.sha256(spelled.encode(errors='replace')).hexdigest()[:16]}"


def _spell(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


_PAYMENT_COLUMNS = frozenset(
    f"{field_.column}_cents" if field_.column in AMOUNTS else field_.column for field_ in fields.PAYMENT.values()
)
_OWN_AND_PAYMENT = {**fields.PAYMENT, **fields.ORDER}
_IDENTITIES = {
    name: field_ for name, field_ in _OWN_AND_PAYMENT.items() if field_.column in {"order_id", "transaction_id"}
}
