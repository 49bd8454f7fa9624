"""How each customer stands: recency, frequency, money, segment, and the chance of no purchase within a horizon.

The horizon is told from the shop's own rhythm: four of five gaps between two purchases are no longer.
"""

import time
from datetime import UTC, date, datetime, timedelta

import numpy as np
from sqlalchemy import Connection

from backend.warehouse.driver import driver
from backend.warehouse.tables import customer_churn, customer_rfm
from etl.marts.churn.features import Standing
from etl.marts.churn.model import Forecast, forecast
from etl.marts.churn.purchases import Purchases
from etl.marts.churn.reasons import NEVER_PURCHASED, reason_for, state_of
from etl.marts.churn.segments import segment
from etl.marts.value_now import hold_value

LEAST_HORIZON, MOST_HORIZON, USUAL_HORIZON = 14, 180, 90
_GAP_QUANTILE = 0.8
_EPOCH = date(1970, 1, 1)
_DAYS = """
SELECT customer_id, (ordered_at AT TIME ZONE 'UTC')::date - DATE '1970-01-01', sum(amount_cents), count(*)
FROM order_lines WHERE sold AND ordered_at <= %s GROUP BY 1, 2 ORDER BY 1, 2
"""
_NEVER = "SELECT customer_id FROM customers ORDER BY customer_id"
_UNKNOWN = "DELETE FROM {} AS mart WHERE NOT EXISTS (SELECT FROM ingested AS i WHERE i.customer_id = mart.customer_id)"
_NOTE_REFRESH = """
INSERT INTO mart_refreshes (mart, refreshed_at, n_rows, duration_ms) VALUES (%s, %s, %s, %s)
ON CONFLICT (mart) DO UPDATE SET
  refreshed_at = EXCLUDED.refreshed_at, n_rows = EXCLUDED.n_rows, duration_ms = EXCLUDED.duration_ms
"""
_MARTS = (customer_rfm, customer_churn)


def refresh_customer_value(connection: Connection, now: datetime) -> int:
    """Put customer_rfm and customer_churn as of now in place of the old ones; answer how many customers there are.

    What an erasure takes out meanwhile may come back with this transaction: `drop_unknown` is to follow in another.
    """
    started = time.perf_counter()
    raw = driver(connection)
    found = raw.execute(_DAYS, (now,)).fetchall()
    ids, purchases = _purchases(found)
    told = forecast(purchases, (now.astimezone(UTC).date() - _EPOCH).days, horizon := horizon_of(purchases))
    segments = segment(told.standing.recency, told.standing.n, told.standing.amount)
    known = set(ids)
    never = [row[0] for row in raw.execute(_NEVER).fetchall() if row[0] not in known]
    rows = (
        _rfm_rows(ids, told.standing, segments, now),
        _churn_rows(ids, told, segments, never, horizon_days=horizon, now=now),
    )
    hold_value(connection)
    for mart, content in zip(_MARTS, rows, strict=True):
        raw.execute(f"DELETE FROM {mart.name}")  # noqa: S608 - a table's name
        with (
            raw.cursor() as cursor,
            cursor.copy(f"COPY {mart.name} ({', '.join(mart.columns.keys())}) FROM STDIN") as copy,
        ):
            for row in content:
                copy.write_row(row)
        raw.execute(_NOTE_REFRESH, (mart.name, now, len(content), round((time.perf_counter() - started) * 1000)))
    return len(rows[1])


def drop_unknown(connection: Connection) -> None:
    """Take out who was erased while a refresh ran."""
    for mart in _MARTS:
        driver(connection).execute(_UNKNOWN.format(mart.name))


def horizon_of(purchases: Purchases) -> int:
    """Answer the horizon in whole weeks: that which four of five gaps between two purchases do not exceed."""
    same = np.diff(purchases.customer) == 0
    gaps = np.diff(purchases.day)[same]
    if not len(gaps):
        return USUAL_HORIZON
    weeks = np.ceil(np.quantile(gaps, _GAP_QUANTILE) / 7)
    return int(np.clip(weeks * 7, LEAST_HORIZON, MOST_HORIZON))


def _purchases(found: list[tuple[str, int, int, int]]) -> tuple[list[str], Purchases]:
    """Answer the customers' ids and their purchases; the rows are by customer, then day."""
    ids, codes = np.unique(np.array([row[0] for row in found], dtype=object), return_inverse=True)
    figures = np.array([row[1:] for row in found], dtype=np.float64).reshape(-1, 3)
    order = np.lexsort((figures[:, 0], codes))
    day, cents, lines = figures[order].T
    return [str(one) for one in ids], Purchases(
        customer=codes[order].astype(np.int64),
        day=day.astype(np.int64),
        amount=np.maximum(cents, 0) / 100,
        n_products=lines.astype(np.int64),
        n_customers=len(ids),
    )


def _rfm_rows(ids: list[str], standing: Standing, segments: list[str], now: datetime) -> list[tuple[object, ...]]:
    today = now.astimezone(UTC).date()
    columns = zip(standing.customer, standing.recency, standing.n, standing.amount, standing.age, segments, strict=True)
    return [
        (
            ids[customer], int(recency), int(n), round(float(amount) * 100),
            today - timedelta(days=int(age)), today - timedelta(days=int(recency)), name, now,
        )
        for customer, recency, n, amount, age, name in columns
    ]  # fmt: skip


def _churn_rows(
    ids: list[str], told: Forecast, segments: list[str], never: list[str], *, horizon_days: int, now: datetime
) -> list[tuple[object, ...]]:
    standing = told.standing
    bought: list[tuple[object, ...]] = [
        (
            ids[customer], state_of(standing.recency[place]), float(told.probability[place]), horizon_days,
            segments[place], reason_for(standing, place), told.method, now,
        )
        for place, customer in enumerate(standing.customer)
    ]  # fmt: skip
    silent = "nothing bought so far"
    return bought + [
        (one, NEVER_PURCHASED, None, horizon_days, NEVER_PURCHASED, silent, told.method, now) for one in never
    ]
