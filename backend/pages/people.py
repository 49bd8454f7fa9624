"""The customers' page as its template prints it: segments, the plot of who bought when and how often, who leaves."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import orjson

from backend.analytics.standings import Leaving, Point, SegmentRow, Standings
from backend.domain.access import Caller, Role
from backend.pages import figures

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _MARGIN = 640, 320, 44, 34, 12
_RECENCIES, _FREQUENCIES = (1, 7, 30, 90, 365, 1095), (1, 2, 5, 10, 20, 50, 100)
_YEAR, _OFFER_DAYS, _MOST_PEOPLE = 365, 14, 1_000
_COLORS = ("loyal", "new", "occasional", "lapsing", "churned")
_ACTIONS = {
    "new": ("coupon", "Coupon for the second visit", "A code for 10 % off the next visit."),
    "loyal": ("loyalty_card", "Offer the loyalty card", "Thank them, and offer the loyalty card."),
    "occasional": ("cross_sell", "Show what goes with it", "Show what goes with what they have."),
    "lapsing": ("win_back", "Get in touch again", "Ask how they are, with 15 % off the next visit."),
    "churned": ("win_back", "Win back", "We miss you: 20 % off the next visit."),
}


@dataclass(frozen=True, slots=True)
class SegmentView:
    """One row of the table of segments."""

    name: str
    color: int
    customers: str
    recency: str
    frequency: str
    money: str
    url: str
    is_chosen: bool
    action: str
    offer: str  # JSON: what the form begins with


@dataclass(frozen=True, slots=True)
class Dot:
    """A customer in the plot."""

    x: float
    y: float
    color: int
    title: str


def segments(standings: Standings, chosen: str | None, today: date) -> list[SegmentView]:
    """Answer the segments, most customers first, each with what is to be done for it."""
    return [_segment(row, chosen, today) for row in standings.segments]


def _segment(row: SegmentRow, chosen: str | None, today: date) -> SegmentView:
    is_chosen = row.name == chosen
    _, action, _ = _ACTIONS.get(row.name, _ACTIONS["occasional"])
    return SegmentView(
        name=row.name.capitalize(),
        color=color(row.name),
        customers=figures.count(row.n_customers),
        recency=f"{row.recency_days:,.0f} d",
        frequency=f"{row.frequency:.1f}",
        money=figures.short_money(Decimal(round(row.monetary_cents)) / 100, "USD", cents=False),
        url="/dashboard/customers" if is_chosen else f"/dashboard/customers?segment={row.name}",
        is_chosen=is_chosen,
        action=action,
        offer=offer({"segment": row.name}, row.name, today),
    )


def offer(audience: Mapping[str, Any], segment: str, today: date) -> str:
    """Answer what the form of an offer begins with, as JSON."""
    kind, title, body = _ACTIONS.get(segment, _ACTIONS["occasional"])
    until = (today + timedelta(days=_OFFER_DAYS)).isoformat()
    name = f"{segment.capitalize()} customers, {today:%-d %B}"
    audience = {**audience, "limit": _MOST_PEOPLE}
    said = {"kind": kind, "title": title, "body": body, "until": until}
    return orjson.dumps({"name": name, "audience": audience, "offer": said}).decode()


def color(segment: str) -> int:
    """Answer which of the page's colors stands for a segment."""
    return _COLORS.index(segment) if segment in _COLORS else len(_COLORS)


def dots(points: Sequence[Point]) -> list[Dot]:
    """Place the customers: days since the last purchase to the right, days with a purchase up, both by logarithm."""
    return [
        Dot(
            _x(p.recency_days),
            _y(p.frequency),
            color(p.segment),
            f"{p.segment}: {p.recency_days} d ago, {p.frequency} days",
        )
        for p in points
    ]


def ticks() -> tuple[list[tuple[float, str]], list[tuple[float, str]]]:
    """Answer the marks of both axes: place and text."""
    return [(_x(n), f"{n} d" if n < _YEAR else f"{n // _YEAR} y") for n in _RECENCIES], [
        (_y(n), str(n)) for n in _FREQUENCIES
    ]


def _x(recency_days: int) -> float:
    share = math.log1p(min(max(recency_days, 0), _RECENCIES[-1])) / math.log1p(_RECENCIES[-1])
    return round(_LEFT + share * (_WIDTH - _LEFT - _MARGIN), 1)


def _y(frequency: int) -> float:
    share = math.log(min(max(frequency, 1), _FREQUENCIES[-1])) / math.log(_FREQUENCIES[-1])
    return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _BOTTOM - _MARGIN), 1)


def states(standings: Standings) -> list[tuple[str, str, str]]:
    """Answer the tiles: title, number, what it means."""
    total = sum(standings.states.values())
    words = {
        "active": "bought lately",
        "churned": "nothing bought for longer than is usual",
        "never_purchased": "known, and never bought",
    }
    return (
        [
            (
                name.replace("_", " ").capitalize(),
                figures.count(n),
                f"{figures.percent(Decimal(100 * n) / total)} · {words[name]}",
            )
            for name in words
            if (n := standings.states.get(name, 0)) or total
        ]
        if total
        else []
    )


def spent(row: Leaving) -> str:
    """Answer what a customer has spent so far."""
    return figures.short_money(Decimal(row.monetary_cents) / 100, "USD", cents=False)


def may_offer(caller: Caller) -> bool:
    """Whether the caller may start a campaign."""
    return caller.role in {Role.MANAGER, Role.MARKETING}
