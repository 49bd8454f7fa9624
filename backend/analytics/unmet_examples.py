"""The very words of notes in which something was asked for: only of customers whom the caller may see."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.analytics.cubes.demand import THING
from backend.analytics.kinds import Mask
from backend.analytics.scope import is_masked, within_scope
from backend.domain.access import Caller
from backend.warehouse.tables import channels, customers, notes, unmet_demand

LONGEST_QUOTE = 200
"""A quote has at most about so many characters around the ask."""
_U, _N, _C = unmet_demand.c, notes.c, customers.c
_CHOSEN: Mapping[str, ColumnElement[str]] = {
    "region": channels.c.region,
    **{name: _U[name] for name in ("store_id", "category", "subcategory", "product_id")},
    **{name: _U[name] for name in ("color", "size", "gender", "reason")},
}


@dataclass(frozen=True, slots=True)
class Quote:
    """A part of a note with the ask in it: `text[start:end]` are the words of the ask."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Example:
    """One ask. What says who asked is None for a caller who may not know."""

    asked_on: date
    store_id: str | None
    reason: str
    quote: Quote
    customer_id: str | None
    customer_name: str | None
    note_id: str | None
    start: int | None  # the ask's place in the whole note
    end: int | None
    revision: int | None
    pointer: str | None

    def described(self) -> dict[str, Any]:
        """Answer the example as the wire has it."""
        return asdict(self)


async def read_examples(
    connection: AsyncConnection,
    caller: Caller,
    things: Sequence[str],
    *,
    since: date,
    until: date,
    chosen: Mapping[str, str],
    n: int,
) -> dict[str, list[Example]]:
    """Answer up to `n` of the newest asks for each thing, of different customers first."""
    if n == 0:
        return {}
    newest = _U.asked_on.desc(), _U.customer_id, _U.note_id, _U.source, _U.position
    of_customer = func.row_number().over(partition_by=(THING, _U.customer_id), order_by=newest).label("nth")
    asks = (
        select(unmet_demand, THING.label("thing"), of_customer, _N.text.label("note_text"), _C.first_name, _C.last_name)
        .join_from(unmet_demand, notes, (_U.customer_id == _N.customer_id) & (_U.note_id == _N.note_id))
        .join(customers, _U.customer_id == _C.customer_id, isouter=True)
        .join(channels, _U.store_id == channels.c.store_id, isouter=True)
        .where(THING.in_(things), _U.asked_on >= since, _U.asked_on <= until, *_conditions(caller, chosen))
        .subquery()
    )
    a = asks.c
    place = func.row_number().over(
        partition_by=a.thing, order_by=(a.nth, a.asked_on.desc(), a.customer_id, a.note_id, a.source, a.position)
    )
    placed = select(asks, place.label("place")).subquery()
    rows = await connection.execute(select(placed).where(placed.c.place <= n).order_by(placed.c.thing, placed.c.place))
    found: dict[str, list[Example]] = defaultdict(list)
    for row in rows:
        found[row.thing].append(_example(row, is_anonymous=is_masked(Mask.CONTACT, caller)))
    return found


def _conditions(caller: Caller, chosen: Mapping[str, str]) -> list[ColumnElement[bool]]:
    """Keep to what was chosen, to the caller's stores, and to customers of the caller's stores."""
    found = [_CHOSEN[name] == value for name, value in chosen.items()]
    scopes = [within_scope(store, caller) for store in (_U.store_id, _C.store_id)]
    return [*found, *(scope for scope in scopes if scope is not None)]


def _example(row: Row[Any], *, is_anonymous: bool) -> Example:
    """Quote the note; to a caller who may not know the customer, nothing but the words of the ask."""
    if is_anonymous:
        words = Quote(row.text, 0, len(row.text))
        return Example(row.asked_on, row.store_id, row.reason, words, *([None] * 7))
    name = " ".join(part for part in (row.first_name, row.last_name) if part) or None
    return Example(
        asked_on=row.asked_on,
        store_id=row.store_id,
        reason=row.reason,
        quote=quote_of(row.note_text, row.start, row.end),
        customer_id=row.customer_id,
        customer_name=name,
        note_id=row.note_id,
        start=row.start,
        end=row.end,
        revision=row.revision,
        pointer=row.pointer,
    )


def quote_of(text: str, start: int, end: int) -> Quote:
    """Cut a note down to the words around an ask, at word boundaries where there are any near."""
    room = max(0, LONGEST_QUOTE - (end - start)) // 2
    first, last = max(0, start - room), min(len(text), end + room)
    if first > 0:
        blank = text.find(" ", first, start)
        first = blank + 1 if blank >= 0 else first
    if last < len(text):
        blank = text.rfind(" ", end, last)
        last = blank if blank >= 0 else last
    before, after = "…" if first > 0 else "", "…" if last < len(text) else ""
    return Quote(f"{before}{text[first:last]}{after}", start - first + len(before), end - first + len(before))
