"""Marketing says whom it means and what to offer; the right associates hear of it, each with the reasons."""

from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, insert

from backend.documents.entries import FIRST_DUE
from backend.documents.references import put_references
from backend.documents.suggestions import due_suggestions, read_suggestions
from backend.domain.clock import utc_now
from backend.domain.ids import CustomerId
from backend.warehouse import tables as t
from etl.load.catalog import read_catalog
from etl.mentions import NoteReader
from etl.pipeline import ingest, load_references, load_suggestions
from tests.api.people import Sign, refusal

PRODUCTS = [
    {"productid": "BOOT", "productname": "Ridgeline Ski Boots", "productcategory": "Ski", "subcategory": "Ski Boots"},
    {"productid": "MASK", "productname": "Aurora Ski Mask", "productcategory": "Ski", "subcategory": "Ski Masks"},
    {"productid": "TENT", "productname": "Basin Tent", "productcategory": "Camping", "subcategory": "Tents"},
]
CHANNELS = [{"store_id": "S1", "region": "North"}, {"store_id": "S2", "region": "South"}]
OFFER = {"kind": "coupon", "title": "Offer 10 % on ski", "body": "Code SKI10.", "until": "2099-01-31"}


def campaign(audience: dict[str, Any], **offer: Any) -> dict[str, Any]:
    return {"name": "Ski week", "audience": audience, "offer": OFFER | offer}


async def customer(
    api: httpx.AsyncClient, sign: Sign, name: str, *, by: str = "ann", bought: str = "", asked: str = "", **said: Any
) -> None:
    path = f"/v1/customers/{name}"
    assert (await api.put(path, headers=sign(by), json={"firstname": name, **said})).status_code == 202
    if bought:
        line = {"product_id": bought, "quantity": 1, "unit_price": "200.00"}
        order = {"order_id": f"o-{name}", "status": "closed", "filed_on": "2026-11-01", "lines": [line]}
        assert (await api.post(f"{path}/orders", headers=sign(by), json=order)).status_code == 202
    if asked:
        note = {"note_id": f"n-{name}", "text": asked, "written_at": "2026-11-20T10:00:00Z"}
        assert (await api.post(f"{path}/notes", headers=sign(by), json=note)).status_code == 202


@pytest.fixture
async def shop(api: httpx.AsyncClient, engine: Engine, sign: Sign) -> list[str]:
    """Customers of two stores, in the tables."""
    now = utc_now()
    await put_references("product", PRODUCTS, now)
    await put_references("channel", CHANNELS, now)
    await load_references(engine, clock=utc_now)
    await customer(api, sign, "buyer", bought="MASK")
    await customer(api, sign, "asker", asked="Wants the ridgeline ski boots, call her")
    await customer(api, sign, "owner", bought="BOOT")
    await customer(api, sign, "camper", bought="TENT")
    await customer(api, sign, "silent", bought="MASK", preferences={"marketing_consent": False})
    await customer(api, sign, "southern", by="far", bought="MASK")
    everybody = ["buyer", "asker", "owner", "camper", "silent", "southern"]
    with engine.begin() as connection:
        reader = NoteReader.from_catalog(read_catalog(connection))
    await ingest(engine, reader, [CustomerId(one) for one in everybody], clock=utc_now)
    with engine.begin() as connection:
        connection.execute(
            insert(t.customer_rfm).values(
                customer_id="buyer", recency_days=22, frequency=1, monetary_cents=20_000, segment="new", refreshed_at=now,
                first_purchase_on=date(2026, 11, 1), last_purchase_on=date(2026, 11, 1),
            )
        )  # fmt: skip
    return everybody


async def suggested(api: httpx.AsyncClient, sign: Sign, name: str, by: str = "ann") -> list[dict[str, Any]]:
    answer = await api.get(f"/v1/customers/{name}/suggestions", headers=sign(by))
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_the_right_people_and_each_with_the_reasons(
    api: httpx.AsyncClient, engine: Engine, sign: Sign, shop: list[str]
) -> None:
    asked = campaign({"category": "Ski"}, product_id="BOOT")
    preview = (await api.post("/v1/campaigns/preview", headers=sign("marketing"), json=asked)).json()
    assert preview["customer_ids"] == ["asker", "buyer", "southern"]
    assert (preview["n_people"], preview["n_spared"], preview["n_associates"]) == (3, 1, 2)
    assert await suggested(api, sign, "buyer") == []  # a preview tells nobody

    begun = await api.post("/v1/campaigns", headers=sign("marketing"), json=asked)
    assert begun.status_code == 201, begun.text
    campaign_id = begun.json()["campaign_id"]
    (asker,) = await suggested(api, sign, "asker")
    assert asker["kind"] == "coupon"
    assert asker["products"][0]["name"] == "Ridgeline Ski Boots"
    assert asker["because"][0]["text"] == "ridgeline ski boots"
    assert asker["because"][-1] == {"type": "campaign", "campaign_id": campaign_id, "name": "Ski week"}
    (buyer,) = await suggested(api, sign, "buyer")
    bought, standing, _ = buyer["because"]
    assert (bought["type"], bought["n"], bought["amount"], bought["category"]) == ("purchased", 1, "200.00", "Ski")
    assert (standing["type"], standing["segment"], standing["monetary"]) == ("standing", "new", "200.00")
    assert [one["kind"] for one in await suggested(api, sign, "southern", by="far")] == ["coupon"]
    for spared in ("owner", "camper", "silent"):  # has it; is not meant; does not want to be contacted
        assert await suggested(api, sign, spared) == []
    waiting = await due_suggestions(utc_now() + 2 * FIRST_DUE, limit=100)
    assert asker["id"] in waiting, "the sweep sends it to the phones"


async def test_nobody_hears_of_two_campaigns_at_once(
    api: httpx.AsyncClient, engine: Engine, sign: Sign, shop: list[str]
) -> None:
    begun = await api.post("/v1/campaigns", headers=sign("chief"), json=campaign({"product_id": "MASK"}))
    assert begun.json()["n_people"] == 2
    load_suggestions(engine, await read_suggestions([one["id"] for one in await suggested(api, sign, "buyer")]))
    second = await api.post("/v1/campaigns/preview", headers=sign("chief"), json=campaign({"product_id": "MASK"}))
    assert second.json()["customer_ids"] == ["southern"]
    assert second.json()["n_spared"] == 2  # who does not want to, and who has just heard


async def test_a_manager_reaches_and_sees_no_further_than_the_region(
    api: httpx.AsyncClient, sign: Sign, shop: list[str]
) -> None:
    asked = campaign({"product_id": "MASK"})
    begun = (await api.post("/v1/campaigns", headers=sign("north"), json=asked)).json()
    assert begun["n_people"] == 1
    refusal(await api.get(f"/v1/campaigns/{begun['campaign_id']}", headers=sign("south")), 404)
    refusal(await api.delete(f"/v1/campaigns/{begun['campaign_id']}", headers=sign("south")), 404)
    assert (await api.get("/v1/campaigns", headers=sign("south"))).json()["items"] == []
    assert len((await api.get("/v1/campaigns", headers=sign("chief"))).json()["items"]) == 1
    for person in ("ann", "analyst", "operator"):
        refusal(await api.post("/v1/campaigns", headers=sign(person), json=asked), 403)


async def test_asked_for_again_it_is_started_once_and_taken_back_it_leaves_the_phones(
    api: httpx.AsyncClient, engine: Engine, sign: Sign, shop: list[str]
) -> None:
    asked, headers = campaign({"product_id": "MASK"}), sign("chief") | {"Idempotency-Key": "k-1"}
    first = await api.post("/v1/campaigns", headers=headers, json=asked)
    again = await api.post("/v1/campaigns", headers=headers, json=asked)
    assert first.json()["campaign_id"] == again.json()["campaign_id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    refusal(await api.post("/v1/campaigns", headers=headers, json=campaign({"product_id": "TENT"})), 422)

    (done,) = await suggested(api, sign, "buyer")
    outcome = {"outcome": "done", "order_id": "o-buyer"}
    answer = await api.post(f"/v1/suggestions/{done['id']}/outcome", headers=sign("ann"), json=outcome)
    assert answer.status_code == 200
    load_suggestions(engine, await read_suggestions([done["id"]]))
    path = f"/v1/campaigns/{first.json()['campaign_id']}"
    told = (await api.get(path, headers=sign("chief"))).json()
    assert told["by_status"] == {"done": 1, "new": 1}
    assert (told["n_orders"], told["revenue"]) == (1, "200.00")

    cancelled = (await api.delete(path, headers=sign("chief"))).json()
    assert cancelled["status"] == "cancelled"
    assert cancelled["by_status"] == {"done": 1, "withdrawn": 1}
    assert await suggested(api, sign, "southern", by="far") == []


@pytest.mark.parametrize(
    ("broken", "pointer"),
    [
        ({"audience": {"limit": 5}}, "/audience"),
        ({"audience": {"region": "North", "limit": 5_000}}, "/audience/limit"),
        ({"audience": {"churn_state": "gone"}}, "/audience/churn_state"),
        ({"audience": {"regoin": "North"}}, "/audience/regoin"),
        ({"offer": OFFER | {"kind": "follow_up"}}, "/offer/kind"),
        ({"offer": OFFER | {"until": "2020-01-01"}}, "/offer/until"),
        ({"offer": OFFER | {"product_id": "NONE"}}, "/offer/product_id"),
    ],
)
async def test_what_can_not_be_is_refused_with_its_place(
    api: httpx.AsyncClient, sign: Sign, broken: dict[str, Any], pointer: str
) -> None:
    asked = campaign({"region": "North"}) | broken
    problem = refusal(await api.post("/v1/campaigns", headers=sign("chief"), json=asked), 422)
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
