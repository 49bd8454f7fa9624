"""The phone in a real browser against everything real: the associate's day, and what the shop's Wi-Fi does to it."""

import os
import signal
import uuid
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.ui.accessible import check_screen
from tests.ui.phone_pictures import people_of_the_picture, side_by_side
from tests.ui.phone_shop import HOMESTEAD, Phone, Shop, eventually, homestead, phone_in

pytestmark = pytest.mark.browser


async def test_a_note_becomes_a_suggestion_with_its_own_words(shop: Shop, phone: Phone) -> None:
    await shop.put(homestead())
    await phone.sign_in()
    await phone.page.get_by_role("searchbox").fill("fama")
    await phone.page.get_by_role("link", name="Fama Stres").click()
    await expect(phone.note("Asked about women's small ski mask").locator("mark")).to_have_text(
        "women's small ski mask"
    )
    await phone.write("🎿 Back from the mountains, wants the powder skis before Christmas")
    await expect(phone.note("Back from the mountains").locator("mark").first).to_have_text("powder skis")
    await expect(phone.note("Back from the mountains")).to_contain_text("read · found Powder Skis")
    card = phone.card("Powder Skis")
    await expect(card).to_contain_text("Why: You wrote")
    await expect(card.locator("q").first).to_contain_text("powder skis")
    await card.get_by_role("button", name="Do it").click()
    await expect(card).to_have_count(0)

    async def closed() -> bool:
        overview = await shop.overview(HOMESTEAD["customerId"])
        return not any("Powder Skis" in one["title"] and one["status"] == "new" for one in overview["suggestions"])

    await eventually(closed, "outcome on the server")


async def test_not_now_can_be_undone(shop: Shop, phone: Phone) -> None:
    customer_id = await shop.somebody("Una", "Doe")
    await phone.sign_in()
    await phone.open(customer_id)
    await phone.write("wants a down parka")
    await phone.card("Down Parka").get_by_role("button", name="Not now").click()
    await expect(phone.card("Down Parka")).to_have_count(0)
    await phone.page.get_by_role("button", name="Undo").click()
    await expect(phone.card("Down Parka")).to_be_visible()
    overview = await shop.overview(customer_id)
    assert [one["status"] for one in overview["suggestions"] if "Down Parka" in one["title"]] == ["new"]


async def test_a_suggestion_for_another_customer_shows_on_the_list(shop: Shop, phone: Phone) -> None:
    customer_id = await shop.somebody("Tess", "Today")
    await phone.sign_in()
    await shop.api.post(
        f"/v1/customers/{customer_id}/notes",
        json={"note_id": str(uuid.uuid4()), "text": "wants powder skis", "written_at": "2026-11-01T10:00:00Z"},
    )
    today = phone.page.get_by_role("region", name="Today")
    await expect(today.get_by_role("link", name="Tess Today").first).to_be_visible()
    await today.get_by_role("link", name="Tess Today").first.click()
    await expect(phone.card("Powder Skis")).to_be_visible()


async def test_a_note_written_offline_arrives_once(shop: Shop, phone: Phone) -> None:
    customer_id = await shop.somebody("Off", "Line")
    await phone.sign_in()
    await phone.open(customer_id)
    await expect(phone.page.get_by_role("heading", name="Off Line")).to_be_visible()
    await phone.offline()
    await phone.write("Kids' size 2 boots, call her on Friday")
    await expect(phone.page.get_by_text("1 note saved on this phone")).to_be_visible()
    await expect(phone.note("Kids' size 2")).to_contain_text("waits for connection")
    await phone.page.reload()
    await expect(phone.note("Kids' size 2")).to_contain_text("waits for connection")
    await expect(phone.page.get_by_text("1 note saved on this phone")).to_be_visible()
    assert await shop.notes(customer_id) == []
    await phone.online()
    await expect(phone.note("Kids' size 2")).to_contain_text("read")
    await expect(phone.page.get_by_text("saved on this phone")).to_have_count(0)
    assert await shop.notes(customer_id) == ["Kids' size 2 boots, call her on Friday"]


async def test_a_note_that_waits_can_be_taken_back(shop: Shop, phone: Phone) -> None:
    customer_id = await shop.somebody("Tia", "Back")
    await phone.sign_in()
    await phone.open(customer_id)
    await phone.offline()
    await phone.write("never mind")
    await phone.page.get_by_role("button", name="Undo").click()
    await expect(phone.note("never mind")).to_have_count(0)
    await expect(phone.page.get_by_role("textbox")).to_have_value("never mind")
    await phone.online()
    await expect(phone.page.get_by_text("Offline")).to_have_count(0)
    assert await shop.notes(customer_id) == []


async def test_a_note_that_was_sent_can_be_taken_back_with_what_it_led_to(shop: Shop, phone: Phone) -> None:
    customer_id = await shop.somebody("Ulla", "Undo")
    await phone.sign_in()
    await phone.open(customer_id)
    await phone.write("wants a down parka")
    await expect(phone.card("Down Parka")).to_be_visible()
    await phone.page.get_by_role("button", name="Undo").click()
    await expect(phone.note("wants a down parka")).to_have_count(0)
    await expect(phone.card("Down Parka")).to_have_count(0)
    await expect(phone.page.get_by_role("textbox")).to_have_value("wants a down parka")
    assert await shop.notes(customer_id) == []


async def test_the_list_and_search_work_offline(shop: Shop, phone: Phone) -> None:
    await shop.somebody("Ines", "Local", address={"city": "Lisbon"}, products=["Trail Runner"])
    await phone.sign_in()
    await expect(phone.page.get_by_role("link", name="Ines Local")).to_be_visible()
    await phone.offline()
    await phone.page.reload()
    await expect(phone.page.get_by_role("link", name="Ines Local")).to_be_visible()
    for words in ("ines", "lisbon", "trail run"):
        await phone.page.get_by_role("searchbox").fill(words)
        await expect(phone.page.get_by_label("Customers", exact=True).get_by_role("listitem")).to_have_count(1)
    await phone.page.get_by_role("searchbox").fill("nobody of that name")
    await expect(phone.page.get_by_text("Nobody found")).to_be_visible()


async def test_an_answer_lost_on_the_way_doubles_nothing(shop: Shop, browser: Browser) -> None:
    customer_id = await shop.somebody("Ada", "Okafor")
    async with phone_in(shop, browser, service_workers="block") as phone:  # else route() sees nothing
        phone.troubled = True
        keys: list[str] = []

        async def lose_twice(route: Route) -> None:
            pushed: Any = route.request.post_data_json
            keys.append(pushed["rows"][0]["operation_id"])
            if len(keys) <= 2:
                await route.fetch()  # the server has it; the phone never hears so
                await route.abort()
            else:
                await route.continue_()

        async def hide_until_sent(route: Route) -> None:  # else the phone sees that the server has it, and is content
            await (route.continue_() if len(keys) > 2 else route.abort())

        await phone.page.route("**/v1/sync/push", lose_twice)
        await phone.page.route("**/v1/customers/*/overview", hide_until_sent)
        await phone.sign_in()
        await phone.open(customer_id)
        await phone.write("Answer lost on the way, wants the down parka")
        await expect(phone.note("Answer lost")).to_contain_text("read · found Down Parka")
        await expect(phone.page.get_by_text("saved on this phone")).to_have_count(0)
        assert len(keys) == 3
        assert len(set(keys)) == 1
    assert await shop.notes(customer_id) == ["Answer lost on the way, wants the down parka"]


async def test_a_note_survives_the_death_of_the_server(shop: Shop, phone: Phone) -> None:
    customer_id = await shop.somebody("Kim", "Kill")
    await phone.sign_in()
    await phone.open(customer_id)
    phone.troubled = True
    pid = shop.instance.urls.pids["api"]
    os.kill(pid, signal.SIGKILL)
    await phone.write("wants powder skis, whatever happens")
    await expect(phone.note("whatever happens")).to_contain_text("read · found Powder Skis", timeout=40_000)
    await expect(phone.card("Powder Skis")).to_be_visible()
    assert await shop.notes(customer_id) == ["wants powder skis, whatever happens"]


async def test_a_refused_note_is_kept_and_shown(phone: Phone) -> None:
    phone.troubled = True
    await phone.sign_in()
    await phone.open("nobody-of-this-store")
    await phone.write("written for somebody who is not there")
    await expect(phone.note("written for somebody")).to_contain_text("Needs attention")
    await phone.page.reload()
    await expect(phone.note("written for somebody")).to_contain_text("Needs attention")
    await phone.page.get_by_label("Back to customers").click()
    await expect(phone.page.get_by_role("region", name="Needs attention")).to_contain_text("written for somebody")
    await phone.open("nobody-of-this-store")
    await phone.note("written for somebody").get_by_role("button", name="Edit").click()
    await expect(phone.page.get_by_role("textbox")).to_have_value("written for somebody who is not there")


async def test_one_refused_note_does_not_hold_up_the_others(shop: Shop, phone: Phone) -> None:
    customer_id = await shop.somebody("Next", "Inline")
    await phone.sign_in()
    await phone.offline()
    await phone.open("nobody-of-this-store")
    await phone.write("this one is refused")
    await phone.open(customer_id)
    await phone.write("this one is not")
    await expect(phone.page.get_by_text("2 notes saved on this phone")).to_be_visible()
    await phone.online()
    await expect(phone.note("this one is not")).to_contain_text("read")
    assert await shop.notes(customer_id) == ["this one is not"]


async def test_notes_survive_a_session_that_ended_meanwhile(shop: Shop, phone: Phone) -> None:
    customer_id = await shop.somebody("Sia", "Session")
    await phone.sign_in()
    await phone.open(customer_id)
    await phone.offline()
    await phone.write("survives the sign-in")
    await expect(phone.page.get_by_text("1 note saved on this phone")).to_be_visible()
    answer = await shop.api.post("/v1/auth/revoke", json={"refresh_token": await _let_the_session_run_out(phone.page)})
    assert answer.is_success, answer.text
    await phone.page.reload()
    await phone.online()
    await expect(phone.page.get_by_text("1 note on this phone waits for its writer")).to_be_visible()
    await phone.enter("maria")
    await expect(phone.note("survives the sign-in")).to_contain_text("read")
    assert await shop.notes(customer_id) == ["survives the sign-in"]


async def test_nobody_else_sends_my_notes(shop: Shop, phone: Phone) -> None:
    customer_id = await shop.somebody("Own", "Words")
    await phone.sign_in()
    await phone.open(customer_id)
    await phone.offline()
    await phone.write("Maria wrote this")
    await phone.page.get_by_label("Back to customers").click()
    await phone.page.get_by_role("button", name="Sign out").click()
    await phone.online()
    await phone.enter("tom")
    await phone.page.get_by_role("searchbox").fill("own words")
    await phone.page.get_by_role("link", name="Own Words").click()
    await phone.write("Tom wrote this")
    await expect(phone.note("Tom wrote this")).to_contain_text("read")
    assert await shop.notes(customer_id) == ["Tom wrote this"]
    await phone.page.get_by_label("Back to customers").click()
    await phone.page.get_by_role("button", name="Sign out").click()
    await phone.enter("maria")

    async def both() -> bool:
        return sorted(await shop.notes(customer_id)) == ["Maria wrote this", "Tom wrote this"]

    await eventually(both, "Maria's note on the server")


async def test_a_customer_made_offline_reaches_the_server_before_its_note(shop: Shop, phone: Phone) -> None:
    await phone.sign_in()
    await phone.offline()
    await phone.page.get_by_role("link", name="New customer").click()
    await phone.page.get_by_label("Name").fill("Zoe Quist")
    await phone.page.get_by_label("City, state").fill("Boston, MA")
    await phone.page.get_by_role("button", name="Add customer").click()
    await phone.write("wants powder skis, too")
    await expect(phone.page.get_by_text("2 changes saved on this phone")).to_be_visible()
    customer_id = phone.page.url.split("/")[-1]
    await phone.online()
    await expect(phone.note("wants powder skis, too")).to_contain_text("read · found Powder Skis")
    document = (await shop.api.get(f"/v1/customers/{customer_id}")).json()["document"]
    assert (document["firstname"], document["lastname"], document["address"]) == (
        "Zoe",
        "Quist",
        {"city": "Boston", "state": "MA"},
    )


async def test_eight_tabs_share_one_stream(shop: Shop, phone: Phone) -> None:
    customer_id = await shop.somebody("Otto", "Tabs")
    await phone.sign_in()
    tabs = [phone.page, *[await phone.context.new_page() for _ in range(7)]]
    for tab in tabs:
        await phone.open(customer_id, tab)
    before = phone.streams
    await phone.write("wants the down parka", tabs[7])
    for tab in tabs:
        await expect(phone.card("Down Parka", tab)).to_be_visible()
        await expect(phone.note("wants the down parka", tab)).to_contain_text("read")
    assert (before, phone.streams, phone.books) == (1, 1, 1)
    await phone.page.close()  # it led
    await phone.write("wants powder skis", tabs[3])
    await expect(phone.card("Powder Skis", tabs[5])).to_be_visible()
    assert phone.streams == 2
    assert sorted(await shop.notes(customer_id)) == ["wants powder skis", "wants the down parka"]


async def test_a_phone_that_says_live_knows_where_to_resume(phone: Phone) -> None:
    await phone.sign_in()
    kept = await phone.page.evaluate("""() => new Promise((resolve) => {
      indexedDB.open("floorbook").onsuccess = ({ target: { result } }) => {
        const request = result.transaction("values").objectStore("values").get("cursor/maria");
        request.onsuccess = () => (result.close(), resolve(request.result ?? null));
      };
    })""")
    assert kept is not None


async def test_suggestions_made_while_offline_are_caught_up(shop: Shop, phone: Phone) -> None:
    customer_id = await shop.somebody("Gap", "Filler")
    await phone.sign_in()
    await phone.offline()
    note = {"note_id": str(uuid.uuid4()), "text": "wants a down parka", "written_at": "2026-11-01T10:00:00Z"}
    await shop.api.post(f"/v1/customers/{customer_id}/notes", json=note)

    async def suggested() -> bool:
        return bool((await shop.overview(customer_id))["suggestions"])

    await eventually(suggested, "suggestion")
    await phone.online()
    today = phone.page.get_by_role("region", name="Today")
    await expect(today.get_by_role("link", name="Gap Filler").first).to_be_visible()


async def test_the_story_can_be_played_by_keyboard_alone(shop: Shop, phone: Phone) -> None:
    await shop.somebody("Kay", "Board")
    await phone.page.goto(f"{shop.url}/phone")
    keyboard = phone.page.keyboard
    await expect(phone.page.get_by_label("User name")).to_be_visible()
    await keyboard.press("Tab")
    await keyboard.type("maria")
    await keyboard.press("Tab")
    await keyboard.type("a long enough pass phrase")
    await keyboard.press("Enter")
    await expect(phone.page.get_by_role("heading", name="Customers")).to_be_visible()
    await _tab_to(phone.page, "Search customers")
    await keyboard.type("kay board")
    await expect(phone.page.get_by_label("Customers", exact=True).get_by_role("listitem")).to_have_count(1)
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(phone.page.get_by_role("heading", name="Kay Board")).to_be_focused()
    await _tab_to(phone.page, "Write a note about Kay…")
    await keyboard.type("wants a down parka")
    await keyboard.press("Enter")
    await expect(phone.card("Down Parka")).to_be_visible()
    await _tab_to(phone.page, "Do it", backwards=True)
    await keyboard.press("Enter")
    await expect(phone.card("Down Parka")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_screen_is_accessible_and_no_wider_than_the_phone(shop: Shop, browser: Browser, theme: str) -> None:
    customer_id = await shop.somebody("Axel", f"Ample-{theme}", products=["A product with quite a long name"] * 4)
    async with phone_in(shop, browser, color_scheme=theme) as phone:
        await phone.page.goto(f"{shop.url}/phone")
        await expect(phone.page.get_by_label("User name")).to_be_visible()
        await check_screen(phone.page, "sign-in")
        await phone.sign_in()
        await expect(phone.page.get_by_role("link", name=f"Axel Ample-{theme}")).to_be_visible()
        await check_screen(phone.page, "list")
        await phone.open(customer_id)
        await phone.write("wants powder skis by Friday and " + "verylongword" * 12)
        await expect(phone.card("Powder Skis")).to_be_visible()
        await check_screen(phone.page, "customer")
        await phone.offline()
        await phone.write("offline")
        await expect(phone.page.get_by_text("1 note saved on this phone")).to_be_visible()
        await check_screen(phone.page, "customer offline")
        await phone.page.get_by_label("Back to customers").click()
        await check_screen(phone.page, "list offline, with suggestions")
        await phone.online()
        await expect(phone.page.get_by_text("Live", exact=True)).to_be_visible()
        await phone.page.get_by_role("link", name="New customer").click()
        await check_screen(phone.page, "new customer")
        await phone.open("nobody-of-this-store")
        await phone.write("refused")
        await expect(phone.note("refused")).to_contain_text("Needs attention")
        await check_screen(phone.page, "needs attention")


async def _tab_to(page: Page, name: str, *, backwards: bool = False) -> None:
    """Press Tab until something of this name is focused."""
    focused = "document.activeElement.ariaLabel || document.activeElement.innerText || ''"
    for _ in range(60):
        if (await page.evaluate(focused)) == name:
            return
        await page.keyboard.press("Shift+Tab" if backwards else "Tab")
    raise AssertionError(f"Tab never came to {name}")


async def _let_the_session_run_out(page: Page) -> str:
    """Turn the phone's clock, so to speak, and answer its refresh token."""
    refresh_token: str = await page.evaluate(
        """async () => {
          const done = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
          const database = await done(indexedDB.open("floorbook"));
          const values = database.transaction("values", "readwrite").objectStore("values");
          const session = await done(values.get("session"));
          await done(values.put({ ...session, until: 0 }, "session"));
          database.close();
          return session.refresh_token;
        }"""
    )
    return refresh_token


@pytest.mark.parametrize(("theme", "associate"), [("light", "nora"), ("dark", "sam")])
async def test_pictures_are_taken_of_what_the_associate_sees(
    shop: Shop, browser: Browser, tmp_path: Path, theme: Literal["light", "dark"], associate: str
) -> None:
    """Set FLOORBOOK_PICTURES to a folder to keep them."""
    fama = await people_of_the_picture(shop, associate)
    shots: list[bytes] = []
    async with phone_in(shop, browser, color_scheme=theme, device_scale_factor=2) as phone:
        await phone.sign_in(associate)
        await expect(phone.page.get_by_label("Customers", exact=True).get_by_role("listitem")).to_have_count(8)
        shots.append(await phone.page.screenshot())
        await phone.open(fama)
        await phone.write("Wants powder skis before 12 Dec, for the trip to Vail")
        await expect(phone.note("trip to Vail")).to_contain_text("read · found")
        await expect(phone.card("Gloves Pro")).to_be_visible()
        shots.append(await phone.page.screenshot())
        await phone.offline()
        await phone.write("Kids' size 2 boots, call her on Friday")
        await expect(phone.page.get_by_text("1 note saved on this phone")).to_be_visible()
        shots.append(await phone.page.screenshot())
    folder = Path(os.environ.get("FLOORBOOK_PICTURES", tmp_path))
    picture = folder / ("phone.png" if theme == "light" else "phone-dark.png")
    await side_by_side(browser, shots, picture)
    assert picture.stat().st_size > 100_000
