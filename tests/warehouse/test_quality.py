"""Every invariant can fail, and says where."""

from datetime import UTC, datetime

from sqlalchemy import Engine, insert, select, update

from backend.warehouse.quality_results import record_check
from backend.warehouse.tables import mentions, notes, order_lines, quality_results, sales_hourly
from etl.quality import INVARIANTS
from etl.quality.sales import SalesRollupAddsUp
from etl.quality.words import MentionsQuoteTheirNotes

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
SOURCE = {"customer_id": "fama", "revision": 1, "source_kind": "note", "pointer": "/text"}


def test_nothing_is_wrong_with_an_empty_warehouse(engine: Engine) -> None:
    with engine.begin() as connection:
        assert [invariant.check(connection) for invariant in INVARIANTS] == [[] for _ in INVARIANTS]


def test_a_misquoted_mention_is_found(engine: Engine) -> None:
    note = {**SOURCE, "note_id": "n1", "text": "👍🏽 wants a ski mask", "extractor_version": "1"}
    found = {**SOURCE, "note_id": "n1", "position": 0, "start": 11, "end": 19, "text": "ski mask", "product_ids": []}
    with engine.begin() as connection:
        connection.execute(insert(notes).values(note))
        connection.execute(insert(mentions).values(**found, intent="wants", confidence=0.9, extractor_version="1"))
        assert MentionsQuoteTheirNotes().check(connection) == []
        connection.execute(update(mentions).values(start=10))
        (violation,) = MentionsQuoteTheirNotes().check(connection)
    assert violation.where == "fama/n1/0"


def test_a_rollup_that_drifted_is_found(engine: Engine) -> None:
    line = {**SOURCE, "order_id": "o1", "line_number": 1, "product_id": "p", "quantity": 2, "unit_price_cents": 500}
    cell = {"hour": AT, "product_id": "p", "store_id": "s", "units": 2, "revenue_cents": 1000, "n_lines": 1}
    with engine.begin() as connection:
        connection.execute(
            insert(order_lines).values(**line, discount_cents=0, amount_cents=1000, ordered_at=AT, store_id="s")
        )
        connection.execute(insert(sales_hourly).values(cell))
        assert SalesRollupAddsUp().check(connection) == []
        connection.execute(update(sales_hourly).values(revenue_cents=999))
        (violation,) = SalesRollupAddsUp().check(connection)
    assert "999" in violation.detail


def test_a_result_says_what_holds_or_where_it_does_not(engine: Engine) -> None:
    with engine.begin() as connection:
        record_check(connection, "good", "all is well", [], began=AT, ended=AT)
        record_check(connection, "bad", "all is well", ["here: wrong"], began=AT, ended=AT)
        rows = {row.check_name: row for row in connection.execute(select(quality_results))}
    assert (rows["good"].passed, rows["good"].detail) == (True, "all is well")
    assert (rows["bad"].passed, rows["bad"].n_failed, rows["bad"].detail) == (False, 1, "here: wrong")
