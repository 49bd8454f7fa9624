"""The marts of customers' value: counted from the lines that were sold, for everybody, and gone with who is erased."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, delete, insert, select, update

from backend.warehouse import tables as t
from etl.marts.customer_value import drop_unknown, refresh_customer_value
from etl.marts.value_now import customers_since, hold_value, retell_value

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


def _retold(engine: Engine, *customers: str) -> dict[str, tuple[object, ...]]:
    with engine.begin() as connection:
        assert retell_value(connection, customers, NOW) == len(customers)
    return _told(engine, *customers)


def _told(engine: Engine, *customers: str) -> dict[str, tuple[object, ...]]:
    r, c = t.customer_rfm.c, t.customer_churn.c
    query = (
        select(c.customer_id, r.recency_days, r.frequency, r.monetary_cents, r.first_purchase_on, c.state, c.reason)
        .outerjoin(t.customer_rfm, r.customer_id == c.customer_id)
        .where(c.customer_id.in_(customers))
    )
    with engine.begin() as connection:
        return {row.customer_id: tuple(row)[1:] for row in connection.execute(query)}


def test_an_order_of_a_moment_ago_is_told_as_a_refresh_would(engine: Engine) -> None:
    everybody = ("regular", "gone", "looker", "returned")
    _know(engine, *everybody)
    _sell(engine, "regular", 5, 35, 65, 95)
    _sell(engine, "gone", 200)
    _sell(engine, "returned", 3)
    with engine.begin() as connection:
        assert retell_value(connection, everybody, NOW) == 0  # nobody's value was ever told
        refresh_customer_value(connection, NOW)
    before = _told(engine, *everybody)
    assert _retold(engine, *everybody) == before
    _sell(engine, "gone", 0)
    _sell(engine, "looker", 1)
    with engine.begin() as connection:
        connection.execute(update(t.order_lines).where(t.order_lines.c.customer_id == "returned").values(sold=False))
    now = _retold(engine, *everybody)
    with engine.begin() as connection:
        churn = {row.customer_id: row for row in connection.execute(select(t.customer_churn))}
        refresh_customer_value(connection, NOW)
    assert now == _told(engine, *everybody)
    assert (now["gone"][4], now["returned"][4]) == ("active", "never_purchased")
    assert churn["gone"].segment != "churned"
    assert (churn["looker"].segment, churn["returned"].segment) == ("new", "never_purchased")
    assert 0 < churn["gone"].probability < 1
    assert churn["returned"].probability is None


def test_a_refresh_that_writes_is_not_waited_for(engine: Engine) -> None:
    _know(engine, "c")
    _sell(engine, "c", 5)
    with engine.begin() as connection:
        refresh_customer_value(connection, NOW)
    with engine.begin() as refreshing, engine.begin() as loading:
        hold_value(refreshing)
        assert retell_value(loading, ["c"], NOW) == 0
        assert customers_since(loading, NOW) == ["c"]
        assert not customers_since(loading, NOW + timedelta(seconds=1))


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
