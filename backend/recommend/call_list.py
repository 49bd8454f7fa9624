"""One associate's day: whom to see to, in which order; a customer comes once, with everything there is to say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from backend.domain.ids import CustomerId, SuggestionId
from backend.domain.suggestions import SuggestionKind

CALLS_A_DAY = 20
"""What one associate can see to in a day beside what was promised for the day."""
WEIGHT: Mapping[str, float] = {
    SuggestionKind.FOLLOW_UP: 1.0,
    SuggestionKind.AFTER_SALES: 1.0,
    SuggestionKind.SPIKE_OFFER: 0.9,
    SuggestionKind.REPLENISH: 0.8,
    SuggestionKind.CROSS_SELL: 0.7,
    SuggestionKind.WIN_BACK: 0.7,
    SuggestionKind.UPSELL: 0.6,
    SuggestionKind.RECOMMENDATION: 0.6,
    SuggestionKind.COUPON: 0.5,
    SuggestionKind.LOYALTY_CARD: 0.5,
}
"""How much a kind counts beside another of the same score: what a customer asked for comes before what we think of."""


_OTHER_WEIGHT = 0.5


class Bucket(StrEnum):
    """When to see to a customer."""

    OVERDUE = "overdue"
    TODAY = "today"
    UPCOMING = "upcoming"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A suggestion as the list looks at it. `due_on` None: any day is good. `answered`: closed on this day."""

    id: SuggestionId
    customer_id: CustomerId
    kind: str
    score: float
    due_on: date | None
    snoozed_until: date | None = None
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A customer to see to, with the suggestions of the bucket, best first; calls are ranked by `priority`, 0..1."""

    customer_id: CustomerId
    bucket: Bucket
    due_on: date | None
    priority: float
    suggestion_ids: tuple[SuggestionId, ...]


def call_list(suggestions: Iterable[Waiting], today: date, *, capacity: int = CALLS_A_DAY) -> list[Call]:
    """Answer the calls: overdue, today, upcoming, done; within a bucket the most worth first.

    What is promised for a day comes on that day, however much it is. What may come on any day fills the day up to
    `capacity` calls, best first; the rest is upcoming. A customer who is called anyway hears of all that is open.
    """
    several = list(suggestions)
    open_, done = _by_customer(several, answered=False), _by_customer(several, answered=True)
    dated = {one[0].customer_id: due for one in open_ if (due := _due(one, today)) is not None}
    any_day = sorted((one for one in open_ if one[0].customer_id not in dated), key=lambda one: -_worth(one[0]))
    room = capacity - sum(due <= today for due in dated.values())
    chosen = {one[0].customer_id for one in any_day[: max(0, room)]}
    calls = [
        _call(one, _bucket(dated.get(one[0].customer_id), today, chosen=one[0].customer_id in chosen), dated)
        for one in open_
    ]
    return sorted(calls + [_call(one, Bucket.DONE, {}) for one in done], key=_place)


def _by_customer(suggestions: Iterable[Waiting], *, answered: bool) -> list[list[Waiting]]:
    """Answer each customer's, the most worth first; the customers in order of their ids."""
    grouped: dict[CustomerId, list[Waiting]] = {}
    for one in sorted(suggestions, key=lambda s: (s.customer_id, -_worth(s), s.id)):
        if one.answered is answered:
            grouped.setdefault(one.customer_id, []).append(one)
    return list(grouped.values())


def _worth(one: Waiting) -> float:
    return WEIGHT.get(one.kind, _OTHER_WEIGHT) * one.score


def _due(several: Sequence[Waiting], today: date) -> date | None:
    """Answer the first day promised; None: any day is good for one of them, and no promise is due yet."""
    days = [day for one in several if (day := one.snoozed_until or one.due_on) is not None]
    first = min(days, default=None)
    return None if first is None or (first > today and len(days) < len(several)) else first


def _bucket(due: date | None, today: date, *, chosen: bool) -> Bucket:
    if due is None:
        return Bucket.TODAY if chosen else Bucket.UPCOMING
    if due == today:
        return Bucket.TODAY
    return Bucket.OVERDUE if due < today else Bucket.UPCOMING


def _call(several: Sequence[Waiting], bucket: Bucket, dated: Mapping[CustomerId, date]) -> Call:
    first = several[0]
    ids = tuple(one.id for one in several)
    return Call(first.customer_id, bucket, dated.get(first.customer_id), round(_worth(first), 4), ids)


def _place(call: Call) -> tuple[int, float, CustomerId]:
    return list(Bucket).index(call.bucket), -call.priority, call.customer_id
