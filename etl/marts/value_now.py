"""How customers stand after an order of a moment ago, until the next refresh tells everybody anew.

Counts are those of the refresh. The chance of no purchase is the plain Gamma rate's where somebody bought since, as the
fitted models are not at hand in the loader's transaction; the segment stays, but nobody who has just bought is churned.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection

from backend.domain.ids import CustomerId
from backend.warehouse.driver import driver
from etl.marts.churn.states import ACTIVE, CHURNED, CHURNED_DAYS, NEVER_PURCHASED

_LOCK_KEY = 0x56414C55  # "VALU": a refresh puts all rows anew; loaders do not wait for it
_HOLD = "SELECT pg_advisory_xact_lock(%s, hashtext(current_schema()))"
_TRY = "SELECT pg_try_advisory_xact_lock_shared(%s, hashtext(current_schema()))"
_HORIZON = "SELECT horizon_days FROM customer_churn LIMIT 1"
_NEWS = "SELECT customer_id FROM ingested WHERE ingested_at >= %s ORDER BY customer_id"
_RETELL = """
WITH days AS (
  SELECT customer_id, (ordered_at AT TIME ZONE 'UTC')::date AS day, sum(amount_cents) AS cents FROM order_lines
  WHERE customer_id = ANY(%(ids)s) AND sold AND ordered_at <= %(now)s GROUP BY 1, 2
), told AS (
  SELECT customer_id, count(*)::int AS n, sum(greatest(cents, 0))::bigint AS cents, min(day) AS first_on,
    max(day) AS last_on, %(today)s - max(day) AS recency, %(today)s - min(day) AS age
  FROM days GROUP BY 1
), held AS (
  SELECT told.*, c.probability, r.frequency IS NOT DISTINCT FROM told.n
      AND r.last_purchase_on IS NOT DISTINCT FROM told.last_on AS as_before,
    CASE WHEN r.segment IS NULL THEN 'new'
      WHEN r.segment = %(churned)s AND told.recency <= %(churned_days)s THEN 'occasional' ELSE r.segment END AS segment
  FROM told LEFT JOIN customer_rfm AS r USING (customer_id) LEFT JOIN customer_churn AS c USING (customer_id)
), rfm AS (
  INSERT INTO customer_rfm (customer_id, recency_days, frequency, monetary_cents, first_purchase_on, last_purchase_on,
    segment, refreshed_at)
  SELECT customer_id, recency, n, cents, first_on, last_on, segment, %(now)s FROM held
  ON CONFLICT (customer_id) DO UPDATE SET recency_days = EXCLUDED.recency_days, frequency = EXCLUDED.frequency,
    monetary_cents = EXCLUDED.monetary_cents, first_purchase_on = EXCLUDED.first_purchase_on,
    last_purchase_on = EXCLUDED.last_purchase_on, segment = EXCLUDED.segment, refreshed_at = EXCLUDED.refreshed_at
), gone AS (
  DELETE FROM customer_rfm WHERE customer_id = ANY(%(ids)s) AND customer_id NOT IN (SELECT customer_id FROM told)
)
INSERT INTO customer_churn (customer_id, state, probability, horizon_days, segment, reason, method, refreshed_at)
SELECT customer_id, CASE WHEN recency > %(churned_days)s THEN %(churned)s ELSE %(active)s END,
  CASE WHEN as_before AND probability IS NOT NULL THEN probability ELSE greatest(
    power((%(horizon)s + age)::float8 / (2 * %(horizon)s + age), n - 0.5),
    1 - exp(-recency::float8 / (3 * %(horizon)s))) END,
  %(horizon)s, segment,
  format('no purchase in %%s; ', CASE recency WHEN 1 THEN '1 day' ELSE recency || ' days' END) || CASE
    WHEN n = 1 THEN 'bought on one day only'
    ELSE format('usually every %%s (n = %%s)', CASE round((last_on - first_on)::numeric / (n - 1)) WHEN 1 THEN '1 day'
      ELSE round((last_on - first_on)::numeric / (n - 1)) || ' days' END, n - 1) END,
  'gamma', %(now)s
FROM held
UNION ALL
SELECT id, %(never)s, NULL, %(horizon)s, %(never)s, 'nothing bought so far', 'gamma', %(now)s
FROM unnest(%(ids)s::text[]) AS id WHERE id NOT IN (SELECT customer_id FROM told)
ON CONFLICT (customer_id) DO UPDATE SET state = EXCLUDED.state, probability = EXCLUDED.probability,
  segment = EXCLUDED.segment, reason = EXCLUDED.reason, method = EXCLUDED.method, refreshed_at = EXCLUDED.refreshed_at
"""


def retell_value(connection: Connection, customer_ids: Sequence[str], now: datetime) -> int:
    """Tell how these customers stand as of now; answer of how many.

    0 where nobody's value was ever told, and while a refresh writes: it tells of them itself when it is done.
    """
    raw = driver(connection)
    if not customer_ids or (raw.execute(_TRY, (_LOCK_KEY,)).fetchone() or (False,))[0] is False:
        return 0
    horizon = raw.execute(_HORIZON).fetchone()
    if horizon is None:
        return 0
    asked = {
        "ids": list(customer_ids), "now": now, "today": now.astimezone(UTC).date(), "horizon": horizon[0],
        "churned": CHURNED, "active": ACTIVE, "never": NEVER_PURCHASED, "churned_days": CHURNED_DAYS,
    }  # fmt: skip
    raw.execute(_RETELL, asked)
    return len(customer_ids)


def hold_value(connection: Connection) -> None:
    """Keep loaders from telling anybody's value until the transaction ends; those that do so now are waited for."""
    driver(connection).execute(_HOLD, (_LOCK_KEY,))


def customers_since(connection: Connection, since: datetime) -> list[CustomerId]:
    """Answer the customers of whom the tables have news since."""
    return [CustomerId(row[0]) for row in driver(connection).execute(_NEWS, (since,)).fetchall()]
