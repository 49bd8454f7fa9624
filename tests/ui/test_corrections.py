"""The associate corrects what was understood, on the phone, and the next note is read so; other stores' notes are not."""

import os
import uuid
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.ui.accessible import check_screen
from tests.ui.phone_pictures import side_by_side
from tests.ui.phone_shop import Phone, Shop, eventually, phone_in, signed_in

pytestmark = pytest.mark.browser


def sheet(page: Page) -> Locator:
    return page.get_by_role("dialog")


def found(phone: Phone, text: str, words: str) -> Locator:
    return phone.note(text).get_by_role("button", name=words, exact=True)


async def choose(page: Page, sought: str, name: str) -> None:
    """Say in the open sheet that it is this product."""
    await sheet(page).get_by_role("searchbox").fill(sought)
    await sheet(page).get_by_label("Products").get_by_role("button", name=name).click()


async def test_a_missed_word_is_taught_for_the_store_and_no_other_store_hears_of_it(
    shop: Shop, browser: Browser, phone: Phone
) -> None:
    customer_id = await shop.somebody("Ida", "Taught")
    await phone.sign_in()
    await phone.open(customer_id)
    await phone.write("🎿 asked about the cloudster, for her trip")
    before = phone.note("asked about the cloudster")
    await expect(before).to_contain_text("read")
    await expect(before.locator("mark")).to_have_count(0)
    await before.get_by_role("button", name="Something missed?").click()
    await before.get_by_role("button", name="cloudster").click()
    await before.get_by_role("button", name="These words mean…").click()
    await sheet(phone.page).get_by_label("My store").check()
    await choose(phone.page, "down", "Down Parka")
    await expect(sheet(phone.page)).to_have_count(0)
    await expect(before).to_contain_text("“cloudster”: Down Parka · saved on this phone")
    await expect(before.locator("mark")).to_have_text("cloudster")
    await expect(before).to_contain_text("read · found Down Parka")
    await phone.write("wants two Cloudsters")
    await expect(found(phone, "wants two", "Cloudsters")).to_be_visible()
    await expect(phone.note("wants two")).to_contain_text("found Down Parka")
    await expect(phone.card("Down Parka").first).to_contain_text("wants two Cloudsters")

    async with signed_in(shop.url, "nora") as api:
        far = Shop(shop.instance, api, shop.url)
        theirs = await far.somebody("Una", "Affected")
        note = {"note_id": str(uuid.uuid4()), "text": "wants a cloudster", "written_at": "2026-11-01T10:00:00Z"}
        await api.post(f"/v1/customers/{theirs}/notes", json=note)

        async def read() -> list[bool]:
            return [one["read"] for one in (await far.overview(theirs))["notes"] if one["read"]]

        await eventually(read, "note of the other store, read")
        assert (await far.overview(theirs))["notes"][0]["mentions"] == []

    async with phone_in(shop, browser) as colleague:
        await colleague.sign_in("tom")
        await colleague.open(customer_id)
        await colleague.write("bought a cloudster")
        await expect(colleague.note("bought a cloudster")).to_contain_text("found Down Parka")


async def test_a_found_word_is_corrected_and_the_next_note_shows_it_until_it_is_undone(
    shop: Shop, phone: Phone
) -> None:
    customer_id = await shop.somebody("Wren", "Wrong")
    await phone.sign_in()
    await phone.open(customer_id)
    await phone.write("wants powder skis")
    await found(phone, "wants powder", "powder skis").click()
    await expect(sheet(phone.page)).to_contain_text("Understood: Powder Skis · wants")
    await choose(phone.page, "glov", "Gloves Pro")
    await expect(phone.note("wants powder")).to_contain_text("read · found Gloves Pro")
    await phone.write("asked about powder skis")
    await expect(phone.note("asked about powder")).to_contain_text("read · found Gloves Pro")
    await found(phone, "asked about", "powder skis").click()
    await expect(sheet(phone.page)).to_contain_text("Gloves Pro · asked about · as it was taught")
    await sheet(phone.page).get_by_role("button", name="Cancel").click()

    await phone.page.get_by_label("Back to customers").click()
    await phone.page.get_by_role("link", name="Corrections").click()
    taught = phone.page.get_by_label("Corrections").get_by_role("listitem").filter(has_text="powder skis")
    await expect(taught).to_contain_text("“powder skis”: Gloves Pro")
    await expect(taught).to_contain_text("for my notes · by you")
    await taught.get_by_role("button", name="Undo").click()
    await expect(taught).to_have_count(0)

    async def restored() -> bool:
        notes = (await shop.overview(customer_id))["notes"]
        return all(note["mentions"][0]["product_name"] == "Powder Skis" for note in notes)

    await eventually(restored, "both notes read as before")
    await phone.open(customer_id)
    await expect(phone.note("wants powder")).to_contain_text("read · found Powder Skis")


async def test_not_this_leaves_the_kind_and_then_nothing(shop: Shop, phone: Phone) -> None:
    customer_id = await shop.somebody("Nat", "This")
    await phone.sign_in()
    await phone.open(customer_id)
    await phone.write("wants the gloves pro")
    await found(phone, "gloves pro", "gloves pro").click()
    await sheet(phone.page).get_by_role("button", name="Not this").click()
    await expect(phone.note("gloves pro")).to_contain_text("read · found gloves")
    await found(phone, "gloves pro", "gloves pro").click()
    await sheet(phone.page).get_by_role("button", name="Nothing we sell").click()
    await expect(phone.note("gloves pro").locator("mark")).to_have_count(0)
    await phone.write("back for the gloves pro")
    await expect(phone.note("back for")).to_contain_text("read")
    await expect(phone.note("back for").locator("mark")).to_have_count(0)


async def test_a_correction_made_offline_waits_and_one_that_is_undone_at_once_is_never_sent(
    shop: Shop, phone: Phone
) -> None:
    customer_id = await shop.somebody("Ora", "Offline")
    await phone.sign_in()
    await phone.open(customer_id)
    await phone.write("wants the ski boots")
    await found(phone, "ski boots", "ski boots").click()
    await sheet(phone.page).get_by_role("button", name="Not this").click()
    await phone.page.get_by_role("button", name="Undo").click()
    await expect(phone.note("ski boots")).not_to_contain_text("saved on this phone")
    await phone.offline()
    await found(phone, "ski boots", "ski boots").click()
    await sheet(phone.page).get_by_role("button", name="Not this").click()
    await expect(phone.page.get_by_text("1 change saved on this phone")).to_be_visible()
    await phone.page.reload()
    await expect(phone.note("ski boots")).to_contain_text("“ski boots”: not Ski Boots · saved on this phone")
    await phone.online()
    await expect(phone.note("ski boots")).not_to_contain_text("saved on this phone")
    await expect(phone.note("ski boots")).to_contain_text("read · found ski boots")
    answer = await shop.api.get("/v1/corrections", params={"undone": True})
    assert [one["phrase"] for one in answer.json()["items"]].count("ski boots") == 1


async def test_a_correction_can_be_made_by_keyboard_alone(shop: Shop, phone: Phone) -> None:
    customer_id = await shop.somebody("Kim", "Keys")
    await phone.sign_in()
    await phone.open(customer_id)
    await phone.write("wants a down parka")
    word = found(phone, "wants a down", "down parka")
    await word.focus()
    await phone.page.keyboard.press("Enter")
    await expect(sheet(phone.page).get_by_role("heading")).to_be_focused()
    await phone.page.keyboard.press("Escape")
    await expect(sheet(phone.page)).to_have_count(0)
    await expect(word).to_be_focused()
    await phone.page.keyboard.press(" ")
    await expect(sheet(phone.page).get_by_role("heading")).to_be_focused()
    await phone.page.keyboard.press("Tab")
    await expect(sheet(phone.page).get_by_label("My notes")).to_be_focused()
    await phone.page.keyboard.press("Tab")
    await expect(sheet(phone.page).get_by_role("button", name="Not this")).to_be_focused()
    await phone.page.keyboard.press("Enter")
    await expect(word).to_be_focused()
    await expect(phone.note("wants a down")).to_contain_text("read · found parkas")


@pytest.mark.parametrize(("theme", "associate"), [("light", "maria"), ("dark", "sam")])
async def test_every_step_is_accessible_and_no_wider_than_the_phone(
    shop: Shop, browser: Browser, tmp_path: Path, theme: Literal["light", "dark"], associate: str
) -> None:
    """Set FLOORBOOK_PICTURES to a folder to keep the pictures."""
    shots: list[bytes] = []
    async with (
        signed_in(shop.url, associate) as api,
        phone_in(shop, browser, color_scheme=theme, device_scale_factor=2) as phone,
    ):
        customer_id = await Shop(shop.instance, api, shop.url).somebody("Axel", f"Corrected-{theme}")
        await phone.sign_in(associate)
        await phone.open(customer_id)
        await phone.write("asked about the Ski Mask W in small, and the beanster. Call her on Friday")
        await expect(phone.note("beanster")).to_contain_text("found Ski Mask W")
        await check_screen(phone.page, "note")
        shots.append(await phone.page.screenshot())
        await phone.note("beanster").locator("mark.found").click()
        await sheet(phone.page).get_by_role("searchbox").fill("s")
        await expect(sheet(phone.page).get_by_label("Products").get_by_role("listitem")).to_have_count(5)
        await check_screen(phone.page, "sheet")
        shots.append(await phone.page.screenshot())
        await sheet(phone.page).get_by_role("button", name="Cancel").click()
        await phone.note("beanster").get_by_role("button", name="Something missed?").click()
        await phone.note("beanster").get_by_role("button", name="the", exact=True).last.click()
        await phone.note("beanster").get_by_role("button", name="beanster").click()
        await check_screen(phone.page, "words to tap")
        shots.append(await phone.page.screenshot())
        await phone.note("beanster").get_by_role("button", name="These words mean…").click()
        await choose(phone.page, "mask", "Ski Mask W")
        await expect(found(phone, "beanster", "beanster")).to_be_visible()
        await phone.page.get_by_label("Back to customers").click()
        await phone.page.get_by_role("link", name="Corrections").click()
        await expect(phone.page.get_by_label("Corrections").get_by_role("listitem")).not_to_have_count(0)
        await check_screen(phone.page, "corrections")
        shots.append(await phone.page.screenshot())
    folder = Path(os.environ.get("FLOORBOOK_PICTURES", tmp_path))
    await side_by_side(browser, shots, folder / f"corrections-{theme}.png")
