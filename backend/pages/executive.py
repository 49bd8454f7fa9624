"""The summary as its template prints it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from backend.analytics.board import Figure
from backend.analytics.differences import Share
from backend.analytics.effect import Effect
from backend.analytics.executive import Summary
from backend.pages import figures

_TITLES = {
    "revenue": ("Revenue", "main currency units"),
    "orders": ("Orders", "orders"),
    "average_order": ("Average order", "main currency units"),
    "units": ("Units sold", "pieces"),
    "buyers": ("Buyers", "customers who bought"),
    "new_customers": ("New customers", "bought for the first time"),
    "repeat_share": ("Repeat buyers", "of the buyers, bought before"),
    "suggested": ("Suggestions", "shown to associates"),
    "accepted": ("Accepted", "of those decided upon"),
}
_MONEY, _SHARES = {"revenue", "average_order"}, {"repeat_share", "accepted"}


@dataclass(frozen=True, slots=True)
class Line:
    """A name with its number now and the change since the period before."""

    title: str
    value: str
    unit: str
    direction: str
    change: str


def tiles(summary: Summary) -> Iterator[Line]:
    """Answer the key figures."""
    for name, figure in summary.figures.items():
        title, unit = _TITLES[name]
        yield _line(title, _written(name, figure.now), unit, figure)


def categories(summary: Summary) -> Iterator[Line]:
    """Answer the categories, the greatest revenue first."""
    for name, figure in summary.categories:
        yield _line(name, figures.short_money(figure.now, None), "", figure)


def _line(title: str, value: str, unit: str, figure: Figure) -> Line:
    change = figure.change
    words = "" if change is None else f"{abs(change):.1f}%"
    return Line(title, value, unit, figures.direction(change), words)


def _written(name: str, value: Decimal | None) -> str:
    if name in _MONEY:
        return figures.short_money(value, None)
    return figures.percent(value) if name in _SHARES else figures.count(value)


def kind(effect: Effect) -> str:
    """Name a kind of suggestion."""
    return (effect.group or "unknown").replace("_", " ").capitalize()


def share(of: Share) -> str:
    """Write a share with what it is told from."""
    return "–" if of.value is None else f"{100 * of.value:.1f}% of {of.n:,}"


def lift(effect: Effect) -> str:
    """Write by how much more of them bought than of those held out, in points, with the 95 % interval."""
    found = effect.lift
    if found is None:
        return "–"
    return f"{100 * found.value:+.1f} ({100 * found.low:+.1f} to {100 * found.high:+.1f})"


def money(cents: int) -> str:
    """Write an amount short."""
    return figures.short_money(Decimal(cents) / 100, None)
