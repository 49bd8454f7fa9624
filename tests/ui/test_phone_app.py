"""How the phone's files are served: what a browser may load, and how little of it there is."""

import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from mobile_mock.phone.app import create_phone
from mobile_mock.phone.assets import STATIC, read_assets
from mobile_mock.phone.pack import pack

PACKAGES = Path(__file__).resolve().parents[2] / "node_modules"
FIRST_SCREEN_BUDGET = 25_000  # bytes over the wire, the service worker among them
SECOND_SCRIPT_BUDGET = 12_000


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    site = Starlette(routes=[Mount("/phone", create_phone(PACKAGES))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://shop") as client:
        yield client


async def test_the_policy_allows_this_origin_and_nothing_inline(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/phone/")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert not re.findall(r"<script(?![^>]*\bsrc=)", answer.text)


async def test_the_page_names_no_other_host_and_holds_no_style(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/phone/")).text
    assert "//" not in page
    assert "style=" not in page
    assert "<style" not in page


async def test_every_file_that_the_page_names_is_served(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/phone/")).text
    named = re.findall(r'(?:href|src)="([^"]+)"', page)
    manifest = (await browser.get("/phone/manifest.webmanifest")).json()
    named += [icon["src"] for icon in manifest["icons"]]
    for path in named:
        answer = await browser.get(f"/phone/{path}")
        assert answer.status_code == 200, path
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_every_file_that_a_script_imports_is_served() -> None:
    assets = read_assets(PACKAGES)
    scripts = {path: asset.body.decode() for path, asset in assets.items() if path.startswith("js/")}
    imported = {name for script in scripts.values() for name in re.findall(r'(?:from|import\()\s*"\./([^"]+)"', script)}
    assert {f"js/{name}" for name in imported} | {"js/main.js"} == set(scripts)


async def test_the_scripts_are_small() -> None:
    sizes = {
        path: len(asset.packed) for path, asset in read_assets(PACKAGES).items() if "javascript" in asset.media_type
    }
    behind = sum(size for path, size in sizes.items() if path.startswith("js/second"))
    assert sum(sizes.values()) - behind < FIRST_SCREEN_BUDGET
    assert 0 < behind < SECOND_SCRIPT_BUDGET


async def test_a_file_that_the_browser_has_is_not_sent_again(browser: httpx.AsyncClient) -> None:
    first = await browser.get("/phone/js/main.js")
    again = await browser.get("/phone/js/main.js", headers={"If-None-Match": first.headers["etag"]})
    assert first.headers["content-encoding"] == "gzip"
    assert again.status_code == 304
    assert again.content == b""


async def test_a_client_without_gzip_gets_the_plain_bytes(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/phone/phone.css", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.content == (STATIC / "phone.css").read_bytes()


@pytest.mark.parametrize(
    "path",
    [
        "vendor/preact/package.json",
        "js/outbox.js",
        "../app.py",
        "%2e%2e/app.py",
        "vendor/../../../etc/passwd",
        "nothing.js",
    ],
)
async def test_nothing_else_is_served(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.get(f"/phone/{path}")).status_code == 404


async def test_the_worker_keeps_every_file_but_itself(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/phone/worker.js")
    shell = set(json.loads(answer.text.split("const SHELL = ")[1].split(";\n")[0]))
    assert shell == (set(read_assets(PACKAGES)) - {"worker.js", "index.html"}) | {"./"}
    assert answer.headers["service-worker-allowed"] == "/phone"


async def test_a_changed_file_makes_another_worker(tmp_path: Path) -> None:
    before = read_assets(PACKAGES)["worker.js"]
    assert read_assets(PACKAGES)["worker.js"] == before
    shutil.copytree(STATIC, tmp_path / "static")
    words = tmp_path / "static" / "js" / "words.js"
    words.write_text(words.read_text().replace("Goes with", "Goes well with"))
    assert read_assets(PACKAGES, tmp_path / "static")["worker.js"].etag != before.etag


async def test_a_missing_packer_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="@esbuild is missing"):
        create_phone(tmp_path)


def test_a_source_that_is_wrong_is_named(tmp_path: Path) -> None:
    (tmp_path / "wrong.js").write_text("const = 1")
    with pytest.raises(RuntimeError, match=r"wrong\.js:1"):
        pack(tmp_path / "wrong.js", PACKAGES)
