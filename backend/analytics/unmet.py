"""What was asked for and not sold, the most wanted first: figures of the semantic model, and the words behind them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from backend.analytics.run import Row, load
from backend.analytics.shape import parse_query
from backend.analytics.unmet_examples import Example, read_examples
from backend.domain.access import Caller

DEFAULT_DAYS = 70
_CUBE = "unmet_demand"
_TOP = 5
_FILTERS = {
    "region": "channels.region",
    "store_id": f"{_CUBE}.store_id",
    "category": f"{_CUBE}.category",
    "subcategory": f"{_CUBE}.subcategory",
    "product_id": f"{_CUBE}.product_id",
    "color": f"{_CUBE}.color",
    "size": f"{_CUBE}.size",
    "gender": f"{_CUBE}.gender",
    "reason": f"{_CUBE}.reason",
}
_OWN = ("product_id", "subcategory", "category", "wanted", "asks", "customers", "notes")
_ATTRIBUTES = ("reason", "color", "size", "gender")


@dataclass(frozen=True, slots=True)
class Demand:
    """What is asked about: the days, both included, and what each chosen member must be."""

    since: date
    until: date
    chosen: Mapping[str, str] = field(default_factory=dict)
    carried: bool | None = None  # True: only what the catalogue has; False: only what it lacks
    limit: int = 20
    offset: int = 0
    n_examples: int = 3

    @property
    def weeks(self) -> list[date]:
        """Answer the Mondays of all weeks that the days touch."""
        first = self.since - timedelta(days=self.since.weekday())
        return [first + timedelta(weeks=n) for n in range((self.until - first).days // 7 + 1)]


@dataclass(frozen=True, slots=True)
class UnmetThing:
    """One thing that was asked for: a product, a kind, or (`wanted`) what the catalogue does not have."""

    thing: str
    product_id: str | None
    product_name: str | None
    subcategory: str | None
    category: str | None
    wanted: str | None
    asks: int
    customers: int
    notes: int
    weeks: tuple[int, ...]  # asks a week, oldest first
    said: Mapping[str, Sequence[tuple[str, int]]]  # reason, color, size, gender → values with their asks, most first
    examples: Sequence[Example]

    @property
    def name(self) -> str:
        """What it is called."""
        return self.product_name or self.product_id or self.wanted or self.subcategory or "Unknown"


async def read_unmet(connection: AsyncConnection, caller: Caller, demand: Demand, now: datetime) -> list[UnmetThing]:
    """Answer the things that most customers asked for and were not sold; one more than `limit` where there are more."""
    reader = _Reader(connection, caller, demand, now)
    rows = await reader.things()
    keys = [row[f"{_CUBE}.thing"] for row in rows]
    if not keys:
        return []
    weeks = await reader.weeks(keys)
    said = await reader.attributes(keys)
    examples = await read_examples(connection, caller, keys, since=demand.since, until=demand.until,
                                   chosen=demand.chosen, n=demand.n_examples)  # fmt: skip
    return [_thing(row, weeks, said, examples) for row in rows]


class _Reader:
    """Asks the model."""

    def __init__(self, connection: AsyncConnection, caller: Caller, demand: Demand, now: datetime) -> None:
        self._connection, self._caller, self._demand, self._now = connection, caller, demand, now

    async def _load(self, query: Mapping[str, Any], keys: Sequence[str] = ()) -> list[Row]:
        demand = self._demand
        filters = [_equals(_FILTERS[name], [value]) for name, value in demand.chosen.items()]
        if demand.carried is not None:
            filters.append({"member": f"{_CUBE}.wanted", "operator": "notSet" if demand.carried else "set"})
        if keys:
            filters.append(_equals(f"{_CUBE}.thing", keys))
        days = [demand.since.isoformat(), demand.until.isoformat()]
        asked = {"timeDimensions": [{"dimension": f"{_CUBE}.asked_on", "dateRange": days}], "filters": filters, **query}
        return (await load(self._connection, parse_query(asked), self._caller, self._now)).rows

    async def things(self) -> list[Row]:
        names = ("thing", "product_id", "subcategory", "category", "wanted")
        return await self._load(
            {
                "measures": [f"{_CUBE}.{name}" for name in ("customers", "asks", "notes")],
                "dimensions": [*(f"{_CUBE}.{name}" for name in names), "products.product_name"],
                "order": {f"{_CUBE}.customers": "desc", f"{_CUBE}.asks": "desc", f"{_CUBE}.thing": "asc"},
                "limit": self._demand.limit + 1,
                "offset": self._demand.offset,
            }
        )

    async def weeks(self, keys: Sequence[str]) -> dict[str, tuple[int, ...]]:
        rows = await self._load(
            {"measures": [f"{_CUBE}.asks"], "dimensions": [f"{_CUBE}.thing", f"{_CUBE}.week"]}, keys
        )
        counted = {(row[f"{_CUBE}.thing"], row[f"{_CUBE}.week"][:10]): row[f"{_CUBE}.asks"] for row in rows}
        mondays = [monday.isoformat() for monday in self._demand.weeks]
        return {key: tuple(counted.get((key, monday), 0) for monday in mondays) for key in keys}

    async def attributes(self, keys: Sequence[str]) -> dict[str, dict[str, Counter[str]]]:
        members = [f"{_CUBE}.{name}" for name in _ATTRIBUTES]
        rows = await self._load({"measures": [f"{_CUBE}.asks"], "dimensions": [f"{_CUBE}.thing", *members]}, keys)
        found: dict[str, dict[str, Counter[str]]] = {key: defaultdict(Counter) for key in keys}
        for row in rows:
            for name, member in zip(_ATTRIBUTES, members, strict=True):
                if row[member] is not None:
                    found[row[f"{_CUBE}.thing"]][name][row[member]] += row[f"{_CUBE}.asks"]
        return found


def _equals(member: str, values: Sequence[str]) -> dict[str, Any]:
    return {"member": member, "operator": "equals", "values": list(values)}


def _thing(
    row: Row,
    weeks: Mapping[str, tuple[int, ...]],
    said: Mapping[str, Mapping[str, Counter[str]]],
    examples: Mapping[str, Sequence[Example]],
) -> UnmetThing:
    key = row[f"{_CUBE}.thing"]
    own: dict[str, Any] = {name: row[f"{_CUBE}.{name}"] for name in _OWN}
    tops = {name: _most(said[key].get(name, Counter())) for name in _ATTRIBUTES}
    name = row["products.product_name"]
    return UnmetThing(thing=key, product_name=name, weeks=weeks[key], said=tops, examples=examples.get(key, ()), **own)


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_TOP]


def describe_thing(thing: UnmetThing) -> dict[str, Any]:
    """Answer the thing as the wire has it."""
    names = ("thing", "product_id", "product_name", "subcategory", "category", "wanted", "asks", "customers", "notes")
    figures = {name: getattr(thing, name) for name in names}
    said = {f"{name}s": [{"value": v, "asks": n} for v, n in thing.said[name]] for name in _ATTRIBUTES}
    return figures | said | {"weeks": list(thing.weeks), "examples": [one.described() for one in thing.examples]}
