"""Queries that find amounts at odds with the rows that they are made from."""

from typing import NamedTuple

from sqlalchemy import Connection, text

_ORDERS = """
SELECT o.customer_id || '/' || o.order_id AS "where", o.amount_cents::text AS held,
  sum(l.amount_cents)::text AS expected
FROM orders AS o JOIN order_lines AS l USING (customer_id, order_id)
GROUP BY o.customer_id, o.order_id HAVING sum(l.amount_cents) <> o.amount_cents OR count(*) <> o.n_lines LIMIT :limit
"""
_LINES = """
SELECT customer_id || '/' || order_id || '/' || line_number AS "where", amount_cents::text AS held,
  CASE WHEN sold THEN quantity * unit_price_cents - discount_cents ELSE 0 END::text AS expected
FROM order_lines
WHERE amount_cents <> CASE WHEN sold THEN quantity * unit_price_cents - discount_cents ELSE 0 END LIMIT :limit
"""


class AtOdds(NamedTuple):
    """A row that says one thing where others say another."""

    where: str
    held: str
    expected: str


def orders_unlike_their_lines(connection: Connection, *, limit: int = 100) -> list[AtOdds]:
    """Answer orders whose amount or number of lines is not that of their lines."""
    return _find(connection, _ORDERS, limit)


def lines_unlike_their_prices(connection: Connection, *, limit: int = 100) -> list[AtOdds]:
    """Answer lines whose amount is not quantity times unit price less discount, or not 0 where not sold."""
    return _find(connection, _LINES, limit)


def _find(connection: Connection, query: str, limit: int) -> list[AtOdds]:
    return [AtOdds(*row) for row in connection.execute(text(query), {"limit": limit})]
