"""What operators watch, what sells more than usual, and customer 360."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import Engine, insert

from backend.documents.dead_letters import bury
from backend.domain.ids import CustomerId
from backend.settings import Settings
from backend.warehouse import tables as t
from backend.warehouse.checking import declared_checks, run_checks
from backend.warehouse.quality_results import record_finding
from tests.api.people import Sign, refusal
from tests.shop import Shop, open_shop
from workers.pager import watch


@pytest.fixture
def shop(engine: Engine) -> Shop:
    return open_shop(engine)


async def test_freshness_tells_what_waits(shop: Shop, api: httpx.AsyncClient, sign: Sign) -> None:
    before = (await api.get("/v1/ops/freshness", headers=sign("operator"))).json()
    assert (before["waiting_entries"], before["oldest_waiting_seconds"]) == (0, 0)
    assert datetime.fromisoformat(before["newest_sale_at"]) == shop.rows["orders"][0]["ordered_at"]
    accepted = await api.put("/v1/customers/c-new", json={"firstname": "Fama"}, headers=sign("ann"))
    assert accepted.status_code == 202
    after = (await api.get("/v1/ops/freshness", headers=sign("operator"))).json()
    assert after["waiting_entries"] == 1
    assert after["oldest_waiting_seconds"] >= 0


async def test_a_customer_of_a_moment_ago_can_be_seen_at_once(api: httpx.AsyncClient, sign: Sign) -> None:
    await api.put("/v1/customers/c-new", json={"firstname": "Fama", "lastname": "Stres"}, headers=sign("ann"))
    note = {"note_id": "n1", "text": "Asked about ski masks", "written_at": "2026-11-22T10:30:00Z"}
    await api.post("/v1/customers/c-new/notes", json=note, headers=sign("ann"))
    seen = (await api.get("/v1/customers/c-new/overview", headers=sign("ann"))).json()
    assert seen["customer"]["first_name"] == "Fama"
    assert [(one["text"], one["read"]) for one in seen["notes"]] == [("Asked about ski masks", False)]
    assert (seen["revision"], seen["read_revision"]) == (2, 0)
    hidden = (await api.get("/v1/customers/c-new/overview", headers=sign("analyst"))).json()
    assert hidden["customer"]["first_name"] is None
    refusal(await api.get("/v1/customers/c-new/overview", headers=sign("far")), 404)
    refusal(await api.get("/v1/customers/nobody/overview", headers=sign("ann")), 404)


@pytest.mark.usefixtures("shop")
async def test_lists_customers_page_by_page_within_the_scope(api: httpx.AsyncClient, sign: Sign) -> None:
    seen: list[str] = []
    cursor: str | None = None
    while True:
        parameters = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await api.get("/v1/customers", params=parameters, headers=sign("chief"))).json()
        seen += [item["customer_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == ["c1", "c2", "c3", "c4", "c5"]
    assert len(set(seen)) == len(seen)
    found = (await api.get("/v1/customers", params={"q": "fama TOWN"}, headers=sign("ann"))).json()["items"]
    assert [(item["customer_id"], item["revenue"], item["currency"]) for item in found] == [("c1", "390.00", "USD")]
    assert (await api.get("/v1/customers", params={"q": "yu"}, headers=sign("ann"))).json()["items"] == []


async def test_trending_and_spikes_tell_the_same_rise(
    shop: Shop, api: httpx.AsyncClient, sign: Sign, engine: Engine
) -> None:
    hour = shop.now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    cells = [(hour, 30), *((hour - timedelta(weeks=week), 1) for week in range(1, 5))]
    with engine.begin() as connection:
        for at, units in cells:
            cell = {"hour": at, "product_id": "P3", "store_id": "S2", "units": units, "revenue_cents": 1, "n_lines": 1}
            connection.execute(insert(t.sales_hourly).values(cell))
    trending = (await api.get("/v1/analytics/trending", headers=sign("chief"))).json()["items"]
    assert (trending[0]["product_id"], trending[0]["region"]) == ("P3", "South")
    (spike,) = (await api.get("/v1/analytics/spikes", headers=sign("south"))).json()["items"]
    assert spike["observed"] == 30
    assert 0.5 < spike["expected"] < 2
    assert datetime.fromisoformat(spike["started_at"]) == hour
    assert (await api.get("/v1/analytics/spikes", headers=sign("north"))).json()["items"] == []


async def test_reads_results_of_checks_and_runs(api: httpx.AsyncClient, sign: Sign, engine: Engine) -> None:
    now = datetime.now(UTC)
    with engine.begin() as connection:
        for minutes, passed in ((10, False), (5, True)):
            result = {"check_name": "rollup equals lines", "checked_at": now - timedelta(minutes=minutes)}
            figures = {"passed": passed, "n_checked": 9, "n_failed": 0 if passed else 1, "detail": "", "duration_ms": 3}
            connection.execute(insert(t.quality_results).values(**result, **figures))
        for number in range(3):
            run = {"run_id": f"r{number}", "job": "marts", "state": "succeeded", "started_at": now - timedelta(number)}
            connection.execute(insert(t.runs).values(run))
    (check,) = (await api.get("/v1/ops/quality", headers=sign("operator"))).json()["items"]
    assert (check["passed"], check["n_runs_24h"], check["n_failed_24h"]) == (True, 2, 1)
    first = (await api.get("/v1/ops/runs", params={"limit": 2}, headers=sign("operator"))).json()
    rest = (await api.get("/v1/ops/runs", params={"cursor": first["next_cursor"]}, headers=sign("operator"))).json()
    assert [run["run_id"] for run in (*first["items"], *rest["items"])] == ["r0", "r1", "r2"]
    assert rest["next_cursor"] is None
    refusal(await api.get("/v1/ops/runs", headers=sign("ann")), 403)


async def test_a_check_is_shown_with_its_history_and_its_failing_rows(
    shop: Shop, api: httpx.AsyncClient, sign: Sign, engine: Engine
) -> None:
    checks = [check for check in declared_checks(None) if check.name == "customers_name"]
    for minutes in (5, 0):
        at = shop.now - timedelta(minutes=minutes)
        with engine.begin() as connection:
            for finding in run_checks(connection, checks, at):
                record_finding(connection, finding, began=at, ended=at)
    path = "/v1/ops/quality/customers_name"
    told = (await api.get(path, params={"limit": 1}, headers=sign("operator"))).json()
    assert (told["declared"]["kind"], told["declared"]["warn_above"]) == ("completeness", 0.1)
    assert [(one["n_checked"], one["n_failed"], one["state"]) for one in told["items"]] == [(5, 2, "warned")]
    assert sorted(row["customer_id"] for row in told["failing_rows"]) == ["c2", "c5"]
    older = (await api.get(path, params={"cursor": told["next_cursor"]}, headers=sign("operator"))).json()
    assert (len(older["items"]), older["next_cursor"]) == (1, None)
    assert (await api.get(path, headers=sign("analyst"))).json()["failing_rows"] is None
    refusal(await api.get("/v1/ops/quality/none", headers=sign("operator")), 404)


async def test_monitors_and_incidents_are_listed(api: httpx.AsyncClient, sign: Sign, engine: Engine) -> None:
    now = datetime.now(UTC)
    for minutes, backlog in ((2, 1.0), (1, 0.0)):
        at = now - timedelta(minutes=10 * minutes)
        watch(engine, Settings("", "", ""), {"late_data": 0.0, "dead_letters": backlog}, at)
    (one,) = (await api.get("/v1/ops/incidents", headers=sign("operator"))).json()["items"]
    assert (one["key"], datetime.fromisoformat(one["resolved_at"])) == ("dead_letters", now - timedelta(minutes=10))
    watched = {
        item["name"]: item for item in (await api.get("/v1/ops/monitors", headers=sign("chief"))).json()["items"]
    }
    assert (watched["dead_letters"]["n_problems"], watched["dead_letters"]["every_minutes"]) == (0, 1)
    refusal(await api.get("/v1/ops/incidents", headers=sign("ann")), 403)


async def test_profiles_columns_and_shows_no_personal_value(shop: Shop, api: httpx.AsyncClient, sign: Sign) -> None:
    answer = await api.get("/v1/ops/profile", params={"dataset": "customers"}, headers=sign("operator"))
    columns = {column["column"]: column for column in answer.json()["columns"]}
    assert answer.json()["rows_profiled"] == len(shop.rows["customers"])
    assert (columns["state"]["nulls"], columns["state"]["distinct"]) == (1, 2)
    assert {one["value"]: one["rows"] for one in columns["state"]["top"]} == {"NY": 2, "CA": 2}
    assert (columns["email_id"]["nulls"], columns["email_id"]["top"]) == (0, [])
    assert "example.org" not in answer.text
    refusal(await api.get("/v1/ops/profile", params={"dataset": "x"}, headers=sign("operator")), 404)


async def test_a_dead_letter_can_be_read_and_replayed(api: httpx.AsyncClient, sign: Sign) -> None:
    await api.put("/v1/customers/c-new", json={"firstname": "Fama"}, headers=sign("ann"))
    letter = await bury(
        queue="ingest",
        task="ingest.customers",
        arguments={"ids": ["c-new"]},
        error="ValueError: no",
        traceback="",
        attempts=5,
        now=datetime.now(UTC),
        customer_id=CustomerId("c-new"),
    )
    (listed,) = (await api.get("/v1/ops/dead-letters", headers=sign("operator"))).json()["items"]
    assert (listed["id"], listed["error"], listed["replayed_at"]) == (letter.id, "ValueError: no", None)
    replayed = await api.post(f"/v1/ops/dead-letters/{letter.id}/replay", headers=sign("operator"))
    assert replayed.status_code == 202
    assert replayed.json()["replayed_at"] is not None
    refusal(await api.post("/v1/ops/dead-letters/none/replay", headers=sign("operator")), 404)
    refusal(await api.get("/v1/ops/dead-letters", headers=sign("chief")), 403)
