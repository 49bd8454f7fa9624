"""Every route of the app, every role: who is not named at the door does not get in, and nobody does without a token."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from backend.api.auth import Gate
from backend.documents.references import put_references
from backend.domain.access import Role
from backend.main import ROUTERS
from tests.api.people import FAMA, JSON, NOTE, Sign, refusal

PUBLIC = {
    "/",
    "/docs",
    "/docs/start.js",
    "/assets/vendor/{path}",
    "/healthz",
    "/readyz",
    "/metrics",
    "/v1/auth/token",
    "/v1/auth/refresh",
    "/v1/auth/revoke",
    "/v1/exports/{job_id}/file",  # the link itself is signed, and expires
    "/assets/pages/{name}",
    "/sign-in",
}
"""Whoever adds a route without roles has to name it here."""

PAGES = ("/dashboard", "/ops", "/catalog")
"""Pages ask for the cookie themselves, and send whoever has none to sign in."""

ONE_OF_EACH = {
    Role.ASSOCIATE: "ann",
    Role.MANAGER: "chief",
    Role.MARKETING: "marketing",
    Role.ANALYST: "analyst",
    Role.OPERATOR: "operator",
}


def _gates(dependant: Dependant) -> Iterator[Gate]:
    if isinstance(dependant.call, Gate):
        yield dependant.call
    for below in dependant.dependencies:
        yield from _gates(below)


def _doors() -> list[tuple[APIRoute, frozenset[Role] | None]]:
    found = []
    for route in (route for router in ROUTERS for route in router.routes):
        assert isinstance(route, APIRoute)
        roles = {gate.roles for gate in _gates(route.dependant)}
        assert len(roles) <= 1, f"{route.path} has two gates"
        found.append((route, next(iter(roles), None)))
    return found


async def test_every_door_has_a_gate_or_is_meant_to_be_open(app: FastAPI) -> None:
    doors = _doors()
    assert {route.path_format for route, _ in doors} >= app.openapi()["paths"].keys()
    ungated = {route.path_format for route, roles in doors if roles is None}
    assert {path for path in ungated if not path.startswith(PAGES)} == PUBLIC


async def test_no_page_shows_anything_without_the_cookie(api: httpx.AsyncClient) -> None:
    pages = [(route, method) for route, _ in _doors() for method in route.methods or () if route.path.startswith(PAGES)]
    assert len(pages) > len(PAGES)
    for route, method in pages:
        answer = await api.request(method, route.path_format.format_map(_Any()))
        assert answer.status_code in {303, 401}, (method, route.path)
        assert answer.status_code == 401 or answer.headers["location"].startswith("/sign-in")


async def test_every_gate_refuses_every_role_that_it_does_not_name_and_everybody_without_a_token(
    api: httpx.AsyncClient, sign: Sign
) -> None:
    refused = 0
    for route, roles in _doors():
        if roles is None:
            continue
        path = route.path_format.format_map(_Any())
        for method in route.methods or ():
            refusal(await api.request(method, path, content=b"{}", headers=JSON), 401)
            for role, name in ONE_OF_EACH.items():
                if role not in roles:
                    refusal(await api.request(method, path, content=b"{}", headers=sign(name) | JSON), 403)
                    refused += 1
    assert refused > 30


class _Any(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "any"


async def test_who_sees_a_customer_of_the_first_store(api: httpx.AsyncClient, sign: Sign) -> None:
    path = f"/v1/customers/{FAMA}"
    await api.put(path, json={"firstname": "Fama"}, headers=sign("ann"))
    wanted = {"ann": 200, "bob": 200, "far": 404, "store-manager": 200, "chief": 200, "marketing": 200, "operator": 403}
    for name, status in wanted.items():
        assert (await api.get(path, headers=sign(name))).status_code == status, name
        assert (await api.get(f"{path}/raw", headers=sign(name))).status_code == status, name


async def test_a_region_is_that_of_the_store_even_when_the_store_became_known_later(
    api: httpx.AsyncClient, sign: Sign
) -> None:
    path = f"/v1/customers/{FAMA}"
    await api.put(path, json={"firstname": "Fama"}, headers=sign("ann"))
    refusal(await api.get(path, headers=sign("north")), 404)
    await put_references("channel", [{"store_id": "S1", "region": "North"}], datetime.now(UTC))
    for read in (path, f"{path}/overview"):
        assert (await api.get(read, headers=sign("north"))).status_code == 200
        refusal(await api.get(read, headers=sign("south")), 404)


async def test_nobody_writes_over_a_customer_out_of_their_scope(api: httpx.AsyncClient, sign: Sign) -> None:
    path = f"/v1/customers/{FAMA}"
    await api.put(path, json={"firstname": "Fama"}, headers=sign("ann"))
    for headers in (sign("far"), sign("far") | {"If-Match": '"1"'}, sign("far") | {"If-Match": "*"}):
        refusal(await api.put(path, json={"firstname": "Eve"}, headers=headers), 404)
        refusal(await api.patch(path, json={"firstname": "Eve"}, headers=headers), 404)
        refusal(await api.post(f"{path}/notes", json=NOTE, headers=headers), 404)
    assert (await api.get(path, headers=sign("ann"))).json()["document"] == {"firstname": "Fama"}


async def test_a_document_moves_its_customer_only_to_a_store_that_its_writer_may_see(
    api: httpx.AsyncClient, sign: Sign
) -> None:
    path = f"/v1/customers/{FAMA}"
    await api.put(path, json={"store_id": "S2"}, headers=sign("ann"))
    assert (await api.get(path, headers=sign("ann"))).status_code == 200
    refusal(await api.get(path, headers=sign("far")), 404)
    await api.put(path, json={"store_id": "S2"}, headers=sign("chief") | {"If-Match": '"1"'})
    assert (await api.get(path, headers=sign("far"))).status_code == 200
    refusal(await api.get(path, headers=sign("ann")), 404)


async def test_an_analyst_reads_no_names_and_no_ways_of_contact(
    api: httpx.AsyncClient, sign: Sign, homestead: bytes
) -> None:
    path = f"/v1/customers/{FAMA}"
    await api.put(path, content=homestead, headers=sign("ann") | JSON)
    document = (await api.get(path, headers=sign("analyst"))).json()["document"]
    assert (document["firstname"], document["lastname"]) == ("***", "***")
    assert document["address"] == {"city": "london", "state": "ny", "localphone": "***"}
    assert document["products"] == ["Ski Boots", "Powerbars"]
    refusal(await api.get(f"{path}/raw", headers=sign("analyst")), 403)
