"""The people who stand on the pictures of the phone, and how its screens are put side by side."""

import base64
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Browser

from backend.warehouse.engine import open_engine, transaction
from etl.marts.affinity import refresh_affinity
from tests.ui.phone_shop import HEIGHT, WIDTH, Shop, eventually, signed_in

GAP = 16

PEOPLE = [
    ("Fama", "Stres", "New York", "NY", ["Ski Boots", "Powerbars"], 2),
    ("Ada", "Okafor", "Boston", "MA", ["Ski Mask W", "Down Parka"], 0),
    ("Luis", "Ortega", "Los Angeles", "CA", ["Ski Boots", "Gloves Pro"], 31),
    ("Mei", "Tanaka", "Seattle", "WA", ["Powerbars", "Ski Boots"], 7),
    ("Priya", "Nair", "Denver", "CO", ["Ski Boots", "Gloves Pro"], 1),
    ("Jonas", "Weber", "Austin", "TX", ["Down Parka"], 3),
    ("Chloe", "Martin", "Chicago", "IL", ["Ski Boots", "Gloves Pro"], 0),
    ("Omar", "Haddad", "Miami", "FL", ["Powerbars"], 45),
]


async def people_of_the_picture(shop: Shop, associate: str) -> str:
    """Put eight customers with what they bought into the associate's store; answer the first one's id."""
    async with signed_in(shop.url, associate) as api:
        ids = [await _put_person(replace(shop, api=api), *person) for person in PEOPLE]
    engine = open_engine(shop.instance.urls.warehouse)
    with transaction(engine) as connection:
        refresh_affinity(connection, datetime.now(UTC))
    engine.dispose()
    return ids[0]


async def _put_person(  # noqa: PLR0917  # a row of the table above
    shop: Shop, first: str, last: str, city: str, state: str, names: list[str], days: int
) -> str:
    day = (datetime.now(UTC) - timedelta(days=days)).date().isoformat()
    customer_id = await shop.somebody(
        first, last, address={"city": city, "state": state}, products=names, lastinteractiondate=day
    )
    prices = {"Powerbars": "2.50", "Ski Boots": "180.00"}
    lines = [{"name": name, "quantity": 1, "unit_price": prices.get(name, "59.00")} for name in names]
    order = {"order_id": str(uuid.uuid4())[:8], "status": "closed", "filed_on": day, "lines": lines}
    answer = await shop.api.post(f"/v1/customers/{customer_id}/orders", json=order)
    assert answer.status_code == 202, answer.text

    async def ordered() -> list[Any]:
        orders: list[Any] = (await shop.overview(customer_id))["orders"]
        return orders

    await eventually(ordered, f"order of {first} {last}")
    return customer_id


async def side_by_side(browser: Browser, shots: Sequence[bytes], picture: Path) -> None:
    """Put screens beside each other and write them as one picture."""
    width = len(shots) * (WIDTH + GAP) + GAP
    page = await browser.new_page(viewport={"width": width, "height": HEIGHT + 2 * GAP}, device_scale_factor=2)
    images = "".join(
        f'<img width="{WIDTH}" src="data:image/png;base64,{base64.b64encode(shot).decode()}">' for shot in shots
    )
    style = (
        f"body {{ display: flex; gap: {GAP}px; margin: {GAP}px; background: #8a93a3 }} img {{ border-radius: 20px }}"
    )
    await page.set_content(f"<style>{style}</style>{images}")
    await page.screenshot(path=picture)
    await page.close()
