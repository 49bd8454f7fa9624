"""What the tests of the pages share: one Chromium, one running shop, a phone in the hand."""

import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.e2e.instances import child_instance, open_folder
from tests.ui.phone_shop import Phone, Shop, furnished, phone_in

CHROMIUM = os.environ.get("FLOORBOOK_CHROMIUM", "/usr/bin/chromium")
PATIENCE_MS = 20_000


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield running
        await running.close()


@pytest.fixture(scope="package")
async def shop() -> AsyncIterator[Shop]:
    with open_folder() as folder, child_instance(folder / "data") as instance:
        async with furnished(instance) as furnished_shop:
            yield furnished_shop


@pytest.fixture
async def phone(shop: Shop, browser: Browser) -> AsyncIterator[Phone]:
    async with phone_in(shop, browser) as held:
        yield held
