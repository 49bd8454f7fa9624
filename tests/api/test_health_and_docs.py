"""Liveness, readiness, metrics and documentation: without a token, and without the internet."""

import asyncio
import re
import subprocess
import sys
from dataclasses import replace

import httpx
from fastapi import FastAPI

from backend.main import create_app
from backend.settings import Settings
from tests.api.people import FAMA, NOTE, Sign, refusal


async def _ready(api: httpx.AsyncClient) -> httpx.Response:
    for _ in range(100):
        answer = await api.get("/readyz")
        if answer.status_code == 200:
            return answer
        await asyncio.sleep(0.05)
    return answer


async def test_a_running_app_is_alive_and_ready(api: httpx.AsyncClient) -> None:
    assert (await api.get("/healthz")).json() == {"status": "alive"}
    assert (await _ready(api)).json() == {"ready": True, "documents": True, "redis": True, "warehouse": True}


async def test_an_app_whose_stores_are_away_starts_says_so_and_answers(settings: Settings, sign: Sign) -> None:
    nowhere = replace(
        settings,
        mongo_url="mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100",
        redis_url="redis://127.0.0.1:1/0",
        warehouse_url="postgresql://nobody@127.0.0.1:1/none",
    )
    app = create_app(nowhere)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://floorbook.test") as api:
            assert (await api.get("/healthz")).status_code == 200
            answer = await api.get("/readyz")
            assert (answer.status_code, answer.json()["warehouse"]) == (503, False)
            for path in ("/v1/customers", "/v1/customers/c1/overview"):
                answer = await api.get(path, headers=sign("ann"))
                assert refusal(answer, 503)["type"].endswith("unavailable")
                assert answer.headers["retry-after"] == "1"


async def test_metrics_name_routes_and_never_customers(api: httpx.AsyncClient, sign: Sign) -> None:
    await api.get(f"/v1/customers/{FAMA}", headers=sign("ann"))
    text = (await api.get("/metrics")).text
    assert 'route="/v1/customers/{customer_id}"' in text
    assert FAMA not in text


async def test_every_answer_carries_a_trace_id_the_callers_where_it_has_one(api: httpx.AsyncClient) -> None:
    given = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = await api.get("/healthz", headers={"traceparent": f"00-{given}-00f067aa0ba902b7-01"})
    assert answer.headers["x-trace-id"] == given
    assert re.fullmatch(r"[0-9a-f]{32}", (await api.get("/healthz")).headers["x-trace-id"])


async def test_the_documentation_needs_no_internet_and_no_inline_script(api: httpx.AsyncClient) -> None:
    page = await api.get("/docs")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert links
    for link in links:
        assert link.startswith("/")
        assert (await api.get(link)).status_code == 200
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|style=", page.text)


async def test_only_files_of_listed_packages_are_served(api: httpx.AsyncClient) -> None:
    for path in (
        "swagger-ui-dist/../../pyproject.toml",
        "swagger-ui-dist/%2e%2e/%2e%2e/pyproject.toml",
        "..%2fpyproject.toml",
        "/etc/passwd",
        "@scarf/scarf/report.js",
        "swagger-ui-dist/nothing.js",
        "swagger-ui-dist/index.html",
        "swagger-ui-dist",
        "swagger-ui-dist/%00.js",
    ):
        refusal(await api.get(f"/assets/vendor/{path}"), 404)


async def test_the_dashboard_s_scripts_are_small_over_the_wire(api: httpx.AsyncClient) -> None:
    own = ("board", "plots", "session", "theme", "themes")
    paths = [f"/assets/pages/{name}.js" for name in own]
    paths += ["/assets/vendor/htmx.org/dist/htmx.min.js", "/assets/vendor/uplot/dist/uPlot.iife.min.js"]
    sent = 0
    for path in paths:
        async with api.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.status_code == 200, path
            sent += len(b"".join([chunk async for chunk in answer.aiter_raw()]))
    assert sent < 60_000
    plain = await api.get(paths[-1], headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert len(plain.content) > 50_000


async def test_everybody_is_sent_to_their_page(api: httpx.AsyncClient, sign: Sign) -> None:
    for name, page in (("ann", "/phone/"), ("chief", "/dashboard"), (None, "/dashboard")):
        cookies = {"floorbook_session": sign(name)["Authorization"].removeprefix("Bearer ")} if name else {}
        answer = await api.get("/", headers={"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())})
        assert (answer.status_code, answer.headers["location"]) == (303, page)


async def test_the_openapi_document_names_every_refusal_and_its_shape(app: FastAPI, api: httpx.AsyncClient) -> None:
    document = (await api.get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    put = document["paths"]["/v1/customers/{customer_id}"]["put"]
    assert {"202", "400", "401", "403", "404", "412", "413", "415", "422", "428", "503"} <= put["responses"].keys()
    assert "application/problem+json" in put["responses"]["412"]["content"]
    assert put["requestBody"]["content"]["application/json"]["example"]
    assert {tag["name"] for tag in document["tags"]} >= {"auth", "customers", "suggestions", "stream"}
    read = document["paths"]["/v1/customers/{customer_id}"]["get"]
    assert read["security"] == [{"bearer": []}, {"cookie": []}]


async def test_an_answer_of_the_api_is_kept_by_nobody(api: httpx.AsyncClient, sign: Sign) -> None:
    await api.put(f"/v1/customers/{FAMA}", json={}, headers=sign("ann"))
    answer = await api.post(f"/v1/customers/{FAMA}/notes", json=NOTE, headers=sign("ann"))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_the_api_starts_without_the_heavy_libraries() -> None:
    heavy = ("pandas", "numpy", "spacy", "pyarrow", "celery", "sklearn", "duckdb", "xlsxwriter")
    program = f"import sys, backend.main; print([name for name in {heavy!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
