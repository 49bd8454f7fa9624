"""The associate's day: what is due, whom to keep in touch with, the customer at a glance, and the checkout."""

import os
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, expect

from tests.ui.accessible import check_screen
from tests.ui.phone_pictures import people_of_the_picture, side_by_side
from tests.ui.phone_shop import Shop, eventually, phone_in, signed_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("theme", "associate"), [("light", "dana"), ("dark", "emil")])
async def test_a_day_from_its_list_to_a_paid_cart(  # noqa: PLR0915 - one journey: browsers are dear
    shop: Shop, browser: Browser, tmp_path: Path, theme: Literal["light", "dark"], associate: str
) -> None:
    """Set FLOORBOOK_PICTURES to a folder to keep the pictures."""
    fama = await people_of_the_picture(shop, associate)
    shots: list[bytes] = []
    async with (
        signed_in(shop.url, associate) as api,
        phone_in(shop, browser, color_scheme=theme, device_scale_factor=2) as phone,
    ):
        page = phone.page
        await phone.sign_in(associate)
        await page.get_by_role("button", name="Keep in touch").click()
        people = page.get_by_label("Customers", exact=True).get_by_role("listitem")
        await expect(people).to_have_count(2)
        await expect(people.first).to_contain_text("Omar Haddad")
        await check_screen(page, "keep in touch")
        shots.append(await page.screenshot())

        await phone.open(fama)
        await phone.write("Wants powder skis in size 170, call her tomorrow")
        await phone.write("wants a down parka")
        await expect(phone.card("Powder Skis")).to_be_visible()
        await expect(page.get_by_label("At a glance")).to_contain_text("Average order")
        await expect(page.get_by_label("At a glance")).to_contain_text("Winter")
        await expect(page.get_by_label("Timeline").get_by_text("Ski Boots, Powerbars")).to_be_visible()
        await check_screen(page, "customer at a glance")
        shots.append(await page.screenshot(full_page=False))

        await page.get_by_label("Back to customers").click()
        await page.get_by_role("link", name="The day").click()
        todays = page.get_by_label("Today", exact=True)
        skis = todays.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Powder Skis"))
        await expect(skis.last).to_contain_text("Tomorrow")
        await check_screen(page, "the day")
        shots.append(await page.screenshot())
        await skis.last.get_by_role("button", name="Do it").click()
        await page.get_by_role("button", name="Done").click()
        await expect(page.get_by_label("Done", exact=True).get_by_role("heading", name="Powder Skis")).to_be_visible()

        await phone.open(fama)
        await page.get_by_role("link", name="Checkout").click()
        await page.get_by_role("searchbox").fill("boots")
        await page.get_by_label("Products").get_by_role("button", name="Ski Boots").click()
        offers = page.get_by_label("Goes with it", exact=True)
        await expect(offers.get_by_role("listitem").first).to_contain_text("%")
        await offers.get_by_role("button", name="Add").first.click()
        await expect(page.get_by_label("Cart").get_by_role("listitem")).to_have_count(2)
        await check_screen(page, "checkout")
        shots.append(await page.screenshot())
        await phone.offline()
        await page.reload()
        await expect(page.get_by_label("Cart").get_by_role("listitem")).to_have_count(2)
        await page.get_by_role("button", name="Save order").click()
        await expect(page.get_by_label("Timeline")).to_contain_text("Waits for connection")
        await phone.online()

        async def ordered() -> bool:
            orders = (await api.get(f"/v1/customers/{fama}/overview")).json()["orders"]
            return sum(len(order["lines"]) == 2 and order["store_id"] is not None for order in orders) == 1

        await eventually(ordered, "the order on the server, once")
        await expect(page.get_by_label("Timeline")).not_to_contain_text("Waits for connection")
    folder = Path(os.environ.get("FLOORBOOK_PICTURES", tmp_path))
    await side_by_side(browser, shots, folder / f"phone-day-{theme}.png")
