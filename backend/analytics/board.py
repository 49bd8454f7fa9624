"""All figures of the managers' board, each asked of the semantic model like anybody else's."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.analytics.freshness import Waiting
from backend.analytics.periods import Period, floor
from backend.analytics.run import Row, load
from backend.analytics.shape import parse_query
from backend.analytics.trends import Trend, read_spikes
from backend.analytics.unmet import Demand, UnmetThing, read_unmet
from backend.domain.access import Caller

PRESETS: Mapping[str, int] = {"24h": 1, "7d": 7, "30d": 30, "70d": 70}
"""How many days each preset shows, today included."""
N_PRODUCTS = 12
N_LIVE = 14
N_UNMET, N_NOT_CARRIED = 8, 6
_BY_HOUR = 7  # ranges of up to a week are plotted by the hour
_INSTANT = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class BoardView:
    """What the manager has chosen to see."""

    preset: str = "70d"
    compare: bool = True
    category: str | None = None
    region: str | None = None
    product_id: str | None = None
    day: date | None = None  # whose hours are shown below the plot


@dataclass(frozen=True, slots=True)
class Figure:
    """A number now and in the period before; None: there is none to tell."""

    now: Decimal | None
    before: Decimal | None

    @property
    def change(self) -> Decimal | None:
        """Answer the change in percent, None where there is nothing to compare with."""
        if self.now is None or not self.before:
            return None
        return (self.now - self.before) / self.before * 100


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each bucket; `starts` are ISO times of the buckets, UTC."""

    starts: tuple[str, ...]
    values: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One line of the products table."""

    product_id: str
    name: str
    category: str | None
    revenue: Figure
    units: int
    hours: tuple[Decimal, ...]  # pieces an hour over the last 24, oldest first


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the page, as numbers."""

    view: BoardView
    period: Period
    granularity: str
    as_of: datetime
    freshness_seconds: float
    currency: str | None  # None: several, so that no sum has one
    figures: Mapping[str, Figure]
    sparks: Mapping[str, Series]
    revenue: Series
    revenue_before: Series | None
    hours: Series | None
    matrix: Mapping[tuple[str, str], Decimal]
    states: Sequence[tuple[str | None, int]]
    products: Sequence[ProductRow]
    live: Sequence[Row]
    spikes: Sequence[tuple[Trend, datetime]]
    unmet: Sequence[UnmetThing]
    not_carried: Sequence[UnmetThing]
    product_name: str | None = None
    regions: Sequence[str] = field(default=())


def period_of(view: BoardView, now: datetime) -> Period:
    """Answer the days of the preset up to this moment, the running day (or, for 24 h, hour) included."""
    days = PRESETS[view.preset]
    if days == 1:
        return Period(floor(now, "hour") - timedelta(hours=23), now)
    return Period(floor(now, "day") - timedelta(days=days - 1), now)


async def read_board(engine: AsyncEngine, caller: Caller, view: BoardView, waiting: Waiting, now: datetime) -> Board:
    """Read the page's figures; two connections at once, so that one slow panel does not hold up all others."""
    async with engine.connect() as first, engine.connect() as second:
        left, right = _Reader(first, caller, view, now), _Reader(second, caller, view, now)
        plots, lists, age = await asyncio.gather(left.plots(), right.lists(), waiting.oldest_seconds(now))
    return Board(view, left.period, left.granularity, now, age, **plots, **lists)


class _Reader:
    """One connection's share of the board."""

    def __init__(self, connection: AsyncConnection, caller: Caller, view: BoardView, now: datetime) -> None:
        self._connection, self._caller, self._view, self._now = connection, caller, view, now
        self._days = timedelta(days=PRESETS[view.preset])
        self.period = period_of(view, now)
        self.granularity = "hour" if PRESETS[view.preset] <= _BY_HOUR else "day"

    async def _load(self, query: Mapping[str, Any]) -> list[Row]:
        return (await load(self._connection, parse_query(query), self._caller, self._now)).rows

    def _chosen(self, *kinds: str) -> list[dict[str, Any]]:
        """Answer the filters that the manager set, of those kinds that the cube knows."""
        view = self._view
        members = {
            "category": ("products.category", view.category),
            "region": ("channels.region", view.region),
            "product": ("products.productid", view.product_id),
        }
        return [
            {"member": member, "operator": "equals", "values": [value]}
            for kind, (member, value) in members.items()
            if kind in kinds and value is not None
        ]

    async def plots(self) -> dict[str, Any]:
        """Read what is drawn over time, and the tiles."""
        full = Period(self.period.start, max(floor(self._now, "hour"), self.period.start + timedelta(hours=1)))
        revenue, revenue_spark = await self._tile("sales", "revenue", "time", compared=full)
        units, units_spark = await self._tile("sales", "units", "time", compared=full)
        by_line = self._view.category is not None or self._view.product_id is not None
        cube, count = ("lines", "orders_with") if by_line else ("orders", "total_orders")
        segment = "lines.sold" if by_line else "orders.bought"
        n_orders, orders_spark = await self._tile(cube, count, "ordered_at", segment)
        amount = "revenue" if by_line else "total_order_amount"
        amounts, amounts_spark = await self._tile(cube, amount, "ordered_at", segment)
        accepted, accepted_spark = await self._tile("suggestions", "acceptance_percentage", "created_at")
        figures = {
            "revenue": revenue,
            "orders": n_orders,
            "average_order": Figure(_over(amounts.now, n_orders.now), _over(amounts.before, n_orders.before)),
            "units": units,
            "accepted": accepted,
        }
        average = tuple(map(_over, amounts_spark.values, orders_spark.values))
        sparks = {
            "revenue": revenue_spark,
            "orders": orders_spark,
            "average_order": Series(orders_spark.starts, average),
            "units": units_spark,
            "accepted": accepted_spark,
        }
        before = await self._series("sales.revenue", "sales.time", self._before(self.period))
        return {
            "figures": figures,
            "sparks": sparks,
            "revenue": revenue_spark,
            "revenue_before": before if self._view.compare else None,
            "hours": await self._hours(),
        }

    def _before(self, period: Period) -> Period:
        return Period(period.start - self._days, period.end - self._days)

    async def _tile(
        self, cube: str, measure: str, time_name: str, segment: str | None = None, *, compared: Period | None = None
    ) -> tuple[Figure, Series]:
        """Read a tile's number, its change (over `compared`, where the running hour would be unfair) and its line."""
        member, moment = f"{cube}.{measure}", f"{cube}.{time_name}"
        total = await self._total(member, moment, self.period, segment)
        series = await self._series(member, moment, self.period, segment)
        if not self._view.compare:
            return Figure(total, None), series
        if compared is None:
            return Figure(total, await self._total(member, moment, self._before(self.period), segment)), series
        then = await self._total(member, moment, self._before(compared), segment)
        same_hours = await self._total(member, moment, compared, segment)
        # Stretch the past by what the running hour adds now, so that the tile shows all and compares like with like.
        scale = total / same_hours if total and same_hours else Decimal(1)
        return Figure(total, None if then is None else then * scale), series

    def _asked(
        self, member: str, moment: str, period: Period, segment: str | None, granularity: str | None
    ) -> dict[str, Any]:
        kinds = {"sales": ("category", "region", "product"), "lines": ("category", "region", "product")}
        time_dimension = {"dimension": moment, "dateRange": _pair(period)}
        if granularity:
            time_dimension["granularity"] = granularity
        return {
            "measures": [member],
            "timeDimensions": [time_dimension],
            "segments": [segment] if segment else [],
            "filters": self._chosen(*kinds.get(member.partition(".")[0], ("region",))),
        }

    async def _total(self, member: str, moment: str, period: Period, segment: str | None = None) -> Decimal | None:
        rows = await self._load(self._asked(member, moment, period, segment, None))
        return _decimal(rows[0][member])

    async def _series(self, member: str, moment: str, period: Period, segment: str | None = None) -> Series:
        rows = await self._load(self._asked(member, moment, period, segment, self.granularity))
        return Series(tuple(row[moment] for row in rows), tuple(_decimal(row[member]) for row in rows))

    async def _hours(self) -> Series | None:
        day = self._view.day
        if day is None:
            return None
        start = datetime.combine(day, time(), UTC)
        query = self._asked("sales.revenue", "sales.time", Period(start, start + timedelta(days=1)), None, "hour")
        rows = await self._load(query)
        return Series(tuple(row["sales.time"] for row in rows), tuple(_decimal(row["sales.revenue"]) for row in rows))

    async def lists(self) -> dict[str, Any]:
        """Read what is listed: matrix, products, states, the newest sales, spikes."""
        matrix = await self._matrix()
        products = await self._products()
        chosen = self._view.product_id
        return {
            "currency": await self._currency(),
            "matrix": matrix,
            "regions": sorted({region for _, region in matrix}),
            "states": await self._states(),
            "products": products,
            "product_name": await self._name(chosen) if chosen else None,
            "live": await self._live(),
            "spikes": await self._connection.run_sync(read_spikes, self._caller, self._now),
            "unmet": await self._unmet(N_UNMET, carried=True, kinds=("category", "region", "product_id")),
            "not_carried": await self._unmet(N_NOT_CARRIED, carried=False, kinds=("region",)),
        }

    async def _unmet(self, n: int, *, carried: bool, kinds: Sequence[str]) -> list[UnmetThing]:
        """Read what was asked for and not sold; what the catalogue lacks belongs to no category."""
        chosen = {kind: value for kind in kinds if (value := getattr(self._view, kind)) is not None}
        days = self.period.start.date(), self._now.astimezone(UTC).date()
        return (await read_unmet(self._connection, self._caller, Demand(*days, chosen, carried, n, 0, 1), self._now))[
            :n
        ]

    async def _currency(self) -> str | None:
        known = [row["channels.currency"] for row in await self._load({"dimensions": ["channels.currency"]})]
        present = [currency for currency in known if currency]
        return present[0] if len(present) == 1 else None if present else "USD"

    async def _matrix(self) -> dict[tuple[str, str], Decimal]:
        """Read all cells whatever category and region are chosen: the table is where they are chosen."""
        rows = await self._load(
            {
                "measures": ["sales.revenue"],
                "dimensions": ["products.category", "channels.region"],
                "timeDimensions": [{"dimension": "sales.time", "dateRange": _pair(self.period)}],
                "filters": self._chosen("product"),
            }
        )
        known = [row for row in rows if row["products.category"] and row["channels.region"]]
        return {(row["products.category"], row["channels.region"]): Decimal(row["sales.revenue"]) for row in known}

    async def _products(self) -> list[ProductRow]:
        chosen = self._chosen("category", "region", "product")
        rows = await self._load(
            {
                "measures": ["sales.revenue", "sales.units"],
                "dimensions": ["products.productid", "products.product_name", "products.category"],
                "timeDimensions": [{"dimension": "sales.time", "dateRange": _pair(self.period)}],
                "filters": chosen,
                "limit": N_PRODUCTS,
            }
        )
        ids = [row["products.productid"] for row in rows if row["products.productid"]]
        before = await self._product_revenue_before(ids) if self._view.compare and ids else {}
        hours = await self._product_hours(ids) if ids else {}
        return [
            ProductRow(
                product_id=row["products.productid"],
                name=row["products.product_name"] or row["products.productid"],
                category=row["products.category"],
                revenue=Figure(Decimal(row["sales.revenue"]), before.get(row["products.productid"])),
                units=row["sales.units"],
                hours=hours.get(row["products.productid"], ()),
            )
            for row in rows
            if row["products.productid"]
        ]

    def _of_products(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        return [*self._chosen("region"), {"member": "sales.product_id", "operator": "equals", "values": list(ids)}]

    async def _product_revenue_before(self, ids: Sequence[str]) -> dict[str, Decimal]:
        rows = await self._load(
            {
                "measures": ["sales.revenue"],
                "dimensions": ["sales.product_id"],
                "timeDimensions": [{"dimension": "sales.time", "dateRange": _pair(self._before(self.period))}],
                "filters": self._of_products(ids),
            }
        )
        return {row["sales.product_id"]: Decimal(row["sales.revenue"]) for row in rows}

    async def _product_hours(self, ids: Sequence[str]) -> dict[str, tuple[Decimal, ...]]:
        last = floor(self._now.astimezone(UTC), "hour")
        starts = [last - timedelta(hours=n) for n in reversed(range(24))]
        rows = await self._load(
            {
                "measures": ["sales.units"],
                "dimensions": ["sales.product_id"],
                "timeDimensions": [
                    {"dimension": "sales.time", "granularity": "hour", "dateRange": _pair(Period(starts[0], self._now))}
                ],
                "filters": self._of_products(ids),
            }
        )
        sold = {(row["sales.product_id"], row["sales.time"][:13]): Decimal(row["sales.units"]) for row in rows}
        keys = [start.isoformat()[:13] for start in starts]
        return {one: tuple(sold.get((one, key), Decimal(0)) for key in keys) for one in ids}

    async def _name(self, product_id: str) -> str:
        asked = {"member": "products.productid", "operator": "equals", "values": [product_id]}
        rows = await self._load({"dimensions": ["products.product_name"], "filters": [asked], "limit": 1})
        return rows[0]["products.product_name"] if rows else product_id

    async def _states(self) -> list[tuple[str | None, int]]:
        rows = await self._load(
            {
                "measures": ["customers.total_customers"],
                "dimensions": ["customers.state"],
                "filters": self._chosen("region"),
            }
        )
        return [(row["customers.state"], row["customers.total_customers"]) for row in rows]

    async def _live(self) -> list[Row]:
        """Read the newest sales: of the last day, so that the query stays small whatever the number of lines."""
        asked = {"dimension": "lines.ordered_at", "dateRange": _pair(Period(self._now - timedelta(days=1), self._now))}
        return await self._load(
            {
                "dimensions": [
                    "lines.ordered_at",
                    "lines.order_id",
                    "lines.line_number",
                    "lines.customer_id",
                    "products.product_name",
                    "channels.region",
                ],
                "measures": ["lines.revenue"],
                "segments": ["lines.sold"],
                "timeDimensions": [asked],
                "filters": self._chosen("category", "region", "product"),
                "order": {"lines.ordered_at": "desc", "lines.line_number": "asc"},
                "limit": N_LIVE,
            }
        )


def _pair(period: Period) -> list[str]:
    """Write a half-open period as Cube's inclusive pair."""
    return [period.start.isoformat(), (period.end - _INSTANT).isoformat(timespec="milliseconds")]


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _over(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    return part / whole if part is not None and whole else None
