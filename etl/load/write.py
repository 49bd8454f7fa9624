"""Write what differs between two states of customers: nothing else is touched."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import Connection

from backend.warehouse.driver import driver
from etl.load.frequency import add_purchases, frequency_differences
from etl.load.sales import add_sales, sales_differences
from etl.load.statements import ORDER_LINES, PLANS, TablePlan
from etl.normalize.rows import OrderLineRow
from etl.normalize.state import CustomerState, Stub

_COPY_FROM = 50
"""From so many new rows on, COPY is quicker than statements one by one."""
_NAME_PRODUCTS = """
INSERT INTO products AS held (productid, productname, aliases, listed, updated_at)
SELECT id, name, '{}', false, at FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS named (id, name, at)
WHERE NOT EXISTS (
  SELECT FROM products AS known WHERE known.productid = named.id
  AND (known.listed OR (known.productname COLLATE "C" <= named.name AND known.updated_at <= named.at)))
ORDER BY id
ON CONFLICT (productid) DO UPDATE SET
  productname = least(held.productname COLLATE "C", EXCLUDED.productname),
  updated_at = least(held.updated_at, EXCLUDED.updated_at)
WHERE NOT held.listed
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """What must happen to one table, each list in the order of its keys."""

    plan: TablePlan[Any]
    added: list[tuple[Any, ...]] = field(default_factory=list)
    changed: list[tuple[Any, ...]] = field(default_factory=list)
    removed: list[tuple[Any, ...]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.added) + len(self.changed) + len(self.removed)


def difference(plan: TablePlan[Any], before: Sequence[CustomerState], after: Sequence[CustomerState]) -> Difference:
    """Compare the rows of one table. Rows that were not touched are the same objects, so this costs next to nothing."""
    found = Difference(plan)
    for old_state, new_state in zip(before, after, strict=True):
        old, new = plan.held(old_state), plan.held(new_state)
        for key, row in new.items():
            held = old.get(key)
            if held is None:
                found.added.append(row)
            elif held is not row and held != row:
                found.changed.append(row)
        found.removed.extend(row for key, row in old.items() if key not in new)
    for several in (found.added, found.changed, found.removed):
        several.sort(key=lambda row: row[: plan.n_key])
    return found


def write_states(
    connection: Connection, before: Sequence[CustomerState], after: Sequence[CustomerState], *, rollup: bool = True
) -> dict[str, int]:
    """Write what differs, and the products that were named; answer how many rows per table.

    Without `rollup` the rollups are left to `fill_rollups`, which is quicker where everything is written anew.
    """
    raw = driver(connection)
    name_products(raw, after)
    differences = [difference(plan, before, after) for plan in PLANS]
    with raw.pipeline():
        for found in differences:
            _write_few(raw, found)
    for found in differences:
        if len(found.added) >= _COPY_FROM:
            copy_rows(raw, found.plan.copy, found.added)
    lines = next(found for found in differences if found.plan is ORDER_LINES)
    counts = {found.plan.name: len(found) for found in differences}
    if rollup:
        counts["sales_hourly"] = add_sales(connection, sales_differences(_held(lines, before), _written(lines)))
        orders = [row[:2] for row in (*lines.added, *lines.changed, *lines.removed)]
        counts["product_frequency"] = add_purchases(raw, frequency_differences(before, after, orders))
    return {name: count for name, count in counts.items() if count}


def name_products(raw: psycopg.Connection[Any], states: Iterable[CustomerState]) -> None:
    """Give a row to every product that was named and has none; whoever names it first, the row is the same."""
    stubs: dict[str, Stub] = {}
    for state in states:
        for product_id, stub in state.stubs.items():
            held = stubs.get(product_id)
            stubs[product_id] = Stub(min(held.name, stub.name), min(held.named_at, stub.named_at)) if held else stub
    if stubs:
        times: list[datetime] = [stub.named_at for stub in stubs.values()]
        raw.execute(_NAME_PRODUCTS, (list(stubs), [stub.name for stub in stubs.values()], times))


def copy_rows(raw: psycopg.Connection[Any], statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Take rows in by COPY."""
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _write_few(raw: psycopg.Connection[Any], found: Difference) -> None:
    upserts = list(found.changed) if len(found.added) >= _COPY_FROM else [*found.changed, *found.added]
    n_key = found.plan.n_key
    upserts.sort(key=lambda row: row[:n_key])
    with raw.cursor() as cursor:
        if found.removed:
            cursor.executemany(found.plan.delete, [row[:n_key] for row in found.removed])
        if upserts:
            cursor.executemany(found.plan.upsert, upserts)


def _written(lines: Difference) -> list[OrderLineRow]:
    return [OrderLineRow._make(row) for row in (*lines.added, *lines.changed)]


def _held(lines: Difference, before: Sequence[CustomerState]) -> list[OrderLineRow]:
    """Answer the lines that are replaced or removed, as they were."""
    by_customer: Mapping[str, CustomerState] = {state.customer_id: state for state in before}
    changed = (by_customer[row[0]].lines[row[1], row[2]] for row in lines.changed)
    return [*changed, *(OrderLineRow._make(row) for row in lines.removed)]
