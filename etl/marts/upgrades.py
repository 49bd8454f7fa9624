"""Who bought one product and later a dearer one of the same kind: what upselling is told from."""

import time
from datetime import datetime

from sqlalchemy import Connection

from backend.warehouse.driver import driver

KEEP_DAYS = 365
LEAST_MOVED = 3
DEARER, DEAREST = 1.15, 2.5
"""So many times the price of what they had: less is no step up, more is another kind of thing."""

_COUNT = """
WITH firsts AS (
  SELECT l.customer_id, l.product_id, p.subcategory, p.currency, p.price_cents, min(l.ordered_at) AS at
  FROM order_lines AS l JOIN products AS p ON p.productid = l.product_id
  WHERE l.sold AND l.ordered_at > %(now)s - make_interval(days => %(days)s) AND l.ordered_at <= %(now)s
    AND p.listed AND p.price_cents > 0 AND p.subcategory IS NOT NULL
  GROUP BY 1, 2, 3, 4, 5
), buyers AS (SELECT product_id, count(*) AS n FROM firsts GROUP BY 1)
INSERT INTO product_upgrades (product_id, other_product_id, n_moved, n_product, refreshed_at)
SELECT had.product_id, took.product_id, count(*), buyers.n, %(now)s
FROM firsts AS had
JOIN firsts AS took ON took.customer_id = had.customer_id AND took.subcategory = had.subcategory
  AND took.at > had.at AND took.currency IS NOT DISTINCT FROM had.currency
  AND took.price_cents BETWEEN %(dearer)s * had.price_cents AND %(dearest)s * had.price_cents
JOIN buyers ON buyers.product_id = had.product_id
GROUP BY had.product_id, took.product_id, buyers.n HAVING count(*) >= %(least)s
"""
_NOTE_REFRESH = """
INSERT INTO mart_refreshes (mart, refreshed_at, n_rows, duration_ms) VALUES ('product_upgrades', %s, %s, %s)
ON CONFLICT (mart) DO UPDATE SET
  refreshed_at = EXCLUDED.refreshed_at, n_rows = EXCLUDED.n_rows, duration_ms = EXCLUDED.duration_ms
"""


def refresh_upgrades(connection: Connection, now: datetime) -> int:
    """Count anew over the last year, and put the answer in place of the old one; answer how many pairs."""
    started = time.perf_counter()
    raw = driver(connection)
    raw.execute("DELETE FROM product_upgrades")
    asked = {"now": now, "days": KEEP_DAYS, "least": LEAST_MOVED, "dearer": DEARER, "dearest": DEAREST}
    n_pairs = raw.execute(_COUNT, asked).rowcount
    raw.execute(_NOTE_REFRESH, (now, n_pairs, round((time.perf_counter() - started) * 1000)))
    return n_pairs
