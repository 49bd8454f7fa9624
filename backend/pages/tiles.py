"""The board's numbers turned into what the templates print: texts, shades and points."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from backend.analytics.board import PRESETS, Board, Figure, ProductRow, Series
from backend.pages import figures
from backend.pages.choices import address, toggled
from backend.pages.geography import StateShape

_STALE_SECONDS, _LATE_SECONDS = 10, 60


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure at the top of the page."""

    title: str
    value: str
    unit: str
    full: str
    direction: str
    change: str
    spark: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the table of categories and regions."""

    text: str
    full: str
    heat: int
    url: str
    is_chosen: bool
    label: str


@dataclass(frozen=True, slots=True)
class StateView:
    """One state on the map and in its table."""

    code: str
    name: str
    path: str
    count: str
    heat: int
    share: int  # of the largest, in percent


def tiles(board: Board) -> list[Tile]:
    """Answer the tiles from left to right."""
    money, full = figures.short_money, figures.full_money
    currency = board.currency

    def tile(name: str, title: str, unit: str, value: str, exact: str) -> Tile:
        figure = board.figures[name]
        change = "" if figure.change is None else f"{abs(figure.change):.1f}%"
        points = figures.spark(board.sparks[name].values[:-1])  # the running day or hour is not over yet
        return Tile(title, value, unit, exact, figures.direction(figure.change), change, points)

    def now(name: str) -> Decimal | None:
        return board.figures[name].now

    unit = currency or "several currencies"
    return [
        tile("revenue", "Revenue", unit, money(now("revenue"), currency), full(now("revenue"), currency)),
        tile("orders", "Orders", "orders", figures.count(now("orders")), f"{figures.count(now('orders'))} orders"),
        tile(
            "average_order",
            "Average order",
            f"{unit} an order",
            money(now("average_order"), currency),
            full(now("average_order"), currency),
        ),
        tile("units", "Units sold", "pieces", figures.count(now("units")), f"{figures.count(now('units'))} pieces"),
        tile(
            "accepted",
            "Suggestions accepted",
            "of those decided",
            figures.percent(now("accepted")),
            "accepted or done, of all suggestions that an associate decided upon",
        ),
    ]


def change_of(figure: Figure) -> tuple[str, str]:
    """Answer direction and text of a change."""
    if figure.change is None:
        return ("new", "new") if figure.now and figure.before is None else ("level", "–")
    return figures.direction(figure.change), f"{abs(figure.change):.1f}%"


def cells(board: Board) -> list[tuple[str, str, list[Cell]]]:
    """Answer the rows of the heat table: category, its address, one cell a region."""
    totals: dict[str, Decimal] = {}
    for (category, _), value in board.matrix.items():
        totals[category] = totals.get(category, Decimal(0)) + value
    highest = max(board.matrix.values(), default=Decimal(0))
    view = board.view
    rows = []
    for category in sorted(totals, key=lambda name: (-totals[name], name)):
        row = []
        for region in board.regions:
            value = board.matrix.get((category, region), Decimal(0))
            row.append(
                Cell(
                    text=figures.short_money(value, board.currency, cents=False) if value else "–",
                    full=figures.full_money(value, board.currency),
                    heat=figures.heat(value, highest),
                    url=toggled(view, category=category, region=region),
                    is_chosen=view.category in {None, category} and view.region in {None, region} and is_cut(board),
                    label=f"{category} in {region}",
                )
            )
        rows.append((category, toggled(view, category=category), row))
    return rows


def is_cut(board: Board) -> bool:
    """Whether a category or a region is chosen."""
    return board.view.category is not None or board.view.region is not None


def chips(board: Board) -> list[tuple[str, str]]:
    """Answer what is chosen, each with the address at which it no longer is."""
    view = board.view
    chosen: list[tuple[str | None, dict[str, Any]]] = [
        (view.category, {"category": None}),
        (view.region, {"region": None}),
        (board.product_name, {"product_id": None}),
        (f"{view.day:%a %-d %b}" if view.day else None, {"day": None}),
    ]
    return [(text, address(view, **change)) for text, change in chosen if text]


def states(board: Board, shapes: Sequence[StateShape]) -> tuple[list[StateView], list[StateView]]:
    """Answer the states for the map, in its order, and those with customers for the table, the most first."""
    counts = {code: n for code, n in board.states if code}
    highest = max(counts.values(), default=0)
    known = {shape.code: shape for shape in shapes}

    def view(code: str) -> StateView:
        n = counts.get(code, 0)
        shape = known.get(code)
        return StateView(
            code=code,
            name=shape.name if shape else code,
            path=shape.path if shape else "",
            count=figures.count(n),
            heat=figures.heat(n, highest),
            share=round(100 * n / highest) if highest else 0,
        )

    ranked = sorted(counts, key=lambda code: (-counts[code], code))
    return [view(shape.code) for shape in shapes], [view(code) for code in ranked]


def presets(board: Board) -> list[tuple[str, str, bool]]:
    """Answer the ranges to choose from: text, address, whether it is the present one."""
    names = {"24h": "24 h", "7d": "7 d", "30d": "30 d", "70d": "70 d"}
    return [(names[preset], address(board.view, preset=preset), preset == board.view.preset) for preset in PRESETS]


def age(board: Board) -> tuple[str, str]:
    """Answer the state of the data (live, stale, late) and the words for it."""
    seconds = board.freshness_seconds
    if seconds < _STALE_SECONDS:
        return "live", "data up to now" if seconds < 1 else f"data {seconds:.0f} s behind"
    return ("late" if seconds >= _LATE_SECONDS else "stale"), f"data {seconds:.0f} s behind"


def plot(series: Series, before: Series | None = None) -> dict[str, Any]:
    """Answer a series as the plot reads it: seconds, values, and the period before laid over them."""
    starts = [int(datetime.fromisoformat(start).replace(tzinfo=UTC).timestamp()) for start in series.starts]
    drawn: dict[str, Any] = {"x": starts, "y": [_number(value) for value in series.values]}
    if before is not None:
        values = [_number(value) for value in before.values][: len(starts)]
        drawn["before"] = values + [None] * (len(starts) - len(values))
    return drawn


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def product_spark(row: ProductRow) -> str:
    """Answer the points of a product's last day."""
    return figures.spark(row.hours)


def sold_at(moment: str, as_of: datetime) -> str:
    """Write when a sale was, UTC: the time, and the weekday where it was not today."""
    at = datetime.fromisoformat(moment)
    return f"{at:%H:%M}" if at.date() == as_of.astimezone(UTC).date() else f"{at:%a %H:%M}"
