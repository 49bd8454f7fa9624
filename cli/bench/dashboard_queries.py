"""The nine queries of the dashboards: as the semantic API takes them, and as plain SQL over tables without rollups."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from cli.bench.big_shop import NOW

_TODAY = NOW.date()
_LINES = "order_lines AS l JOIN products AS p ON p.productid = l.product_id LEFT JOIN channels AS c USING (store_id)"


@dataclass(frozen=True, slots=True)
class DashboardQuery:
    """One query. `plain` runs on PostgreSQL and DuckDB alike; `asked` is None where the API has a call of its own."""

    name: str
    plain: str
    asked: Mapping[str, Any] | None = None
    scope: Mapping[str, str] = field(default_factory=dict)


def _since(days: int) -> date:
    return _TODAY - timedelta(days=days)


def _sales(granularity: str, days: int) -> list[dict[str, Any]]:
    ends = [_since(days).isoformat(), _since(1).isoformat()]
    return [{"dimension": "sales.time", "granularity": granularity, "dateRange": ends}]


def _equals(member: str, value: str) -> dict[str, Any]:
    return {"member": member, "operator": "equals", "values": [value]}


def _sold_since(days: int) -> str:
    return f"sold AND l.ordered_at >= TIMESTAMPTZ '{_since(days)} 00:00:00+00'"


QUERIES = (
    DashboardQuery(
        "revenue by category, region and day, 90 days",
        f"SELECT productcategory, region, date_trunc('day', l.ordered_at) AS day, sum(amount_cents) FROM {_LINES} "
        f"WHERE {_sold_since(90)} GROUP BY 1, 2, 3",
        {
            "measures": ["sales.revenue"],
            "dimensions": ["products.category", "channels.region"],
            "timeDimensions": _sales("day", 90),
        },
    ),
    DashboardQuery(
        "one product in one region by the hour, 7 days",
        f"SELECT date_trunc('hour', l.ordered_at) AS hour, sum(l.quantity) FROM {_LINES} "
        f"WHERE l.product_id = 'P7' AND region = 'Region 3' AND {_sold_since(7)} GROUP BY 1",
        {
            "measures": ["sales.units"],
            "filters": [_equals("sales.product_id", "P7"), _equals("channels.region", "Region 3")],
            "timeDimensions": _sales("hour", 7),
        },
    ),
    DashboardQuery(
        "what sells more than usual, 3 hours against 4 weeks",
        f"SELECT l.product_id, region, sum(l.quantity) FILTER (WHERE l.ordered_at >= TIMESTAMPTZ '{NOW}' - "
        f"INTERVAL '3 hours'), sum(l.quantity) FROM {_LINES} WHERE {_sold_since(28)} GROUP BY 1, 2 ORDER BY 3 LIMIT 50",
    ),
    DashboardQuery(
        "one customer's spending by category",
        f"SELECT productcategory, sum(amount_cents) FROM {_LINES} "
        "WHERE sold AND l.customer_id = 'c00000042' GROUP BY 1",
        {
            "measures": ["lines.revenue"],
            "dimensions": ["products.category"],
            "segments": ["lines.sold"],
            "filters": [_equals("lines.customer_id", "c00000042")],
        },
    ),
    DashboardQuery(
        "how often each product was bought, 30 days",
        "SELECT l.product_id, count(DISTINCT (l.customer_id, l.order_id)) FROM order_lines AS l "
        f"WHERE {_sold_since(30)} GROUP BY 1",
        {
            "measures": ["product_frequency.purchases"],
            "dimensions": ["product_frequency.product_id"],
            "timeDimensions": [
                {"dimension": "product_frequency.day", "dateRange": [_since(30).isoformat(), _since(1).isoformat()]}
            ],
        },
    ),
    DashboardQuery(
        "how often each product was bought in one store, 30 days",
        "SELECT l.product_id, count(DISTINCT (l.customer_id, l.order_id)) FROM order_lines AS l "
        f"WHERE l.store_id = 'S5' AND {_sold_since(30)} GROUP BY 1",
        {
            "measures": ["product_frequency.purchases"],
            "dimensions": ["product_frequency.product_id"],
            "timeDimensions": [
                {"dimension": "product_frequency.day", "dateRange": [_since(30).isoformat(), _since(1).isoformat()]}
            ],
        },
        {"store_id": "S5"},
    ),
    DashboardQuery(
        "customers by state",
        "SELECT state, count(*) FROM customers GROUP BY 1",
        {"measures": ["customers.total_customers"], "dimensions": ["customers.state"]},
    ),
    DashboardQuery(
        "revenue by region and month, a year",
        f"SELECT region, date_trunc('month', l.ordered_at) AS month, sum(amount_cents) FROM {_LINES} "
        f"WHERE {_sold_since(365)} GROUP BY 1, 2",
        {"measures": ["sales.revenue"], "dimensions": ["channels.region"], "timeDimensions": _sales("month", 365)},
    ),
    DashboardQuery(
        "revenue and units of one region's categories, 30 days against the 30 before",
        f"SELECT productcategory, l.ordered_at >= TIMESTAMPTZ '{_since(30)} 00:00:00+00' AS late, sum(amount_cents), "
        f"sum(l.quantity) FROM {_LINES} WHERE region = 'Region 3' AND {_sold_since(60)} GROUP BY 1, 2",
        {
            "measures": ["sales.revenue", "sales.units"],
            "dimensions": ["products.category"],
            "timeDimensions": [
                {
                    "dimension": "sales.time",
                    "compareDateRange": [
                        [_since(30).isoformat(), _since(1).isoformat()],
                        [_since(60).isoformat(), _since(31).isoformat()],
                    ],
                }
            ],
        },
        {"region": "Region 3"},
    ),
)
