"""From a failed run to a signed message in somebody's hands, and to the message that it is over."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from backend.domain.checks import read_checks
from backend.domain.incidents import AlertSettings
from backend.settings import Settings
from backend.warehouse import tables as t
from backend.warehouse.checking import run_checks
from backend.warehouse.monitoring import declared_monitors
from backend.warehouse.profiles import profile_all
from backend.warehouse.quality_results import record_finding
from tests.shop import open_shop
from tests.workers.sinks import Sink, mail_sink, webhook_sink
from workers.pager import deliver, watch
from workers.webhooks import signature_headers

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
CALM = {"late_data": 0.0, "dead_letters": 0.0}


@pytest.fixture(scope="module")
def hook() -> Iterator[Sink]:
    with webhook_sink() as sink:
        yield sink


@pytest.fixture
def told(settings: Settings, hook: Sink) -> Settings:
    hook.received.clear()
    alerts = AlertSettings(webhooks=(hook.url,), secret="s3cret", private_addresses=True)
    return replace(settings, alerts=alerts)


def tick(engine: Engine, settings: Settings, minutes: float = 0, **backlog: float) -> None:
    now = NOW + timedelta(minutes=minutes)
    watch(engine, settings, CALM | backlog, now)
    deliver(engine, settings.alerts, now)


def bodies(hook: Sink) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in hook.received]


def keys(message: dict[str, Any], sort: str) -> list[str]:
    return [one["key"] for one in message["incidents"][sort]]


def run(engine: Engine, state: str, minutes: float) -> None:
    at = NOW + timedelta(minutes=minutes)
    row = {"run_id": f"r{minutes}", "job": "marts.refresh", "state": state, "started_at": at, "finished_at": at}
    with engine.begin() as connection:
        connection.execute(insert(t.runs).values(**row, error="ValueError: Fama Stres" if state == "failed" else None))


def test_a_failed_run_is_told_once_signed_and_its_end_once(engine: Engine, told: Settings, hook: Sink) -> None:
    tick(engine, told, -2)
    run(engine, "failed", -1)
    for minute in range(3):
        tick(engine, told, minute)
    (message,) = bodies(hook)
    assert (keys(message, "opened"), message["n_open"]) == (["marts.refresh"], 1)
    ((headers, body),) = hook.received
    timestamp = int(headers["Webhook-Timestamp"])
    assert signature_headers(headers["Webhook-Id"], body, "s3cret", timestamp).items() <= dict(headers).items()
    assert b"Stres" not in body  # what a run says may name somebody
    run(engine, "succeeded", 3)
    for minute in range(4, 18):
        tick(engine, told, minute)
    assert keys(bodies(hook)[1], "resolved") == ["marts.refresh"]
    assert len(hook.received) == 2


def test_a_failed_check_and_a_column_gone_missing_are_told(engine: Engine, told: Settings, hook: Sink) -> None:
    open_shop(engine, NOW)
    more = [{"customer_id": f"d{n}", "search_text": "", "updated_at": NOW, "revision": 1, "source_kind": "document",
             "pointer": "", "email_id": "a@b.cd"} for n in range(30)]  # fmt: skip
    (check,) = read_checks('[names]\ntable = "customers"\nkind = "completeness"\ncolumn = "last_name"\n')
    limits = declared_monitors(None)["null_shares"]
    with engine.begin() as connection:
        connection.execute(insert(t.customers), more)
        assert profile_all(connection, limits, NOW - timedelta(hours=1)) > 50
        connection.execute(update(t.customers).where(t.customers.c.customer_id > "d2").values(email_id=None))
        profile_all(connection, limits, NOW)
        (finding,) = run_checks(connection, [check], NOW)
        record_finding(connection, finding, began=NOW, ended=NOW)
        drop = select(t.quality_results.c.detail).where(t.quality_results.c.check_name == "null_shares_customers")
        assert "email_id: 0.0% were missing" in str(connection.execute(drop.order_by("checked_at")).scalars().all()[1])
    tick(engine, told)
    (message,) = bodies(hook)
    assert keys(message, "opened") == ["null_shares_customers", "names"]


def test_late_data_and_dead_letters_are_told(engine: Engine, told: Settings, hook: Sink) -> None:
    tick(engine, told, 0, late_data=60.0)
    assert bodies(hook) == []
    tick(engine, told, 1, late_data=61.0, dead_letters=1.0)
    assert keys(bodies(hook)[0], "opened") == ["late_data", "dead_letters"]


def test_a_receiver_that_is_away_is_asked_again_later_with_the_same_message(
    engine: Engine, told: Settings, hook: Sink
) -> None:
    hook.statuses[:] = [500, 302]  # a redirection is not followed
    tick(engine, told, 0, dead_letters=1.0)
    deliver(engine, told.alerts, NOW + timedelta(seconds=14))
    assert hook.statuses == [302]
    deliver(engine, told.alerts, NOW + timedelta(seconds=15))
    assert (hook.statuses, hook.received) == ([], [])
    assert deliver(engine, told.alerts, NOW + timedelta(seconds=45)) == 1
    with engine.begin() as connection:
        (page,) = connection.execute(select(t.pages)).all()
    assert (page.n_attempts, page.due_at, page.error) == (3, None, None)
    assert hook.received[0][0]["Webhook-Id"] == page.page_id


def test_what_can_t_be_delivered_is_given_up_in_the_end(engine: Engine, told: Settings) -> None:
    nobody = replace(told, alerts=replace(told.alerts, private_addresses=False))
    tick(engine, nobody, 0, dead_letters=1.0)
    for hour in range(1, 15):
        deliver(engine, nobody.alerts, NOW + timedelta(hours=hour))
    with engine.begin() as connection:
        (page,) = connection.execute(select(t.pages)).all()
    assert (page.n_attempts, page.due_at, page.delivered_at) == (12, None, None)
    assert "private network" in page.error


def test_is_told_by_mail_too(engine: Engine, settings: Settings) -> None:
    with mail_sink() as (url, mails):
        alerts = AlertSettings(smtp_url=url, mail_from="floor@example.org", mail_to=("a@example.org", "b@example.org"))
        tick(engine, replace(settings, alerts=alerts), 0, dead_letters=1.0)
    (mail,) = mails
    assert "Subject: Floorbook: 1 opened" in mail
    assert "To: a@example.org, b@example.org" in mail
    assert "Opened (high): Work was given up" in mail
