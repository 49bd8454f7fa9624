"""What `floorbook offline spikes` does: the detector of the live views, run over a file of sales."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import orjson

from cli.order_files import report_rejects
from cli.sales_files import Sales, read_sales
from etl.marts.spikes import Alert, Grid, replay


def spike_lines(path: Path, *, alerts_a_day: float) -> Iterator[bytes]:
    """Answer one line of JSON for each alert, in the order of detection."""
    sales, rejects = read_sales(path)
    report_rejects(path, rejects)
    alerts = replay(grid_of(sales), sales.sold_at, sales.series, sales.quantity, alerts_a_day=alerts_a_day)
    return (orjson.dumps(_described(alert, sales)) for alert in alerts)


def grid_of(sales: Sales) -> Grid:
    """Answer the grid of the series that the file has sales of."""
    products, product = np.unique([product for product, _ in sales.names], return_inverse=True)
    regions, region = np.unique([region for _, region in sales.names], return_inverse=True)
    return Grid(product, region, len(products), len(regions))


def _described(alert: Alert, sales: Sales) -> dict[str, object]:
    product_id, region = sales.names[alert.series]
    return {
        "product_id": product_id,
        "region": region,
        "started_at": _stamp(alert.started_at),
        "detected_at": _stamp(alert.detected_at),
        "observed": round(alert.observed, 3),
        "expected": round(alert.expected, 3),
        "score": round(alert.score, 3),
    }


def _stamp(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
