"""How the phone's files are served: what a browser may load, and how little of it there is."""

import base64
import hashlib
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from mobile_mock.phone.app import create_phone
from mobile_mock.phone.assets import STATIC, VENDOR, read_assets

PACKAGES = Path(__file__).resolve().parents[2] / "node_modules"
JAVASCRIPT_BUDGET = 47_000  # bytes over the wire


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    site = Starlette(routes=[Mount("/phone", create_phone(PACKAGES))])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://shop") as client:
        yield client


async def test_the_policy_allows_this_origin_and_the_import_map_only(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/phone/")
    policy = answer.headers["content-security-policy"]
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", answer.text, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline]
    assert policy.startswith("default-src 'none'; script-src 'self'")
    assert re.findall(r"'sha256-([^']+)'", policy) == digests
    assert len(digests) == 1
    assert "unsafe" not in policy


async def test_the_page_names_no_other_host_and_holds_no_style(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/phone/")).text
    assert "//" not in page
    assert "style=" not in page
    assert "<style" not in page


async def test_every_file_that_the_page_names_is_served(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/phone/")).text
    import_map = json.loads(page.split('<script type="importmap">')[1].split("</script>")[0])
    named = re.findall(r'(?:href|src)="([^"]+)"', page) + list(import_map["imports"].values())
    manifest = (await browser.get("/phone/manifest.webmanifest")).json()
    named += [icon["src"] for icon in manifest["icons"]]
    for path in named:
        answer = await browser.get(f"/phone/{path}")
        assert answer.status_code == 200, path
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_every_module_that_a_module_imports_is_served() -> None:
    assets = read_assets(PACKAGES)
    bare = {"preact", "preact/hooks", "htm", "idb", "@preact/signals"}
    for module in sorted(STATIC.rglob("js/**/*.js")):
        for name in re.findall(r'from "([^"]+)"', module.read_text()):
            if name in bare:
                continue
            target = (module.parent / name).resolve().relative_to(STATIC.resolve()).as_posix()
            assert target in assets, f"{module.name} imports {name}"


async def test_all_javascript_together_is_small() -> None:
    scripts = {path: asset for path, asset in read_assets(PACKAGES).items() if "javascript" in asset.media_type}
    assert len(scripts) > len(VENDOR)
    assert sum(len(asset.packed) for asset in scripts.values()) < JAVASCRIPT_BUDGET


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
    "path", ["vendor/preact/package.json", "../app.py", "%2e%2e/app.py", "vendor/../../../etc/passwd", "nothing.js"]
)
async def test_nothing_else_is_served(browser: httpx.AsyncClient, path: str) -> None:
    assert (await browser.get(f"/phone/{path}")).status_code == 404


async def test_the_worker_keeps_every_file_but_itself(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/phone/worker.js")
    shell = set(json.loads(answer.text.split("const SHELL = ")[1].split(";\n")[0]))
    assert shell == (set(read_assets(PACKAGES)) - {"worker.js", "index.html"}) | {"./"}
    assert answer.headers["service-worker-allowed"] == "/phone"


async def test_a_changed_package_makes_another_worker(tmp_path: Path) -> None:
    for name in VENDOR:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((PACKAGES / name).read_bytes())
    before = read_assets(tmp_path)["worker.js"]
    (tmp_path / VENDOR[0]).write_text("changed")
    after = read_assets(tmp_path)["worker.js"]
    assert read_assets(PACKAGES)["worker.js"] == before
    assert after.etag != before.etag


async def test_a_missing_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=re.escape(f"{VENDOR[0]} is missing")):
        create_phone(tmp_path)
