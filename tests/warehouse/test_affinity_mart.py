"""The affinity mart: refreshed from the order lines, all at once."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, insert, select

from backend.warehouse import tables as t
from etl.marts.affinity import KEEP_DAYS, refresh_affinity

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def sell(engine: Engine, *baskets: tuple[str, ...], at: datetime = NOW - timedelta(days=3), sold: bool = True) -> None:
    lines = [
        {
            "customer_id": f"{at:%Y%m%d}-{sold}-{n}", "order_id": "o", "line_number": k, "product_id": product, "quantity": 1, "unit_price_cents": 1,
            "discount_cents": 0, "amount_cents": 1, "sold": sold, "ordered_at": at, "revision": 1, "source_kind": "order", "pointer": "",
        }
        for n, basket in enumerate(baskets) for k, product in enumerate(basket)
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(t.order_lines), lines)


def pairs(engine: Engine) -> set[tuple[str, str]]:
    c = t.product_affinity.c
    with engine.begin() as connection:
        return {(row[0], row[1]) for row in connection.execute(select(c.product_id, c.other_product_id))}


def test_a_refresh_replaces_the_mart_and_says_when(engine: Engine) -> None:
    sell(engine, *[("boots", "socks")] * 5, *[("tent",)] * 10)
    for moment in (NOW, NOW + timedelta(hours=1)):
        with engine.begin() as connection:
            assert refresh_affinity(connection, moment) == 2
            (refreshed,) = connection.execute(select(t.mart_refreshes)).all()
            stamps = set(connection.execute(select(t.product_affinity.c.refreshed_at)).scalars())
        assert (refreshed.mart, refreshed.refreshed_at, refreshed.n_rows) == ("product_affinity", moment, 2)
        assert stamps == {moment}
    assert pairs(engine) == {("boots", "socks"), ("socks", "boots")}


def test_only_what_was_sold_of_the_catalogue_in_the_last_years_counts(engine: Engine) -> None:
    sell(engine, *[("a", "b")] * 5, sold=False)
    sell(engine, *[("a", "c")] * 5, at=NOW - timedelta(days=KEEP_DAYS + 1))
    sell(engine, *[("a", "unlisted:d")] * 5, *[("e",)] * 5)
    with engine.begin() as connection:
        assert refresh_affinity(connection, NOW) == 0
    assert pairs(engine) == set()
