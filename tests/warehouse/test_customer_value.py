"""The marts of customers' value: counted from the lines that were sold, for everybody, and gone with who is erased."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, delete, insert, select

from backend.warehouse import tables as t
from etl.marts.customer_value import drop_unknown, refresh_customer_value

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
_SOURCE = {"revision": 1, "source_kind": "order", "pointer": ""}


def _sell(engine: Engine, customer: str, *days_ago: int, sold: bool = True) -> None:
    lines = [
        _SOURCE | {
            "customer_id": customer, "order_id": f"o{ago}{sold}", "line_number": number, "product_id": "p", "quantity": 1,
            "unit_price_cents": 1250, "discount_cents": 0, "amount_cents": 1250, "sold": sold,
            "ordered_at": NOW - timedelta(days=ago),
        }
        for ago in days_ago for number in (0, 1)
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(t.order_lines), lines)


def _know(engine: Engine, *customers: str) -> None:
    with engine.begin() as connection:
        for one in customers:
            connection.execute(
                insert(t.customers).values(customer_id=one, search_text="", updated_at=NOW, extra={}, **_SOURCE)
            )
            connection.execute(insert(t.ingested).values(customer_id=one, revision=1, ingested_at=NOW))


def test_counts_what_was_sold_and_knows_who_never_bought(engine: Engine) -> None:
    _know(engine, "regular", "gone", "looker")
    _sell(engine, "regular", 5, 35, 65, 95)
    _sell(engine, "gone", 200)
    _sell(engine, "looker", 3, sold=False)
    for _ in range(2):  # the second takes the place of the first
        with engine.begin() as connection:
            assert refresh_customer_value(connection, NOW) == 3
    with engine.begin() as connection:
        drop_unknown(connection)
        rfm = {row.customer_id: row for row in connection.execute(select(t.customer_rfm))}
        churn = {row.customer_id: row for row in connection.execute(select(t.customer_churn))}
        marts = set(connection.execute(select(t.mart_refreshes.c.mart)).scalars())
    assert {name: (r.recency_days, r.frequency, r.monetary_cents) for name, r in rfm.items()} == {
        "regular": (5, 4, 10_000),
        "gone": (200, 1, 2_500),
    }
    assert {name: row.state for name, row in churn.items()} == {
        "regular": "active",
        "gone": "churned",
        "looker": "never_purchased",
    }
    assert churn["regular"].reason == "no purchase in 5 days; usually every 30 days (n = 3)"
    assert churn["regular"].horizon_days == 35
    assert churn["gone"].probability > churn["regular"].probability
    assert churn["looker"].probability is None
    assert {"customer_rfm", "customer_churn"} <= marts


def test_who_was_erased_while_a_refresh_ran_does_not_stay(engine: Engine) -> None:
    _know(engine, "kept", "erased")
    _sell(engine, "kept", 5)
    _sell(engine, "erased", 5)
    with engine.begin() as connection:
        refresh_customer_value(connection, NOW)
    with engine.begin() as connection:
        connection.execute(delete(t.ingested).where(t.ingested.c.customer_id == "erased"))
        drop_unknown(connection)
        for mart in (t.customer_rfm, t.customer_churn):
            assert connection.execute(select(mart.c.customer_id)).scalars().all() == ["kept"]


def test_an_empty_store_has_empty_marts(engine: Engine) -> None:
    with engine.begin() as connection:
        assert refresh_customer_value(connection, NOW) == 0
