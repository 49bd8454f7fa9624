"""The operator's page: what stands on it, the button that does given-up work again, and that everybody can read it."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect
from redis.asyncio import Redis
from sqlalchemy import Engine, insert

from backend.actions.passwords import hash_password
from backend.documents.accounts import put_account
from backend.documents.dead_letters import bury
from backend.documents.inbox import InboxEvent, append_events
from backend.documents.models import Account
from backend.domain.ids import CustomerId
from backend.main import create_app
from backend.queues import tally_key
from backend.settings import Settings
from backend.warehouse import tables as t
from backend.warehouse.checking import declared_checks, run_checks
from backend.warehouse.quality_results import record_finding
from cli.signing_key import ensure_signing_key
from tests.shop import open_shop
from workers.pager import watch

pytestmark = pytest.mark.browser
PASSWORD = "a long enough pass phrase"
PICTURES = "FLOORBOOK_PICTURES"


async def live(engine: Engine, settings: Settings, redis: Redis) -> None:
    """A day with a failing check, a failed run, a dead letter, suggestions on their way, and work in a queue."""
    now = datetime.now(UTC)
    open_shop(engine, now)
    for minutes in (15, 10, 5):
        at = now - timedelta(minutes=minutes)
        with engine.begin() as connection:
            for finding in run_checks(connection, declared_checks(None), at):
                record_finding(connection, finding, began=at, ended=at)
            failed = {"error": "ValueError: no"} if minutes == 5 else {}
            run = {"run_id": f"r{minutes}", "job": "marts.refresh_affinity", "started_at": at, "finished_at": at}
            connection.execute(
                insert(t.runs).values(**run, state="failed" if failed else "succeeded", n_rows=5, **failed)
            )
    letter = {"task": "ingest.customers", "arguments": {"ids": ["c1"]}, "error": "KeyError: 'lines'", "traceback": ""}
    await bury(**letter, queue="ingest", attempts=5, now=now, customer_id=CustomerId("c1"))  # type: ignore[arg-type]
    for number in range(20):
        trace = {"accepted": 0, "extracted": 30 + number, "loaded": 60 + number, "ranked": 65, "pushed": 80 + number}
        await append_events([InboxEvent(f"s{number}", "suggestion", {"id": f"s{number}", "trace_ms": trace})], now)
    await redis.lpush("marts", b'{"headers": {"sent_at": %d}}' % (now.timestamp() - 90))
    for minute in range(6):
        for word, n in (("in:marts", 10), ("out:marts", 12), ("retried:marts", 1)):
            await redis.hset(tally_key(int(now.timestamp() // 60) - minute), word, str(n))
    watch(engine, settings, {"late_data": 0.0, "dead_letters": 1.0}, now - timedelta(minutes=1))


@pytest.fixture
async def desk(
    settings: Settings, engine: Engine, documents: object, redis: Redis, browser: Browser
) -> AsyncIterator[tuple[Page, str]]:
    assert settings.signing_key_path
    ensure_signing_key(settings.signing_key_path)
    for name, role in (("watch", "operator"), ("chief", "manager")):
        await put_account(Account(id=name, password_hash=await hash_password(PASSWORD), role=role))
    await live(engine, settings, redis)
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    yield await context.new_page(), url
    await context.close()
    server.should_exit = True
    await serving


async def sign_in(page: Page, url: str, name: str) -> None:
    await page.goto(f"{url}/ops")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{url}/ops")


async def test_the_operator_sees_all_and_does_given_up_work_again(desk: tuple[Page, str]) -> None:
    page, url = desk
    complaints: list[str] = []
    foreign: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: foreign.append(asked.url) if not asked.url.startswith((url, "data:")) else None)
    await sign_in(page, url, "watch")
    marts = await page.locator("#queue-marts td").all_text_contents()
    assert (marts[0], marts[2:]) == ("1", ["10.0", "12.0", "30 s", "5"])
    assert 90 <= int(marts[1].split()[0]) < 120
    await expect(page.locator(".steps li").last).to_contain_text("90 ms")
    await expect(page.locator("#level-note_to_phone_p99")).to_contain_text("kept")
    await expect(page.locator("#level-dead_letters")).to_contain_text("missed")
    await expect(page.locator(".notice", has_text="The job marts.refresh_affinity failed")).to_be_visible()
    for scheme in ("light", "dark"):
        await page.evaluate(f"document.documentElement.dataset.theme = '{scheme}'")
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        await picture(page, f"ops-{scheme}" if scheme == "dark" else "ops")
    await page.get_by_role("button", name="Do ingest.customers").click()
    await expect(page.get_by_text("None. Work that failed for good")).to_be_visible()
    await expect(page.locator("#level-dead_letters")).to_contain_text("kept")
    await page.get_by_role("link", name="customers_name", exact=True).click()
    await expect(page.get_by_role("heading", name="customers have a last name")).to_be_visible()
    assert sorted(await page.locator("section:has(#rows-title) tbody th").all_text_contents()) == ["c2", "c5"]
    assert await page.locator(".history rect").count() == 3
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    await picture(page, "ops-check")
    await page.set_viewport_size({"width": 390, "height": 800})
    for path in ("/ops", "/ops/checks/customers_name", "/catalog", "/catalog/transactions"):
        await page.goto(url + path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    await page.set_viewport_size({"width": 1280, "height": 800})
    await expect(page.get_by_role("row", name="transaction_amount money")).to_contain_text("transactions.total_revenue")
    await picture(page, "catalog-transactions")
    assert (complaints, foreign) == ([], [])


async def test_nobody_else_sees_it(desk: tuple[Page, str]) -> None:
    page, url = desk
    await page.goto(f"{url}/ops")
    await page.get_by_label("Name").fill("chief")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Not for your role")).to_be_visible()
    refused = await page.request.post(f"{url}/ops/dead-letters/x/replay", headers={"HX-Request": "true"})
    assert refused.status == 403


async def picture(page: Page, name: str) -> None:
    if folder := os.environ.get(PICTURES):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
