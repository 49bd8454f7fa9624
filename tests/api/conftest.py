"""The app of a test, its stores open, and people who call it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from backend.actions.tokens import mint_access_token
from backend.domain.access import Caller, Role
from backend.domain.ids import AssociateId, Region, StoreId
from backend.main import create_app
from backend.settings import Settings
from cli.signing_key import ensure_signing_key
from tests.api.people import Sign

CALLERS = {
    "ann": Caller("ann", Role.ASSOCIATE, store_id=StoreId("S1"), associate_id=AssociateId("A1")),
    "bob": Caller("bob", Role.ASSOCIATE, store_id=StoreId("S1"), associate_id=AssociateId("A2")),
    "far": Caller("far", Role.ASSOCIATE, store_id=StoreId("S2"), associate_id=AssociateId("A9")),
    "store-manager": Caller("store-manager", Role.MANAGER, store_id=StoreId("S1")),
    "north": Caller("north", Role.MANAGER, region=Region("North")),
    "south": Caller("south", Role.MANAGER, region=Region("South")),
    "chief": Caller("chief", Role.MANAGER),
    "marketing": Caller("marketing", Role.MARKETING),
    "analyst": Caller("analyst", Role.ANALYST),
    "operator": Caller("operator", Role.OPERATOR),
}


@pytest.fixture
def sign(settings: Settings) -> Sign:
    """Answer the headers of a person: `sign("ann")`."""
    assert settings.signing_key_path is not None
    key_path = settings.signing_key_path
    ensure_signing_key(key_path)

    def headers(name: str, ttl: timedelta = timedelta(minutes=10)) -> dict[str, str]:
        return {"Authorization": f"Bearer {mint_access_token(key_path, CALLERS[name], ttl)}"}

    return headers


@pytest.fixture
async def app(settings: Settings, documents: object, sign: Sign) -> AsyncIterator[FastAPI]:
    """The app, its lifespan running."""
    made = create_app(settings)
    async with made.router.lifespan_context(made):
        yield made


@pytest.fixture
async def api(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the app, without a socket in between."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://floorbook.test") as client:
        yield client


@pytest.fixture
def homestead() -> bytes:
    """The document of the requirements, exactly as it is printed there."""
    return HOMESTEAD.encode()


HOMESTEAD = """{
        "lastinteractiondate": "2012-07-11",
        "firstname": "Fama",
        "lastname": "Stres",
        "products": [
            "Ski Boots",
            "Powerbars"
        ],
        "address": {
            "city": "london",
            "state": "ny",
            "localphone": "3084328"
        },
        "customerId": "57fea3df-d6f7-467b-8420-ad427c05dafc",
        "orders": [
            {
                "ordid": 15122,
                "status": "open",
                "comments": "Ship to my home address for the boots",
                "filedon": "2012-07-10"
            },
            {
                "ordid": 12920,
                "status": "closed",
                "comments": "Asked about women's small ski mask",
                "filedon": "2012-07-01"
            }
        ]
}"""
