"""Order lines into orders: the rows of one order make one entry, wherever in the files they stand."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import orjson

from cli.importing.rows import Row
from cli.importing.shapes import ORDERS, value_of
from etl.normalize import fields
from etl.normalize.fields import token

_ON_THE_LINE = {name for name, field in fields.LINE.items() if field.column != "store_id"} - {"discountedamount"}
_ON_THE_ORDER = (fields.ORDER.keys() | fields.PAYMENT.keys() | fields.COMMENTS) - _ON_THE_LINE


def is_whole(record: dict[str, Any]) -> bool:
    """Tell whether the row is an order with its lines rather than one line of an order."""
    return "lines" in record


def scattered_orders(rows: Iterable[Row]) -> set[int]:
    """Answer the hashes of the orders whose rows don't stand together, so that the others need not wait for the end."""
    seen: set[int] = set()
    scattered: set[int] = set()
    last = None
    for row in rows:
        key = None if is_whole(row.record) else hash(_key(row.record))
        if key is not None and key != last:
            (scattered if key in seen else seen).add(key)
        last = key
    return scattered


def group_orders(rows: Iterable[Row], scattered: set[int]) -> Iterator[Row]:
    """Yield an order as soon as its rows are over; those whose rows stand scattered come last."""
    held: dict[tuple[str, str], list[Row]] = {}
    group: list[Row] = []
    last = None
    for row in rows:
        key = None if is_whole(row.record) else _key(row.record)
        if group and key != last:
            yield _merged(group)
            group = []
        last = key
        if key is None:
            yield row
        elif hash(key) in scattered:
            held.setdefault(key, []).append(row)
        else:
            group.append(row)
    for left in [group, *held.values()]:
        if left:
            yield _merged(left)


def _key(record: dict[str, Any]) -> tuple[str, str]:
    return str(value_of(record, ORDERS, "customer_id")), str(value_of(record, ORDERS, "order_id"))


def _merged(rows: Sequence[Row]) -> Row:
    """Make one order of its lines: its own fields as its first row has them; a row that differs keeps them, too."""
    order: dict[str, Any] = {}
    lines = [
        {
            name: value
            for name, value in row.record.items()
            if not _belongs_to_order(name) or order.setdefault(name, value) != value
        }
        for row in rows
    ]
    order["lines"] = lines
    raw = b"\n".join(row.raw for row in rows)
    return Row(rows[0].path, rows[0].line, raw, order, stored=orjson.dumps(order))


@lru_cache(maxsize=4096)
def _belongs_to_order(name: str) -> bool:
    return token(name) in _ON_THE_ORDER
