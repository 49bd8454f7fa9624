"""A shop that runs as `floorbook up` does, with two associates and a small catalogue, and a phone to hold."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import httpx
from argon2 import PasswordHasher
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect
from sqlalchemy import func, select

from backend.documents.accounts import put_account
from backend.documents.client import open_documents
from backend.documents.models import Account
from backend.documents.references import put_references
from backend.settings import Settings
from backend.warehouse.engine import open_engine
from backend.warehouse.tables import channels, products
from tests.e2e.instances import ChildInstance

PEOPLE = {
    "maria": "store-7",
    "tom": "store-7",
    "nora": "store-8",
    "sam": "store-9",
    "olga": "store-6",
    "dana": "store-5",
    "emil": "store-4",
}
PASSWORD = "a long enough pass phrase"
WIDTH, HEIGHT = 390, 664
EXPECTED_IN_TROUBLE = ("Failed to load resource", "Service Worker registration blocked by Playwright")

HOMESTEAD: dict[str, Any] = {
    "lastinteractiondate": "2012-07-11",
    "firstname": "Fama",
    "lastname": "Stres",
    "products": ["Ski Boots", "Powerbars"],
    "address": {"city": "london", "state": "ny", "localphone": "3084328"},
    "customerId": "57fea3df-d6f7-467b-8420-ad427c05dafc",
    "orders": [
        {
            "ordid": 15122,
            "status": "open",
            "comments": "Ship to my home address for the boots",
            "filedon": "2012-07-10",
        },
        {"ordid": 12920, "status": "closed", "comments": "Asked about women's small ski mask", "filedon": "2012-07-01"},
    ],
}

CATALOG: list[dict[str, Any]] = [
    {"productid": "p-boots", "productname": "Ski Boots", "productcategory": "Winter", "subcategory": "ski boots", "price": "349.00"},
    {"productid": "p-bars", "productname": "Powerbars", "productcategory": "Food", "subcategory": "energy bars", "price": "2.50"},
    {"productid": "p-mask", "productname": "Ski Mask W", "productcategory": "Winter", "subcategory": "ski masks", "price": "39.00", "gender": "women", "size_range": "S-L"},
    {"productid": "p-skis", "productname": "Powder Skis", "productcategory": "Winter", "subcategory": "skis", "price": "589.00"},
    {"productid": "p-parka", "productname": "Down Parka", "productcategory": "Outerwear", "subcategory": "parkas", "price": "277.00"},
    {"productid": "p-gloves", "productname": "Gloves Pro", "productcategory": "Winter", "subcategory": "gloves", "price": "59.00"},
]  # fmt: skip

T = TypeVar("T")


async def eventually(ask: Callable[[], Awaitable[T | None]], what: str, seconds: float = 20) -> T:
    """Ask until the answer is something; fail, saying what was waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := await ask():
            return answer
        await asyncio.sleep(0.05)
    raise AssertionError(f"after {seconds} s: no {what}")


@dataclass
class Shop:
    """The running shop, and a way to look behind the phone's back."""

    instance: ChildInstance
    api: httpx.AsyncClient
    url: str

    async def put(self, document: dict[str, Any]) -> str:
        customer_id: str = document["customerId"]
        answer = await self.api.put(f"/v1/customers/{customer_id}", json=document)
        assert answer.status_code == 202, answer.text
        await eventually(lambda: self._listed(customer_id), f"customer {customer_id} in the list")
        return customer_id

    async def somebody(self, first_name: str, last_name: str, **more: Any) -> str:
        """Put a customer of their own for one test."""
        document = {"customerId": str(uuid.uuid4()), "firstname": first_name, "lastname": last_name}
        return await self.put(document | {"lastinteractiondate": date.today().isoformat()} | more)  # noqa: DTZ011

    async def document(self, customer_id: str) -> dict[str, Any]:
        """The document as the server has it."""
        found: dict[str, Any] = (await self.api.get(f"/v1/customers/{customer_id}")).json()["document"]
        return found

    async def change(self, customer_id: str, **members: Any) -> None:
        """Change some members, as a colleague would."""
        found = await self.api.get(f"/v1/customers/{customer_id}")
        headers = {"If-Match": found.headers["ETag"]}
        document = found.json()["document"] | members
        answer = await self.api.put(f"/v1/customers/{customer_id}", json=document, headers=headers)
        assert answer.status_code == 202, answer.text

    async def _listed(self, customer_id: str) -> bool:
        overview = await self.api.get(f"/v1/customers/{customer_id}/overview")
        return overview.status_code == 200 and overview.json()["read_revision"] >= 1

    async def overview(self, customer_id: str) -> dict[str, Any]:
        answer = await self.api.get(f"/v1/customers/{customer_id}/overview")
        assert answer.status_code == 200, answer.text
        overview: dict[str, Any] = answer.json()
        return overview

    async def notes(self, customer_id: str) -> list[str]:
        """The texts of the posted notes that the server has."""
        overview = await self.overview(customer_id)
        return [note["text"] for note in overview["notes"] if note["order_id"] is None]


@dataclass
class Phone:
    """One phone: a browser of its own. What it complains of, and whom it asks, is kept."""

    shop: Shop
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    streams: int = 0
    books: int = 0  # streams of replication
    troubled: bool = False  # the test cuts the line or is refused: the browser itself logs failed requests then

    async def sign_in(self, username: str = "maria") -> None:
        await self.page.goto(f"{self.shop.url}/phone")
        await self.enter(username)
        await expect(self.page.get_by_role("heading", name="Customers")).to_be_visible()
        await expect(self.page.get_by_text("Live", exact=True)).to_be_visible()

    async def enter(self, username: str) -> None:
        await self.page.get_by_label("User name").fill(username)
        await self.page.get_by_label("Password").fill(PASSWORD)
        await self.page.get_by_role("button", name="Sign in").click()

    async def open(self, customer_id: str, page: Page | None = None) -> None:
        at = page or self.page
        await at.goto(f"{self.shop.url}/phone/#/customers/{customer_id}")
        await expect(at.get_by_role("link", name="Back to customers")).to_be_visible()

    async def write(self, text: str, page: Page | None = None) -> None:
        at = page or self.page
        await at.get_by_role("textbox", name="Write a note").fill(text)
        await at.get_by_role("button", name="Save").click()

    def note(self, text: str, page: Page | None = None) -> Locator:
        return (page or self.page).get_by_label("Timeline").get_by_role("listitem").filter(has_text=text)

    def card(self, title: str, page: Page | None = None) -> Locator:
        at = page or self.page
        cards = at.get_by_label("Suggestions").get_by_role("listitem")
        return cards.filter(has=at.get_by_role("heading", name=title))

    async def offline(self) -> None:
        self.troubled = True
        await self.context.set_offline(True)

    async def online(self) -> None:
        await self.context.set_offline(False)

    def watch(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        expected = self.troubled and message.text.startswith(EXPECTED_IN_TROUBLE)
        if message.type in {"error", "warning"} and not expected:
            self.complaints.append(f"{message.type}: {message.text}")

    def see(self, request: Request) -> None:
        if not request.url.startswith((self.shop.url, "data:")):
            self.foreign.append(request.url)
        self.streams += request.url.endswith("/v1/stream")
        self.books += request.url.endswith("/v1/sync/stream")


@asynccontextmanager
async def phone_in(shop: Shop, browser: Browser, **options: Any) -> AsyncIterator[Phone]:
    """Hold a phone; at the end it must not have complained, nor asked another host."""
    options = {"viewport": {"width": WIDTH, "height": HEIGHT}, "reduced_motion": "reduce"} | options
    context = await browser.new_context(**options)
    phone = Phone(shop, context, await context.new_page())
    context.on("request", phone.see)
    context.on("page", phone.watch)
    phone.watch(phone.page)
    yield phone
    await context.close()
    assert not phone.complaints, phone.complaints
    assert not phone.foreign, phone.foreign


@asynccontextmanager
async def furnished(instance: ChildInstance) -> AsyncIterator[Shop]:
    """Give a running instance its people, its store and its catalogue."""
    urls = instance.await_urls()
    settings = Settings(mongo_url=urls.mongo, redis_url=urls.redis, warehouse_url=urls.warehouse)
    client = await open_documents(settings)
    password_hash = PasswordHasher().hash(PASSWORD)
    for name, store_id in PEOPLE.items():
        await put_account(
            Account(id=name, password_hash=password_hash, role="associate", store_id=store_id, associate_id=f"a-{name}")
        )
    now = datetime.now(UTC)
    stores = [{"store_id": store_id, "store_name": store_id, "region": "Northeast"} for store_id in PEOPLE.values()]
    await put_references("channel", stores, now)
    await put_references("product", CATALOG, now)
    await _await_catalog(settings)
    async with signed_in(urls.api, "maria") as api:
        yield Shop(instance, api, urls.api)
    await client.close()


@asynccontextmanager
async def signed_in(url: str, username: str) -> AsyncIterator[httpx.AsyncClient]:
    """Talk to the API as one of the people."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as api:
        answer = await api.post("/v1/auth/token", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        api.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield api


async def _await_catalog(settings: Settings) -> None:
    engine = open_engine(settings.warehouse_url)

    async def loaded() -> bool:
        with engine.connect() as connection:
            n_products = connection.scalar(select(func.count()).select_from(products)) or 0
            n_channels = connection.scalar(select(func.count()).select_from(channels)) or 0
        return n_products >= len(CATALOG) and n_channels >= 1

    await eventually(loaded, "catalogue in the warehouse", seconds=60)
    engine.dispose()


def homestead() -> dict[str, Any]:
    """The document as it was printed."""
    copy: dict[str, Any] = json.loads(json.dumps(HOMESTEAD))
    return copy


def next_days(days: int) -> date:
    return datetime.now(UTC).date() + timedelta(days=days)
