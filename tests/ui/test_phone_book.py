"""The book on the phone: filled from checkpoint to checkpoint, there with no network, written to from both sides."""

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.ui.accessible import check_screen
from tests.ui.phone_shop import Phone, Shop, eventually, phone_in, signed_in

pytestmark = pytest.mark.browser


async def test_a_first_filling_goes_on_at_its_checkpoint_when_the_line_breaks(shop: Shop, browser: Browser) -> None:
    rows = [
        {"newDocumentState": {"customer_id": f"many-{n}", "document": {"firstname": "Ann", "lastname": f"Row {n:04}"}}}
        for n in range(1_100)
    ]
    asked: list[str] = []

    async def lose_the_third(route: Route) -> None:
        asked.append(route.request.url.split("checkpoint=")[1].split("&")[0])
        await (route.abort() if len(asked) == 3 else route.continue_())

    async with signed_in(shop.url, "olga") as api, phone_in(shop, browser, service_workers="block") as phone:
        answer = await api.post("/v1/sync/push", json=rows)
        assert {one["verdict"] for one in answer.json()["verdicts"]} == {"applied"}
        phone.troubled = True
        await phone.page.route("**/v1/sync/pull?*", lose_the_third)
        await phone.sign_in("olga")
        await expect(phone.page.get_by_text("1,100 customers on this phone", exact=True)).to_be_visible()
        assert asked[0] == "0"
        assert asked[3] == asked[2] != "0"
        await phone.page.get_by_role("button", name="Store").click()
        await expect(phone.page.get_by_text("The first 100 of 1,100.")).to_be_visible()
        await phone.page.get_by_role("searchbox").fill("row 0777")
        await expect(phone.page.get_by_label("Customers", exact=True).get_by_role("listitem")).to_have_count(1)


async def test_a_customer_who_was_never_opened_can_be_read_and_changed_offline(shop: Shop, phone: Phone) -> None:
    customer_id = await shop.somebody("Nia", "Never", address={"city": "Oslo", "state": "NY"}, loves=["tea"])
    note = {"note_id": "of-a-colleague", "text": "comes on Saturdays", "written_at": "2026-11-01T10:00:00Z"}
    await shop.api.post(f"/v1/customers/{customer_id}/notes", json=note)
    await phone.sign_in()
    await expect(phone.page.get_by_role("link", name="Nia Never")).to_be_visible()
    await _await_note_in_book(phone.page, customer_id)
    await phone.offline()
    await phone.page.reload()
    await phone.page.get_by_role("searchbox").fill("oslo")
    await phone.page.get_by_role("link", name="Nia Never").click()
    await expect(phone.note("comes on Saturdays")).to_be_visible()
    await phone.page.get_by_role("link", name="Edit name and town").click()
    await check_screen(phone.page, "edit")
    await phone.page.get_by_label("City").fill("Albany")
    await phone.page.get_by_role("button", name="Save").click()
    await expect(phone.page.get_by_text("Albany, NY")).to_be_visible()
    await phone.write("asked for tea")
    await shop.change(customer_id, lastname="Nevermore")
    await phone.online()
    await expect(phone.page.get_by_role("heading", name="Nia Nevermore")).to_be_visible()
    await expect(phone.page.get_by_text("Albany, NY")).to_be_visible()
    await expect(phone.page.get_by_text("saved on this phone")).to_have_count(0)
    document = await shop.document(customer_id)
    assert (document["address"], document["lastname"], document["loves"]) == (
        {"city": "Albany", "state": "NY"},
        "Nevermore",
        ["tea"],
    )


async def test_both_sides_of_a_conflict_are_shown_and_one_is_chosen(shop: Shop, phone: Phone) -> None:
    customer_id = await shop.somebody("Cleo", "Conflict", address={"city": "Rome"})
    await phone.sign_in()
    await phone.open(customer_id)
    await phone.offline()
    await _move(phone, "Mine")
    await shop.change(customer_id, address={"city": "Theirs"})
    await phone.online()
    refusal = phone.page.get_by_role("region", name="Needs attention")
    await expect(refusal).to_contain_text("Changed by others, too")
    await expect(refusal).to_contain_text("city")
    await phone.page.reload()
    await check_screen(phone.page, "conflict")
    await refusal.get_by_role("button", name="Keep mine").click()
    await expect(refusal).to_have_count(0)

    async def mine() -> bool:
        return bool((await shop.document(customer_id))["address"]["city"] == "Mine")

    await eventually(mine, "my side on the server")
    assert (await shop.api.get("/v1/sync/conflicts")).json()["items"] == []


async def test_what_can_not_be_read_is_kept_and_shown_and_holds_up_nothing(shop: Shop, phone: Phone) -> None:
    customer_id = await shop.somebody("Quin", "Quarantine")
    await phone.sign_in()
    await phone.open(customer_id)
    await phone.offline()
    await phone.write("far too long " * 9_000)
    await phone.write("short enough")
    await expect(phone.page.get_by_text("2 notes saved on this phone")).to_be_visible()
    await phone.online()
    await expect(phone.note("short enough")).to_contain_text("read")
    await expect(phone.note("far too long")).to_contain_text("Kept for the operator")
    await phone.page.get_by_label("Back to customers").click()
    await phone.page.get_by_role("link", name="Outbox").click()
    entry = phone.page.get_by_label("Outbox").get_by_role("listitem")
    await expect(entry).to_contain_text("Kept for the operator")
    await check_screen(phone.page, "outbox")
    await entry.get_by_role("button", name="Let go").click()
    await expect(phone.page.get_by_text("Everything is with the server.")).to_be_visible()


async def _move(phone: Phone, city: str) -> None:
    await phone.page.get_by_role("link", name="Edit name and town").click()
    await phone.page.get_by_label("City").fill(city)
    await phone.page.get_by_role("button", name="Save").click()
    await expect(phone.page.get_by_text("1 change saved on this phone")).to_be_visible()


async def _await_note_in_book(page: Page, customer_id: str) -> None:
    await page.wait_for_function(
        """(id) => new Promise((resolve) => {
          indexedDB.open("floorbook").onsuccess = ({ target: { result } }) => {
            const request = result.transaction("book").objectStore("book").get(id);
            request.onsuccess = () => (result.close(), resolve(request.result?.notes.length === 1));
          };
        })""",
        arg=customer_id,
    )
