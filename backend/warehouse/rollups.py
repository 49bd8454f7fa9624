"""What the rollups are, as queries over the rows: the loader keeps them by differences, this is what they must be."""

SALES_HOURLY = """
SELECT date_trunc('hour', ordered_at, 'UTC') AS hour, product_id, coalesce(store_id, '') AS store_id,
  sum(quantity)::bigint AS units, sum(amount_cents)::bigint AS revenue_cents, count(*) AS n_lines
FROM order_lines WHERE sold AND ordered_at IS NOT NULL GROUP BY 1, 2, 3
"""
