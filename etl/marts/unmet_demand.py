"""What customers asked for and were not sold: one row an ask, with the words that prove it.

An ask is a mention that is wanted or asked for, or one that was rejected because of size, colour or stock, or a thing
that the catalogue does not have. It is met, and has no row, where the customer buys the product (any of the variants
that the words leave open; for a kind, any product of that kind) from the day of the ask until `PURCHASE_DAYS` later.
The clock has no part in it: an ask of today counts at once and goes when it is met; `open_until` is its last day.
So the rows of a customer follow from the customer's other rows and the catalogue alone. The loader tells them anew in
its own transaction for whom it touches; `refresh_all` does so for everybody, for what the catalogue has changed.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine

from backend.warehouse.driver import driver
from backend.warehouse.tables import unmet_demand

PURCHASE_DAYS = 14
"""A purchase so many days after the ask still meets it."""
LEAST_CONFIDENCE = 0.3
"""A mention of which the reader is less sure is no evidence of demand."""
_BATCH = 500

_COLUMNS = tuple(column.name for column in unmet_demand.columns)
_KEY = tuple(column.name for column in unmet_demand.primary_key.columns)


def _list(names: Sequence[str], prefix: str = "") -> str:
    return ", ".join(f'{prefix}"{name}"' for name in names)


_ASKS = """
noted AS (
  SELECT n.customer_id, n.note_id, coalesce(nullif(n.store_id, ''), nullif(c.store_id, '')) AS store_id,
    coalesce(o.filed_on, (coalesce(n.written_at, n.accepted_at) AT TIME ZONE 'UTC')::date) AS asked_on
  FROM notes AS n LEFT JOIN customers AS c USING (customer_id)
  LEFT JOIN orders AS o ON o.customer_id = n.customer_id AND o.order_id = n.order_id
  WHERE {n}
),
asked AS (
  SELECT m.customer_id, m.note_id, 'mention' AS source, m.position, coalesce(m.shortage, 'not_bought') AS reason,
    m.product_id, m.product_ids, coalesce(p.subcategory, m.category) AS subcategory,
    coalesce(p.productcategory, (SELECT min(k.productcategory) FROM products AS k WHERE k.subcategory = m.category))
      AS category,
    NULL AS wanted, m.color, m.size, m.gender, m.quantity, m.recipient, m.intent, m.confidence, m.start, m."end",
    m.text, m.extractor_version, m.revision, m.source_kind, m.pointer
  FROM mentions AS m LEFT JOIN products AS p ON p.productid = m.product_id
  WHERE {m} AND m.confidence >= %(least)s
    AND (m.intent IN ('wants', 'asked') OR (m.intent = 'rejected' AND m.shortage IS NOT NULL))
  UNION ALL
  SELECT u.customer_id, u.note_id, 'unsold_ask', u.position, 'not_carried', NULL, '{{}}', NULL, NULL, u.wanted,
    u.color, u.size, u.gender, NULL, NULL, NULL, NULL, u.start, u."end", u.text, u.extractor_version, u.revision,
    u.source_kind, u.pointer
  FROM unsold_asks AS u WHERE {u}
),
unmet AS (
  SELECT asked.*, noted.asked_on, noted.asked_on + %(days)s::int AS open_until, noted.store_id
  FROM asked JOIN noted USING (customer_id, note_id)
  WHERE noted.asked_on IS NOT NULL AND NOT EXISTS (
    SELECT FROM order_lines AS l LEFT JOIN products AS p ON p.productid = l.product_id
    WHERE l.customer_id = asked.customer_id AND l.sold
      AND (l.ordered_at AT TIME ZONE 'UTC')::date BETWEEN noted.asked_on AND noted.asked_on + %(days)s::int
      AND (l.product_id = ANY(asked.product_ids)
        OR (cardinality(asked.product_ids) = 0 AND p.subcategory = asked.subcategory))
  )
)
"""
_REFRESH = f"""
WITH {_ASKS},
gone AS (
  DELETE FROM unmet_demand AS held WHERE {{held}}
    AND NOT EXISTS (SELECT FROM unmet WHERE ({_list(_KEY, "unmet.")}) = ({_list(_KEY, "held.")}))
  RETURNING 1
),
put AS (
  INSERT INTO unmet_demand AS held ({_list(_COLUMNS)}) SELECT {_list(_COLUMNS)} FROM unmet
  ON CONFLICT ({_list(_KEY)}) DO UPDATE SET {", ".join(f'"{c}" = EXCLUDED."{c}"' for c in _COLUMNS if c not in _KEY)}
  WHERE ({_list(_COLUMNS, "held.")}) IS DISTINCT FROM ({_list(_COLUMNS, "EXCLUDED.")})
  RETURNING 1
)
SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM put)
"""  # noqa: S608 - names of ours
_RECOUNT = f"""
WITH {_ASKS}
SELECT {", ".join(f'coalesce(held."{c}", unmet."{c}")::text' for c in _KEY)}, held.customer_id IS NOT NULL AS is_held
FROM unmet_demand AS held FULL JOIN unmet USING ({_list(_KEY)})
WHERE ({_list(_COLUMNS, "held.")}) IS DISTINCT FROM ({_list(_COLUMNS, "unmet.")})
ORDER BY 1, 2, 3, 4 LIMIT %(limit)s
"""  # noqa: S608 - names of ours
_LOCK = "SELECT FROM ingested WHERE customer_id = ANY(%s) ORDER BY customer_id FOR UPDATE"
_CUSTOMERS = """
SELECT customer_id FROM mentions WHERE customer_id > %(after)s
UNION SELECT customer_id FROM unsold_asks WHERE customer_id > %(after)s
UNION SELECT customer_id FROM unmet_demand WHERE customer_id > %(after)s
ORDER BY 1 LIMIT %(limit)s
"""
_NOTE_REFRESH = """
INSERT INTO mart_refreshes (mart, refreshed_at, n_rows, duration_ms)
SELECT 'unmet_demand', %s, count(*), %s FROM unmet_demand
ON CONFLICT (mart) DO UPDATE SET
  refreshed_at = EXCLUDED.refreshed_at, n_rows = EXCLUDED.n_rows, duration_ms = EXCLUDED.duration_ms
"""
_RULES = {"days": PURCHASE_DAYS, "least": LEAST_CONFIDENCE}


def _of(query: str, *, everybody: bool) -> str:
    """Fill in whose rows are meant."""
    return query.format(
        **{name: "true" if everybody else f"{name}.customer_id = ANY(%(ids)s)" for name in ("n", "m", "u", "held")}
    )


_REFRESH_SOME, _REFRESH_ALL = _of(_REFRESH, everybody=False), _of(_REFRESH, everybody=True)


def refresh_unmet_demand(connection: Connection, customer_ids: Sequence[str] | None) -> int:
    """Tell these customers' rows (None: everybody's) anew; answer how many were written or removed.

    Whoever calls holds these customers, as the loader does: their other rows must not change meanwhile.
    """
    if customer_ids is not None and not customer_ids:
        return 0
    query = _REFRESH_ALL if customer_ids is None else _REFRESH_SOME
    row = driver(connection).execute(query, {**_RULES, "ids": list(customer_ids or ())}).fetchone()
    assert row is not None
    return int(row[0])


def refresh_all(engine: Engine, now: datetime) -> int:
    """Tell everybody's rows anew, some customers at a time, so that no loader waits long; answer what was changed."""
    started = time.perf_counter()
    changed = 0
    for ids in _batches(engine):
        with engine.begin() as connection:
            driver(connection).execute(_LOCK, (ids,))
            changed += refresh_unmet_demand(connection, ids)
    with engine.begin() as connection:
        driver(connection).execute(_NOTE_REFRESH, (now, round((time.perf_counter() - started) * 1000)))
    return changed


def misjudged_asks(connection: Connection, *, limit: int = 100) -> list[tuple[str, bool]]:
    """Answer asks that are held and should not be (True), or should be and are not or otherwise (False)."""
    query = _of(_RECOUNT, everybody=True)
    found = driver(connection).execute(query, {**_RULES, "limit": limit}).fetchall()
    return [("/".join(row[:-1]), bool(row[-1])) for row in found]


def _batches(engine: Engine) -> Iterator[list[str]]:
    after = ""
    while True:
        with engine.begin() as connection:
            rows = driver(connection).execute(_CUSTOMERS, {"after": after, "limit": _BATCH}).fetchall()
        if not rows:
            return
        ids = [row[0] for row in rows]
        yield ids
        after = ids[-1]
