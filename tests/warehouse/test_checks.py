"""Every kind of declared check finds what it is for, in real tables, and nothing else."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select, text, update

from backend.domain.checks import Check, CheckState, read_checks
from backend.warehouse import tables as t
from backend.warehouse.checking import Finding, declared_checks, run_checks
from backend.warehouse.quality_results import forget_checks, last_checked, record_finding
from tests.shop import open_shop

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


def look(engine: Engine, *texts: str, now: datetime = NOW) -> dict[str, Finding]:
    with engine.begin() as connection:
        checks: Sequence[Check] = read_checks(*texts) if texts else declared_checks(None)
        return {finding.check.name: finding for finding in run_checks(connection, checks, now)}


def test_an_empty_warehouse_fails_no_check(engine: Engine) -> None:
    assert {name for name, found in look(engine).items() if found.state is not CheckState.PASSED} == set()


def test_the_shipped_checks_count_as_by_hand(engine: Engine) -> None:
    open_shop(engine, NOW)
    with engine.begin() as connection:
        connection.execute(update(t.customers).where(t.customers.c.customer_id == "c2").values(email_id="nobody 17"))
        connection.execute(
            update(t.customers).where(t.customers.c.customer_id == "c3").values(birth_date=(NOW + timedelta(9)).date())
        )
        connection.execute(update(t.products).where(t.products.c.productid == "P2").values(skuid="SKU-P1"))
    found = look(engine)
    counted = {name: (one.n_checked, one.n_failed, one.state.value) for name, one in found.items()}
    assert counted["customers_name"] == (5, 2, "warned")  # c2, c5
    assert counted["customers_email_form"] == (5, 1, "failed")  # one in five is more than one in ten
    assert counted["customers_gender"] == (1, 0, "passed")
    assert counted["customers_birth_date"] == (2, 1, "warned")
    assert counted["products_skuid_once"] == (3, 1, "failed")
    assert counted["customers_store"] == (4, 0, "passed")
    assert counted["orders_store"] == (7, 0, "passed")  # o7 names no store
    assert counted["lines_of_orders"][1:] == (0, "passed")
    assert counted["transactions_amount"] == (5, 1, "warned")
    assert counted["transactions_product"] == (4, 1, "warned")  # SKU-P2 is none any more
    assert counted["transactions_shipping"] == (4, 0, "passed")  # ups is UPS
    assert counted["products_department"] == (3, 3, "warned")
    (row,) = found["customers_email_form"].rows
    assert (row.key, row.customer_id, row.value) == ("c2", "c2", "aaaaaa 99")  # what it looks like, not what it says


def test_a_lost_column_and_a_changed_type_are_found(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE products DROP COLUMN brand"))
        connection.execute(text("ALTER TABLE products ALTER COLUMN model TYPE integer USING NULL"))
    found = look(engine)["products_schema"]
    assert (found.state, [(row.key, row.value) for row in found.rows]) == (
        CheckState.FAILED, [("brand", "missing"), ("model", "integer")],
    )  # fmt: skip


@pytest.mark.parametrize(("minutes", "state"), [(44, CheckState.PASSED), (46, CheckState.FAILED)])
def test_what_is_not_refreshed_is_late(engine: Engine, minutes: int, state: CheckState) -> None:
    at = NOW - timedelta(minutes=minutes)
    with engine.begin() as connection:
        for mart, refreshed_at in (("product_affinity", at), ("customer_rfm", NOW)):
            row = {"mart": mart, "refreshed_at": refreshed_at, "n_rows": 1, "duration_ms": 1}
            connection.execute(insert(t.mart_refreshes).values(row))
    found = look(engine)
    assert (found["affinity_fresh"].state, found["customer_value_fresh"].state) == (state, CheckState.PASSED)


def test_results_have_a_history_and_the_failing_rows_are_the_last_ones(engine: Engine) -> None:
    open_shop(engine, NOW)
    told = '[state]\ntable = "customers"\nkind = "completeness"\ncolumn = "state"\n'
    for hours in (-24 * 31, 0, 1):
        with engine.begin() as connection:
            at = NOW + timedelta(hours=hours)
            for finding in run_checks(connection, read_checks(told), at):
                record_finding(connection, finding, began=at, ended=at)
            connection.execute(update(t.customers).where(t.customers.c.customer_id == "c5").values(state=None))
            forget_checks(connection, ["state"], at)
    with engine.begin() as connection:
        results = connection.execute(select(t.quality_results).order_by(t.quality_results.c.checked_at)).all()
        rows = connection.execute(select(t.quality_failures.c.customer_id)).scalars().all()
        assert last_checked(connection) == {"state": NOW + timedelta(hours=1)}
        assert [(row.n_failed, row.state, row.kind, row.table_name) for row in results] == [
            (2, "failed", "completeness", "customers")
        ] * 2
        assert sorted(rows) == ["c3", "c5"]
        forget_checks(connection, [], NOW)
        assert connection.execute(select(t.quality_failures)).all() == []
