"""The story on real parts: a small sample store, one customer's document as an app once sent it, every step looked at."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.documents.client import open_documents
from backend.documents.journal import pending
from backend.documents.suggestions import count_pending_suggestions
from backend.domain.access import Role
from backend.domain.clock import utc_now
from backend.warehouse.engine import open_engine, transaction
from cli.commands.demo import play
from cli.demo.people import Person
from cli.demo.story import Step
from cli.embedded import Instance, Options
from cli.instance import REPOSITORY, instance_settings, read_urls
from etl.load.checksums import table_checksums
from sample_store import homestead_document
from tests.e2e.instances import wait_for

FAMA = "57fea3df-d6f7-467b-8420-ad427c05dafc"
SCALE = 0.01


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("story")
    for path in (folder, *folder.parents[:2]):
        path.chmod(0o755)  # under root, PostgreSQL runs as another user, who must walk through
    return folder / "data"


@pytest.fixture(scope="module")
def told(data: Path) -> Iterator[tuple[dict[Role, Person], list[Step]]]:
    with Instance(Options(data, port=0)) as instance:
        yield asyncio.run(play(data, instance.urls, SCALE))


@pytest.fixture(scope="module")
def api(told: tuple[dict[Role, Person], list[Step]], data: Path) -> Iterator[httpx.Client]:
    """Ask as the associate of the story, signed in by name and password."""
    person = told[0][Role.ASSOCIATE]
    with httpx.Client(base_url=instance_url(data), timeout=30) as client:
        answer = client.post("/v1/auth/token", json={"username": person.name, "password": person.password})
        client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"
        yield client


def instance_url(data: Path) -> str:
    return read_urls(data).api


def test_every_step_of_the_story_holds(told: tuple[dict[Role, Person], list[Step]]) -> None:
    assert [step for step in told[1] if not step.held] == []
    assert len(told[1]) == 8


def test_the_document_is_kept_byte_for_byte(api: httpx.Client) -> None:
    assert api.get(f"/v1/customers/{FAMA}/raw").content == homestead_document()
    answer = api.get(f"/v1/customers/{FAMA}")
    assert answer.json()["document"]["address"]["localphone"] == "3084328"
    assert answer.headers["etag"] == f'"{answer.json()["revision"]}"'


def test_both_comments_give_mentions_with_their_spans(api: httpx.Client) -> None:
    notes = {note["note_id"]: note for note in api.get(f"/v1/customers/{FAMA}/overview").json()["notes"]}
    boots, mask = notes["order:15122"], notes["order:12920"]
    assert (boots["pointer"], mask["pointer"]) == ("/orders/0/comments", "/orders/1/comments")
    (found,) = boots["mentions"]
    assert boots["text"][found["start"] : found["end"]].endswith("boots")
    assert "Ski Boots" in product_names(api, found["product_ids"][:1]), "the boots are those she has"
    (found,) = mask["mentions"]
    assert mask["text"][found["start"] : found["end"]] == "women's small ski mask"
    assert (found["start"], found["end"], found["intent"]) == (12, 34, "asked")
    assert "Ski Mask W" in product_names(api, found["product_ids"])


def test_the_ski_mask_is_followed_up_with_its_words_until_it_is_bought(api: httpx.Client) -> None:
    made = [row for row in rows(api, "suggestions") if "Ski Mask W" in row["title"]]
    assert {row["kind"] for row in made} == {"follow_up"}
    reasons = [reason for row in made for reason in row["because"]]
    assert ("/orders/1/comments", "women's small ski mask") in {(r["pointer"], r["text"]) for r in reasons}
    assert {row["status"] for row in made} == {"withdrawn"}, "the story ends with the mask bought"
    still_open = api.get(f"/v1/customers/{FAMA}/suggestions").json()["items"]
    assert all("Ski Mask W" not in suggestion["title"] for suggestion in still_open)


def test_the_follow_up_for_the_ski_mask_is_on_the_stream_and_can_be_replayed(api: httpx.Client) -> None:
    cited = ("/orders/1/comments", "women's small ski mask")
    with api.stream("GET", "/v1/stream", headers={"Last-Event-ID": "0"}) as answer:
        told = (json.loads(line[5:]) for line in answer.iter_lines() if line.startswith("data:"))
        follow_up = next(
            event
            for event in told
            if cited in {(reason.get("pointer"), reason.get("text")) for reason in event.get("because", [])}
        )
    assert (follow_up["kind"], follow_up["customer_id"]) == ("follow_up", FAMA)
    assert "Ski Mask W" in follow_up["title"]


def test_the_rows_are_right(api: httpx.Client) -> None:
    (customer,) = rows(api, "customers")
    assert (customer["first_name"], customer["last_name"], customer["city"]) == ("Fama", "Stres", "london")
    assert (customer["state"], customer["phone_number"]) == ("NY", "3084328")
    orders = {row["order_id"]: row for row in rows(api, "orders")}
    assert (orders["15122"]["status"], orders["15122"]["filed_on"]) == ("open", "2012-07-10")
    assert (orders["12920"]["status"], orders["12920"]["filed_on"]) == ("closed", "2012-07-01")
    names = {row["productname"] for row in rows(api, "products", everybody=True)}
    assert {"Ski Boots", "Powerbars", "Ski Mask W"} <= names


def test_a_state_that_does_not_fit_its_city_is_warned_of_and_not_refused(data: Path, api: httpx.Client) -> None:
    engine = open_engine(instance_settings(data).warehouse_url)
    with transaction(engine) as connection:
        codes = connection.exec_driver_sql("SELECT code FROM warnings WHERE customer_id = %s", (FAMA,)).scalars().all()
    engine.dispose()
    assert "state_city_mismatch" in codes


def test_the_same_documents_twice_change_no_row(data: Path, api: httpx.Client) -> None:
    await_calm(data)
    before = checksums(data)
    etag = api.get(f"/v1/customers/{FAMA}").headers["etag"]
    revision = int(etag.strip('"'))
    receipt = api.put(f"/v1/customers/{FAMA}", content=homestead_document(), headers={**JSON, "If-Match": etag}).json()
    assert receipt["revision"] > revision
    wait_for(lambda: ingested(data) >= receipt["revision"] or None, seconds=20, what="ingest")
    await_calm(data)
    after = checksums(data)
    assert {table for table in before if before[table] != after[table]} <= {"ingested"}


def test_rebuild_equals_the_incremental_tables(data: Path, api: httpx.Client) -> None:
    await_calm(data)
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "rebuild", "--diff", "--data", str(data)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "The fresh tables equal the live ones." in done.stdout, done.stdout


JSON = {"Content-Type": "application/json"}


def rows(api: httpx.Client, dataset: str, *, everybody: bool = False) -> list[dict[str, Any]]:
    chosen = {} if everybody else {"filter": f'{{"customer_id":"{FAMA}"}}'}
    answer = api.get(f"/v1/datasets/{dataset}.jsonl", params=chosen).raise_for_status()
    return [httpx.Response(200, text=line).json() for line in answer.text.splitlines()]


def product_names(api: httpx.Client, product_ids: list[str]) -> list[str]:
    catalogue = {row["productid"]: row["productname"] for row in rows(api, "products", everybody=True)}
    return [catalogue[product_id] for product_id in product_ids]


def checksums(data: Path) -> dict[str, str]:
    engine = open_engine(instance_settings(data).warehouse_url)
    with transaction(engine) as connection:
        found = table_checksums(connection)
    engine.dispose()
    return found


def await_calm(data: Path) -> None:
    wait_for(lambda: asyncio.run(is_calm(data)) or None, seconds=30, what="calm")


async def is_calm(data: Path) -> bool:
    """Tell whether all that is stored is in the warehouse."""
    client = await open_documents(instance_settings(data))
    try:
        entries, _ = await pending(utc_now())
        return entries == 0 and await count_pending_suggestions() == 0
    finally:
        await client.close()


def ingested(data: Path) -> int:
    engine = open_engine(instance_settings(data).warehouse_url)
    with transaction(engine) as connection:
        chosen = "SELECT revision FROM ingested WHERE customer_id = %s"
        revision = connection.exec_driver_sql(chosen, (FAMA,)).scalar_one()
    engine.dispose()
    return int(revision)
