"""Exports: whole, the same rows in every format, safe to open, within the caller's scope; as a stream and as a job."""

import asyncio
import csv
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet
from sqlalchemy import Engine, insert, update

from backend.analytics.datasets import DATASETS
from backend.analytics.export import ExportRequest, stream_dataset
from backend.analytics.export_jobs import exports_folder
from backend.analytics.export_runs import LEFT_ALONE, CanceledError, Claim, due_exports, forget_old_files, run_export
from backend.analytics.writers import FileFormat
from backend.domain.clock import utc_now
from backend.settings import Settings
from backend.warehouse import tables as t
from tests.api.people import Sign, pointers, refusal
from tests.shop import Shop, open_shop

CONTRACT = {
    "customers", "products", "channels", "orders", "order_lines", "transactions", "notes", "mentions", "suggestions",
    "outcomes", "orders_enriched", "sales_hourly", "product_affinity", "customer_category_spend", "customer_history",
}  # fmt: skip
ENRICHED = [
    "order_id",
    "customer_id",
    "productsku",
    "order_date",
    "order_delivery_date",
    "order_total_amount",
    "shipping_method",
    "order_status",
    "transaction_id",
    "transaction_date",
    "transaction_amount",
    "payment_method",
    "product_category",
    "model_name",
    "brand_name",
    "product_name",
    "product_size",
    "first_name",
    "last_name",
    "gender",
    "phone_number",
    "email_id",
    "age",
    "city",
    "state",
    "country",
    "zip_code",
]


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return replace(settings, exports_dir=tmp_path / "exports")


@pytest.fixture
def shop(engine: Engine) -> Shop:
    return open_shop(engine)


async def rows_of(
    api: httpx.AsyncClient, headers: dict[str, str], name: str, **parameters: str
) -> list[dict[str, Any]]:
    answer = await api.get(f"/v1/datasets/{name}.jsonl", headers=headers, params=parameters)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def test_offers_the_tables_of_the_contract_by_their_names() -> None:
    assert set(DATASETS) >= CONTRACT


@pytest.mark.parametrize("name", sorted(DATASETS))
@pytest.mark.usefixtures("shop")
async def test_streams_every_dataset_in_every_format(api: httpx.AsyncClient, sign: Sign, name: str) -> None:
    expected = await rows_of(api, sign("chief"), name)
    columns = [column.name for column in DATASETS[name].columns]
    for file_format in FileFormat:
        answer = await api.get(f"/v1/datasets/{name}.{file_format}", headers=sign("chief"))
        assert answer.status_code == 200
        assert answer.headers["x-floorbook-as-of"].endswith("Z")
        body = answer.content
        match file_format:
            case FileFormat.CSV:
                head, *rows = csv.reader(io.StringIO(body.decode()))
                assert head == columns
                assert len(rows) == len(expected)
            case FileFormat.PARQUET:
                table = parquet.read_table(io.BytesIO(body))
                assert (table.column_names, table.num_rows) == (columns, len(expected))
            case FileFormat.ARROW:
                assert pa.ipc.open_file(body).read_all().num_rows == len(expected)
            case FileFormat.XLSX:
                sheet = zipfile.ZipFile(io.BytesIO(body)).read("xl/worksheets/sheet1.xml").decode()
                assert sheet.count("<row ") == len(expected) + 1
                assert "<f>" not in sheet


async def test_money_is_exact_in_every_format(shop: Shop, api: httpx.AsyncClient, sign: Sign) -> None:
    total = Decimal(int(shop.frame("order_lines").amount_cents.sum())) / 100
    lines = await rows_of(api, sign("chief"), "order_lines")
    assert sum(Decimal(line["amount"]) for line in lines) == total
    answer = await api.get("/v1/datasets/order_lines.parquet", headers=sign("chief"))
    assert sum(parquet.read_table(io.BytesIO(answer.content))["amount"].to_pylist()) == total
    spend = await rows_of(api, sign("chief"), "customer_category_spend")
    assert sum(Decimal(row["amount"]) for row in spend) == total


@pytest.mark.usefixtures("shop")
async def test_no_cell_runs_as_a_formula(api: httpx.AsyncClient, sign: Sign) -> None:
    answer = await api.get("/v1/datasets/products.csv", headers=sign("chief"))
    assert ",'=Ski Mask W," in answer.text
    assert ",=Ski" not in answer.text
    assert ",'+Bo," in (await api.get("/v1/datasets/customers.csv", headers=sign("chief"))).text
    names = [row["productname"] for row in await rows_of(api, sign("chief"), "products")]
    assert "=Ski Mask W" in names  # where nothing runs formulas, the text stays as it is


async def test_orders_enriched_has_a_row_for_each_line(shop: Shop, api: httpx.AsyncClient, sign: Sign) -> None:
    rows = await rows_of(api, sign("marketing"), "orders_enriched")
    assert list(rows[0]) == ENRICHED
    assert len(rows) == len(shop.rows["order_lines"])
    boots = next(row for row in rows if row["order_id"] == "o1" and row["productsku"] == "SKU-P1")
    assert (boots["transaction_id"], boots["transaction_amount"], boots["first_name"]) == ("t1", "360.00", "Fama")


@pytest.mark.usefixtures("shop")
async def test_each_role_gets_its_rows_and_columns(api: httpx.AsyncClient, sign: Sign) -> None:
    assert {row["customer_id"] for row in await rows_of(api, sign("ann"), "customers")} == {"c1", "c2"}
    assert {row["customer_id"] for row in await rows_of(api, sign("south"), "orders_enriched")} == {"c3", "c4"}
    analyst = await rows_of(api, sign("analyst"), "customers")
    assert {row["email_id"] for row in analyst} == {row["phone_number"] for row in analyst} == {None}
    assert "90000.00" in {row["annual_income"] for row in analyst}
    assert {row["annual_income"] for row in await rows_of(api, sign("marketing"), "customers")} == {None}
    refusal(await api.get("/v1/datasets/customers.csv", headers=sign("operator")), 403)
    refusal(await api.get("/v1/datasets/customers.csv"), 401)


@pytest.mark.usefixtures("shop")
async def test_takes_the_rows_of_a_filter_and_refuses_what_is_none(api: httpx.AsyncClient, sign: Sign) -> None:
    chief = sign("chief")
    assert len(await rows_of(api, chief, "customers", filter='{"state": ["NY", null]}')) == 3
    dear = '[{"member": "price", "operator": "gt", "values": ["89.00"]}]'
    assert [row["productid"] for row in await rows_of(api, chief, "products", filter=dear)] == ["P1"]
    broken = await api.get("/v1/datasets/customers.csv", params={"filter": '{"stat": "NY"}'}, headers=chief)
    assert pointers(broken) == ["/filter/0/member"]
    assert pointers(await api.get("/v1/datasets/customers.csv", params={"filter": "{"}, headers=chief)) == ["/filter"]
    refusal(await api.get("/v1/datasets/secrets.csv", headers=chief), 404)
    refusal(await api.get("/v1/datasets/customers.exe", headers=chief), 404)


async def test_reads_a_large_table_batch_by_batch(engine: Engine, settings: Settings) -> None:
    rows = [
        {
            "check_name": "x",
            "customer_id": f"c{n}",
            "source": "d",
            "pointer": "",
            "code": "c",
            "detail": "d",
            "revision": 1,
        }
        for n in range(12_000)
    ]
    with engine.begin() as connection:
        connection.execute(insert(t.warnings), [{k: v for k, v in row.items() if k in t.warnings.c} for row in rows])
    chunks = list(stream_dataset(settings.warehouse_url, ExportRequest("warnings", FileFormat.CSV), None, utc_now()))
    assert len([chunk for chunk in chunks if chunk]) == 3
    assert b"".join(chunks).count(b"\r\n") == 12_001


async def ask_for(api: httpx.AsyncClient, headers: dict[str, str], **body: Any) -> dict[str, Any]:
    answer = await api.post("/v1/exports", json={"dataset": "order_lines", "format": "csv", **body}, headers=headers)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/v1/exports/{job['id']}"
    return job


async def test_a_job_ends_in_a_manifest_and_a_link(
    shop: Shop, api: httpx.AsyncClient, sign: Sign, engine: Engine, settings: Settings
) -> None:
    job = await ask_for(api, sign("south"), filter={"sold": True})
    assert (job["status"], job["url"]) == ("queued", None)
    assert due_exports(engine, utc_now) == [job["id"]]
    assert run_export(engine, settings, job["id"], utc_now) == "done"
    assert run_export(engine, settings, job["id"], utc_now) == "skipped"
    done = (await api.get(f"/v1/exports/{job['id']}", headers=sign("south"))).json()
    file = await api.get(done["url"])
    lines = shop.frame("order_lines")
    assert done["manifest"]["rows"] == len(lines[lines.sold & (lines.store_id == "S2")]) == file.text.count("\r\n") - 1
    assert done["manifest"]["sha256"] == hashlib.sha256(file.content).hexdigest()
    assert done["manifest"]["filter"] == {"sold": True}
    assert done["manifest"]["scope"]["region"] == "South"
    refusal(await api.get(done["url"].replace("signature=", "signature=0")), 403)
    refusal(await api.get(f"/v1/exports/{job['id']}", headers=sign("chief")), 404)


@pytest.mark.usefixtures("shop")
async def test_a_canceled_job_leaves_nothing_behind(
    api: httpx.AsyncClient, sign: Sign, engine: Engine, settings: Settings
) -> None:
    waiting, done = await ask_for(api, sign("chief")), await ask_for(api, sign("chief"))
    run_export(engine, settings, done["id"], utc_now)
    for job in (waiting, done):
        assert (await api.delete(f"/v1/exports/{job['id']}", headers=sign("chief"))).status_code == 204
        assert run_export(engine, settings, job["id"], utc_now) == "skipped"
        assert (await api.get(f"/v1/exports/{job['id']}", headers=sign("chief"))).json()["status"] == "canceled"
    assert list(exports_folder(settings).iterdir()) == []


@pytest.mark.usefixtures("shop")
async def test_a_job_that_cannot_be_says_why(
    api: httpx.AsyncClient, sign: Sign, engine: Engine, settings: Settings
) -> None:
    long_text = {"customer_id": "c1", "note_id": "n1", "text": "x" * 40_000, "extractor_version": "1", "extra": {}}
    with engine.begin() as connection:
        connection.execute(insert(t.notes).values(**long_text, revision=1, source_kind="note", pointer="/text"))
    job = await ask_for(api, sign("chief"), dataset="notes", format="xlsx")
    assert run_export(engine, settings, job["id"], utc_now) == "failed"
    failed = (await api.get(f"/v1/exports/{job['id']}", headers=sign("chief"))).json()
    assert "nothing is cut" in failed["error"]
    wrong = await api.post("/v1/exports", json={"dataset": "notes", "format": "docx"}, headers=sign("chief"))
    assert pointers(wrong) == ["/format"]
    assert forget_old_files(engine, settings, utc_now) == 0


async def test_the_same_key_asks_for_one_job(shop: Shop, api: httpx.AsyncClient, sign: Sign, engine: Engine) -> None:
    keyed = sign("chief") | {"Idempotency-Key": "once"}
    first, again = await ask_for(api, keyed), await ask_for(api, keyed)
    assert first["id"] == again["id"]
    assert due_exports(engine, utc_now) == [first["id"]]
    others = [
        await ask_for(api, sign("marketing") | {"Idempotency-Key": "once"}),
        await ask_for(api, sign("chief") | {"Idempotency-Key": "twice"}),
        await ask_for(api, sign("chief")),
    ]
    assert len({first["id"], *(job["id"] for job in others)}) == 4
    other = await api.post("/v1/exports", json={"dataset": "orders", "format": "csv"}, headers=keyed)
    assert refusal(other, 422)["type"].endswith("idempotency_key_reused")


@pytest.mark.usefixtures("shop")
async def test_what_a_dead_worker_left_is_taken_up_and_its_late_hand_writes_nothing(
    api: httpx.AsyncClient, sign: Sign, engine: Engine, settings: Settings
) -> None:
    job = await ask_for(api, sign("chief"))
    folder = exports_folder(settings)
    with engine.begin() as connection:
        ours = update(t.export_jobs).where(t.export_jobs.c.job_id == job["id"])
        connection.execute(ours.values(status="running", n_attempts=1, heartbeat_at=utc_now()))
    left = folder / f"{job['id']}.1.part"
    left.write_bytes(b"half a fi")
    assert run_export(engine, settings, job["id"], utc_now) == "skipped"  # it may live yet
    later = utc_now() + LEFT_ALONE * 1.1
    assert due_exports(engine, lambda: later) == [job["id"]]
    assert run_export(engine, settings, job["id"], lambda: later) == "done"
    done = (await api.get(f"/v1/exports/{job['id']}", headers=sign("chief"))).json()
    file = await api.get(done["url"])
    assert hashlib.sha256(file.content).hexdigest() == done["manifest"]["sha256"]
    assert forget_old_files(engine, settings, utc_now) == 1
    assert [path.name for path in folder.iterdir()] == [f"{job['id']}.csv"]


async def count_on(claim: Claim) -> None:
    for _ in range(1000):
        await asyncio.sleep(0.01)
        claim.count(1)


@pytest.mark.usefixtures("shop")
async def test_a_job_canceled_while_it_runs_is_given_up(
    api: httpx.AsyncClient, sign: Sign, engine: Engine, settings: Settings
) -> None:
    job = await ask_for(api, sign("chief"))
    with engine.begin() as connection:
        connection.execute(update(t.export_jobs).values(status="running", n_attempts=1))
    claim = Claim(engine, job["id"], 1, utc_now, beat_seconds=0.01)
    with claim.signs_of_life():
        claim.count(1)
        assert (await api.delete(f"/v1/exports/{job['id']}", headers=sign("chief"))).status_code == 204
        with pytest.raises(CanceledError):
            await count_on(claim)


@pytest.mark.usefixtures("shop")
async def test_a_job_canceled_in_the_last_moment_leaves_no_file(
    api: httpx.AsyncClient, sign: Sign, engine: Engine, settings: Settings
) -> None:
    job = await ask_for(api, sign("chief"))
    ticks = iter(range(100))

    def clock() -> datetime:
        if next(ticks):  # not when it is claimed, but when it is done
            with engine.begin() as connection:
                connection.execute(update(t.export_jobs).values(status="canceled"))
        return utc_now()

    assert run_export(engine, settings, job["id"], clock) == "canceled"
    assert list(exports_folder(settings).iterdir()) == []
