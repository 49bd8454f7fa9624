"""What can be exported whole: tables and marts by their contract names, with row scope and masks compiled in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Double,
    FromClause,
    Integer,
    Numeric,
    Select,
    SmallInteger,
    and_,
    cast,
    false,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy import Column as SqlColumn
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from backend.analytics.cubes.enriched import CUSTOMER_CATEGORY_SPEND, ORDERS_ENRICHED, UNMET_DEMAND, EnrichedColumn
from backend.analytics.cubes.history import HISTORY_MASK
from backend.analytics.filters import Target, condition_of
from backend.analytics.kinds import Format, Mask, MemberType, RowMask
from backend.analytics.scope import refuse_operators, unmasked, within_scope
from backend.analytics.shape import Condition, Group, parse_filters, refuse
from backend.domain.access import Caller, Role
from backend.domain.corrections import CorrectionScope
from backend.domain.errors import NotFoundError
from backend.warehouse import tables as t

_MONEY = Numeric(18, 2)
_INTERNAL = frozenset({"search_text"})
_MASKS = {
    "first_name": Mask.CONTACT,
    "last_name": Mask.CONTACT,
    "phone_number": Mask.CONTACT,
    "email_id": Mask.CONTACT,
    "birth_date": Mask.CONTACT,
    "mailing_street": Mask.CONTACT,
    "shipping_address": Mask.CONTACT,
    "billing_address": Mask.CONTACT,
    "extra": Mask.CONTACT,  # whatever no column stands for may be a way to reach the person
    "annual_income": Mask.INCOME,
}


class Kind(StrEnum):
    """What a column holds, for the writers."""

    TEXT = "text"
    INTEGER = "integer"
    MONEY = "money"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    JSON = "json"
    LIST = "list"


_MEMBER_TYPES = {
    Kind.INTEGER: MemberType.NUMBER,
    Kind.MONEY: MemberType.NUMBER,
    Kind.NUMBER: MemberType.NUMBER,
    Kind.BOOLEAN: MemberType.BOOLEAN,
    Kind.DATE: MemberType.TIME,
    Kind.TIME: MemberType.TIME,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a dataset as exported: money in the major unit, as its name without `_cents` says."""

    name: str
    expression: ColumnElement[Any]
    kind: Kind
    mask: Mask | RowMask | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """Columns over a source, and whose rows are whose."""

    name: str
    source: FromClause
    columns: tuple[Column, ...]
    scope: Callable[[Caller], ColumnElement[bool] | None]
    group_by: tuple[ColumnElement[Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Extract:
    """A dataset for one caller with one filter: what the writers get."""

    dataset: str
    statement: Select[*tuple[Any, ...]]
    columns: tuple[Column, ...]


def extract_of(name: str, caller: Caller | None, row_filter: object, now: datetime) -> Extract:
    """Compile the export; raises NotFoundError for an unknown dataset, InvalidInputError for a filter that can't be.

    A caller of None stands for this machine itself (profiles, the command line): no scope, no masks.
    """
    if caller is not None:
        refuse_operators(caller)
    dataset = DATASETS.get(name)
    if dataset is None:
        raise NotFoundError(f"No dataset {name[:80]}; there are {', '.join(sorted(DATASETS))}")
    seen = {column.name: _as_seen(column, caller) for column in dataset.columns}
    statement = select(*(expression.label(column) for column, expression in seen.items()))
    statement = statement.select_from(dataset.source).group_by(*dataset.group_by)
    scope = None if caller is None else dataset.scope(caller)
    conditions = list(_conditions(dataset, seen, _parse_filter(row_filter), now))
    if scope is not None:
        conditions.append(scope)
    return Extract(name, statement.where(*conditions) if conditions else statement, dataset.columns)


def _as_seen(column: Column, caller: Caller | None) -> ColumnElement[Any]:
    expression = column.expression if caller is None else unmasked(column.expression, column.mask, caller)
    return cast(expression * literal(0.01, Numeric), _MONEY) if column.kind is Kind.MONEY else expression


def _parse_filter(raw: object) -> tuple[Condition | Group, ...]:
    """Read {"column": value or [values]} or a list of filters as /v1/analytics/load takes them."""
    if raw is None:
        return ()
    if isinstance(raw, str):
        try:
            raw = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise refuse("/filter", "The filter is not well-formed JSON") from None
    if isinstance(raw, Mapping):
        raw = [
            {"member": column, "operator": "equals", "values": value if isinstance(value, list) else [value]}
            for column, value in raw.items()
        ]
    return parse_filters(raw, "/filter")


def _conditions(
    dataset: Dataset, seen: Mapping[str, ColumnElement[Any]], parts: Sequence[Condition | Group], now: datetime
) -> list[ColumnElement[bool]]:
    kinds = {column.name: column.kind for column in dataset.columns}
    found: list[ColumnElement[bool]] = []
    for part in parts:
        if isinstance(part, Group):
            inner = _conditions(dataset, seen, part.parts, now)
            found.append(and_(*inner) if part.joined_by == "and" else _any(inner))
        elif part.member not in seen:
            raise refuse(f"{part.pointer}/member", f"No column {part.member[:80]}; there are {', '.join(seen)}")
        else:
            type_ = _MEMBER_TYPES.get(kinds[part.member], MemberType.STRING)
            found.append(condition_of(Target(seen[part.member], type_, Format.PLAIN), part, now, "UTC"))
    return found


def _any(conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    first, *rest = conditions
    for condition in rest:
        first |= condition
    return first


def _kind_of(column: SqlColumn[Any]) -> Kind:
    if column.name.endswith("_cents"):
        return Kind.MONEY
    kinds: list[tuple[type[Any] | tuple[type[Any], ...], Kind]] = [
        (Boolean, Kind.BOOLEAN),
        ((Integer, BigInteger, SmallInteger), Kind.INTEGER),
        (Double, Kind.NUMBER),
        (DateTime, Kind.TIME),
        (Date, Kind.DATE),
        (JSONB, Kind.JSON),
        (ARRAY, Kind.LIST),
    ]
    return next((kind for types, kind in kinds if isinstance(column.type, types)), Kind.TEXT)


def _columns_of(table: SqlTable) -> tuple[Column, ...]:
    columns = [column for column in table.c if column.name not in _INTERNAL]
    return tuple(
        Column(name, column, _kind_of(column), _mask_of(column))
        for column in columns
        if (name := column.name.removesuffix("_cents"))
    )


def _mask_of(column: SqlColumn[Any]) -> Mask | RowMask | None:
    if column.table is t.customer_history and column.name in {"old_value", "new_value"}:
        return HISTORY_MASK
    return _MASKS.get(column.name.removesuffix("_cents"))


def _by_store(store: ColumnElement[str]) -> Callable[[Caller], ColumnElement[bool] | None]:
    return lambda caller: within_scope(store, caller)


def _by_customer(customer_id: ColumnElement[str]) -> Callable[[Caller], ColumnElement[bool] | None]:
    def scope(caller: Caller) -> ColumnElement[bool] | None:
        within = within_scope(t.customers.c.store_id, caller)
        return None if within is None else customer_id.in_(select(t.customers.c.customer_id).where(within))

    return scope


def _taught(caller: Caller) -> ColumnElement[bool] | None:
    """Keep what was taught for the caller's stores or by themselves, and for all of customers whom they may see."""
    c = t.corrections.c
    within = within_scope(c.store_id, caller)
    if within is None:
        return None
    customers = _by_customer(c.customer_id)(caller)
    for_all = c.customer_id.is_(None) if customers is None else c.customer_id.is_(None) | customers
    own = c.author_id == (caller.associate_id or caller.subject)
    shared = c.scope != CorrectionScope.ASSOCIATE.value if caller.role is Role.ASSOCIATE else true()
    return or_(own, and_(within, shared), and_(c.scope == CorrectionScope.ALL.value, for_all))


def _by_region(caller: Caller) -> ColumnElement[bool] | None:
    """Answer the spikes of the caller's region, or of the region of the caller's store."""
    region = t.spikes.c.region
    if caller.store_id is not None:
        return region.in_(select(t.channels.c.region).where(t.channels.c.store_id == caller.store_id))
    if caller.region is not None:
        return region == caller.region
    return None if caller.role is not Role.ASSOCIATE else false()


def _everybody(_caller: Caller) -> ColumnElement[bool] | None:
    return None


def _scope_of(table: SqlTable) -> Callable[[Caller], ColumnElement[bool] | None]:
    if table is t.corrections:
        return _taught
    if table is t.spikes:
        return _by_region
    if "store_id" in table.c:
        return _by_store(table.c.store_id)
    if "customer_id" in table.c:
        return _by_customer(table.c.customer_id)
    if table is t.outcomes:
        return lambda caller: (
            None
            if (within := within_scope(t.suggestions.c.store_id, caller)) is None
            else t.outcomes.c.suggestion_id.in_(select(t.suggestions.c.suggestion_id).where(within))
        )
    return _everybody


def _enriched(name: str, source: FromClause, columns: Sequence[EnrichedColumn], scope: ColumnElement[str]) -> Dataset:
    made = tuple(Column(c.name, c.expression, Kind(c.kind), _MASKS.get(c.name)) for c in columns)
    groups = tuple(c.expression for c in columns if not c.is_sum) if any(c.is_sum for c in columns) else ()
    return Dataset(name, source, made, _by_store(scope), groups)


_CONTRACT_TABLES = (
    "customers", "customer_history", "products", "channels", "orders", "order_lines", "transactions", "notes",
    "mentions", "suggestions", "outcomes", "sales_hourly", "product_affinity", "product_upgrades", "product_frequency",
    "customer_rfm", "customer_churn", "unsold_asks", "spikes", "customer_products", "warnings", "corrections",
)  # fmt: skip

DATASETS: Mapping[str, Dataset] = {
    name: Dataset(name, table, _columns_of(table), _scope_of(table))
    for name in _CONTRACT_TABLES
    if (table := t.metadata.tables.get(name)) is not None
} | {
    "orders_enriched": _enriched("orders_enriched", *ORDERS_ENRICHED),
    "customer_category_spend": _enriched("customer_category_spend", *CUSTOMER_CATEGORY_SPEND),
    "unmet_demand": _enriched("unmet_demand", *UNMET_DEMAND),
}
