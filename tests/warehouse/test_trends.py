"""The most surprising sales are found without reading what is usual of all the others."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, insert

from backend.analytics.trends import Trend, expected_units, read_trends, window_of
from backend.domain.access import Caller, Role
from backend.warehouse.tables import channels, sales_hourly

CHIEF = Caller("chief", Role.MANAGER)
NOW = datetime(2026, 11, 22, 12, 20, tzinfo=UTC)
WINDOW = window_of(NOW)
WEIGHTS = (1.0, 1.0, 1 / 3)
N_PRODUCTS, N_STORES = 300, 4
Sold = dict[tuple[str, str, datetime], int]


def made_sales() -> Sold:
    """Most sell next to nothing, a few much, and some more than ever before."""
    draw = random.Random(5)
    sold: Sold = {}
    for number in range(N_PRODUCTS):
        usual = 6 * draw.random() ** 6
        for store in range(N_STORES):
            for hour in WINDOW:
                for week in range(5):
                    risen = 8 if week == 0 and number % 31 == 0 else 1
                    units = sum(draw.random() < usual * risen / 20 for _ in range(20))
                    if units:
                        sold[f"P{number}", f"S{store}", hour - timedelta(weeks=week)] = units
    return sold


def all_trends(sold: Sold) -> list[tuple[float, int, str, str]]:
    """Every product and region, counted by hand."""
    units: dict[tuple[str, str], dict[datetime, int]] = defaultdict(lambda: defaultdict(int))
    for (product, store, hour), n in sold.items():
        units[product, f"Region {int(store[1:]) % 2}"][hour] += n
    found = []
    for (product, region), by_hour in units.items():
        observed = sum(by_hour[hour] for hour in WINDOW)
        usual = [sum(by_hour[hour - timedelta(weeks=week)] for week in range(1, 5)) for hour in WINDOW]
        expected = expected_units(zip(usual, WEIGHTS, strict=True))
        if observed:
            found.append((-Trend("", "", None, None, 0, observed, expected, ()).score, -observed, product, region))
    return sorted(found)


def test_the_first_ones_are_those_of_a_full_count(engine: Engine) -> None:
    sold = made_sales()
    stores = [
        {"store_id": f"S{n}", "region": f"Region {n % 2}", "extra": {}, "updated_at": NOW} for n in range(N_STORES)
    ]
    cells = [
        {"product_id": p, "store_id": s, "hour": h, "units": n, "revenue_cents": n, "n_lines": 1}
        for (p, s, h), n in sold.items()
    ]
    wanted = all_trends(sold)
    assert len(wanted) > 200
    with engine.begin() as connection:
        connection.execute(insert(channels), stores)
        connection.execute(insert(sales_hourly), cells)
        for limit in (1, 50, 1_000):
            for at_once in (0, 20, 10_000):
                found = read_trends(connection, CHIEF, NOW, limit, at_once=at_once)
                assert [(-one.score, -one.observed, one.product_id, one.region) for one in found] == wanted[:limit]
