"""What the rollups are, as queries over the rows: the loader keeps them by differences, this is what they must be."""

from collections.abc import Mapping

from sqlalchemy import Connection, inspect, text

SALES_HOURLY = """
SELECT date_trunc('hour', ordered_at, 'UTC') AS hour, product_id, coalesce(store_id, '') AS store_id,
  sum(quantity)::bigint AS units, sum(amount_cents)::bigint AS revenue_cents, count(*) AS n_lines
FROM order_lines WHERE sold AND ordered_at IS NOT NULL GROUP BY 1, 2, 3
"""
SALES_DAILY = """
SELECT (hour AT TIME ZONE 'UTC')::date AS day, coalesce(productcategory, '') AS category, store_id,
  sum(units)::bigint AS units, sum(revenue_cents)::bigint AS revenue_cents, sum(n_lines)::bigint AS n_lines
FROM sales_hourly LEFT JOIN products ON product_id = productid GROUP BY 1, 2, 3
"""
PRODUCT_FREQUENCY = """
SELECT day, product_id, store_id, count(*) AS n_orders, sum(units)::bigint AS units
FROM (
  SELECT (min(ordered_at) AT TIME ZONE 'UTC')::date AS day, product_id, max(coalesce(store_id, '')) AS store_id,
    sum(quantity) AS units
  FROM order_lines WHERE sold AND ordered_at IS NOT NULL GROUP BY customer_id, order_id, product_id
) AS purchases GROUP BY 1, 2, 3
"""
SALES_REGIONAL = """
SELECT day, category, coalesce(region, '') AS region,
  sum(units)::bigint AS units, sum(revenue_cents)::bigint AS revenue_cents, sum(n_lines)::bigint AS n_lines
FROM sales_daily LEFT JOIN channels USING (store_id) GROUP BY 1, 2, 3
"""
PRODUCT_PURCHASES = """
SELECT n_days, CASE n_days WHEN 7 THEN date_trunc('week', day::timestamp)::date ELSE day END AS starts_on, product_id,
  sum(n_orders)::bigint AS n_orders, sum(units)::bigint AS units
FROM product_frequency CROSS JOIN (VALUES (1::smallint), (7::smallint)) AS width (n_days) GROUP BY 1, 2, 3
"""

ROLLUPS: Mapping[str, str] = {
    "sales_hourly": SALES_HOURLY,
    "sales_daily": SALES_DAILY,
    "sales_regional": SALES_REGIONAL,
    "product_frequency": PRODUCT_FREQUENCY,
    "product_purchases": PRODUCT_PURCHASES,
}
"""Each after those that it is made from."""


def missing_rollups(connection: Connection, schema: str) -> list[str]:
    """Answer the rollups that this schema has no table for yet."""
    held = set(inspect(connection).get_table_names(schema=schema))
    return [name for name in ROLLUPS if name not in held]


def fill_rollups(connection: Connection, names: list[str] | None = None) -> None:
    """Fill empty rollups from all rows at once, in the order of their keys: so they are quickest written and read."""
    for name, query in ROLLUPS.items():
        if names is None or name in names:
            connection.execute(text(f"INSERT INTO {name} {query} ORDER BY 1, 2, 3"))
