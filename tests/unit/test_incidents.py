"""A trouble is told once, its end once, and nothing in between; addresses in private networks are refused."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import InvalidInputError
from backend.domain.incidents import (
    HOLD,
    MOST_TOLD,
    Changes,
    Incident,
    Problem,
    compare_incidents,
    mail_text,
    message_of,
    read_monitors,
    wait_before_retry,
)
from backend.warehouse.monitoring import declared_monitors
from workers.webhooks import UndeliverableError, post_webhook, signature_headers

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
FAILED = Problem("failed_runs", "marts.refresh", "The job marts.refresh failed", "high")


def incident(problem: Problem = FAILED, *, seen: datetime = NOW, told: datetime = NOW) -> Incident:
    return Incident("i1", problem, NOW, seen, told)


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_however_it_flickers_it_is_told_to_begin_and_to_end_in_turns(wrong_by_minute: list[bool]) -> None:
    held: list[Incident] = []
    told: list[str] = []
    for minute, is_wrong in enumerate(wrong_by_minute):
        now = NOW + timedelta(minutes=minute)
        changes = compare_incidents(held, [FAILED] if is_wrong else [], {"failed_runs"}, now)
        told += ["opened"] * len(changes.opened) + ["resolved"] * len(changes.resolved)
        held = [] if changes.resolved else held
        held = [incident(seen=now)] if is_wrong and (held or changes.opened) else held
    assert told == (["opened", "resolved"] * len(told))[: len(told)]
    quiet = next((n for n in range(len(wrong_by_minute)) if wrong_by_minute[n]), None)
    assert bool(told) is (quiet is not None)


def test_what_was_not_looked_at_is_not_over() -> None:
    late = NOW + HOLD
    assert compare_incidents([incident()], [], set(), late) == Changes([], [], [], [])
    assert compare_incidents([incident()], [], {"failed_runs"}, late - timedelta(seconds=1)) == Changes([], [], [], [])
    assert compare_incidents([incident()], [], {"failed_runs"}, late).resolved == [incident()]


def test_what_lasts_is_told_again_after_four_hours() -> None:
    after = NOW + timedelta(hours=4)
    assert compare_incidents([incident()], [FAILED], {"failed_runs"}, after).reminded == [incident()]
    assert not compare_incidents([incident(told=after)], [FAILED], {"failed_runs"}, after).worth_telling


def test_a_storm_is_one_message_that_counts_what_it_does_not_name() -> None:
    storm = Changes(opened=[Problem("failed_runs", str(n), f"job {n}", "high") for n in range(100)])
    message = message_of(storm, 100, NOW)
    assert (len(message["incidents"]["opened"]), message["not_named"]) == (MOST_TOLD, {"opened": 80})
    assert "… and 80 more" in mail_text(message)
    assert message["title"] == "Floorbook: 100 opened"


def test_the_monitors_have_the_schedules_of_the_requirements() -> None:
    told = declared_monitors(None)
    assert (told["failed_runs"].every_minutes, told["failed_runs"].window_seconds) == (1, 600)
    assert (told["null_shares"].every_minutes, told["failed_checks"].every_minutes) == (1, 30)
    assert {monitor.severity for monitor in told.values()} == {"high"}
    (own,) = read_monitors(
        "[a]\nevery_minutes = 5\n[b]\nevery_minutes = 1", "[a]\nlimit = 3\n[b]\nenabled = false"
    ).values()
    assert (own.name, own.every_minutes, own.limit) == ("a", 5, 3)
    for text in ("[a]\nlimit = 3", "[a]\nevery_minutes = 1\nsay = 2", "a = 1", "["):
        with pytest.raises(InvalidInputError):
            read_monitors(text)


def test_waits_double_and_end() -> None:
    waits = [wait_before_retry(n) for n in range(1, 13)]
    assert waits[:3] == [timedelta(seconds=15), timedelta(seconds=30), timedelta(seconds=60)]
    assert (max(wait for wait in waits if wait), waits[-1]) == (timedelta(hours=1), None)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/x", "http://localhost:1/", "http://[::1]:1/", "http://[::ffff:10.0.0.1]/", "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data", "https://192.168.0.1/", "http://0.0.0.0:1/", "http://[fd00::1]/",
        "http://[2002:0a00:0001::1]/", "http://224.0.0.1/", "http://2130706433:1/",
    ],
)  # fmt: skip
def test_never_sends_into_a_private_network(url: str) -> None:
    with pytest.raises(UndeliverableError, match=r"private network|gaierror"):
        post_webhook(url, b"{}", {}, private_addresses=False)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/", "http:///x", "http://a:b@example.org/"])
def test_sends_to_no_other_kind_of_address(url: str) -> None:
    with pytest.raises(UndeliverableError, match="http"):
        post_webhook(url, b"{}", {}, private_addresses=True)


def test_signs_as_standard_webhooks_does() -> None:
    headers = signature_headers("page_1", b'{"a":1}', "whsec_" + base64.b64encode(b"key").decode(), 1_700_000_000)
    expected = hmac.new(b"key", b'page_1.1700000000.{"a":1}', hashlib.sha256).digest()
    assert headers["Webhook-Signature"] == "v1," + base64.b64encode(expected).decode()
    assert "Webhook-Signature" not in signature_headers("page_1", b"", "", 1)
