"""What `floorbook offline churn` does: the forecast and the segments of the marts, told of a file of orders."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from backend.recommend.order_lines import OrderLines
from cli.errors import UnusableInputError
from cli.order_files import read_orders, report_rejects
from etl.marts.churn.model import Forecast, forecast
from etl.marts.churn.purchases import count_purchases
from etl.marts.churn.reasons import NEVER_PURCHASED, reason_for, state_of
from etl.marts.churn.segments import segment

_HEADER = ("customer_id", "probability", "state", "segment", "reason")


def churn_lines(path: Path, as_of: str, horizon_days: int) -> Iterator[bytes]:
    """Answer the lines of the CSV, by customer id. Raises UnusableInputError."""
    moment = _moment(as_of)
    lines, rejects = read_orders(path)
    report_rejects(path, rejects)
    known = lines.take(lines.ordered_at <= moment)
    if not len(known):
        raise UnusableInputError(f"{path}: no order up to {as_of}")
    return _rows(known, int(moment.astype("datetime64[D]").astype(int)), horizon_days)


def _moment(as_of: str) -> np.datetime64:
    try:
        moment = datetime.fromisoformat(as_of)
    except ValueError as error:
        raise UnusableInputError(f"--as-of {as_of}: no date like 2026-11-24") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def _rows(known: OrderLines, day: int, horizon_days: int) -> Iterator[bytes]:
    sold = known.take(known.quantity > 0)
    purchases = count_purchases(
        sold.customer.astype(np.int64),
        sold.ordered_at.astype("datetime64[us]").astype(np.int64),
        sold.quantity * sold.unit_price,
        len(known.customers),
    )
    told = forecast(purchases, day, horizon_days)
    places = dict(zip(told.standing.customer.tolist(), range(len(told.probability)), strict=True))
    segments = segment(told.standing.recency, told.standing.n, told.standing.amount)
    yield _line(_HEADER)
    for customer in np.unique(known.customer).tolist():
        yield _line((known.customers[customer], *_told(told, segments, places.get(customer))))


def _told(told: Forecast, segments: list[str], place: int | None) -> tuple[str, str, str, str]:
    if place is None:
        return "1.000000", NEVER_PURCHASED, NEVER_PURCHASED, "nothing bought and kept so far"
    probability = f"{told.probability[place]:.6f}"
    return probability, state_of(told.standing.recency[place]), segments[place], reason_for(told.standing, place)


def _line(cells: tuple[object, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue().encode()
