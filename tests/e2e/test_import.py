"""`floorbook import` against the real document store: everything is accounted for, and twice is once."""

import asyncio
import os
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from pymongo import AsyncMongoClient

from backend.documents.references import read_references
from backend.settings import Settings
from cli.importing.load import Import, Tally, load
from cli.importing.rejects import Rejects
from cli.importing.shapes import SHAPES
from cli.importing.source import open_source
from sample_store import SampleStore, generate

STORE = generate(seed=5, scale=0.005, until=date(2026, 11, 22))
KINDS = ("products", "channels", "customers", "orders", "transactions", "notes")
Documents = AsyncMongoClient[dict[str, Any]]


def clock() -> datetime:
    return datetime(2026, 11, 22, 12, tzinfo=UTC)


async def run(kind: str, *paths: Path, batch: int = 500, names: dict[str, str] | None = None) -> tuple[Tally, Rejects]:
    with Rejects(None) as rejects:
        sources = [open_source(path, "utf-8", names or {}) for path in paths]
        return await load(Import(SHAPES[kind], clock, batch), sources, rejects), rejects


async def command(settings: Settings, *arguments: str | Path) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli.main", "import", *map(str, arguments),
        env={**os.environ, "FLOORBOOK_MONGO_URL": settings.mongo_url, "FLOORBOOK_MONGO_DATABASE": settings.mongo_database,
             "FLOORBOOK_REDIS_URL": settings.redis_url, "FLOORBOOK_WAREHOUSE_URL": settings.warehouse_url},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


def lines(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def sheet(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def journal(documents: Documents, settings: Settings) -> Any:
    return documents[settings.mongo_database]["revisions"]


async def kinds(documents: Documents, settings: Settings) -> Counter[str]:
    return Counter([entry["kind"] async for entry in journal(documents, settings).find({}, {"kind": 1})])


def expected(store: SampleStore) -> Counter[str]:
    return Counter(
        document=store.n_customers,
        order=sum(1 for _ in store.orders()),
        transaction=sum(1 for _ in store.transactions()),
        note=sum(1 for _ in store.notes()),
    )


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "parquet"])
async def test_the_sample_store_comes_in_whole_and_twice_is_once(
    documents: Documents, settings: Settings, tmp_path: Path, file_format: Any
) -> None:
    paths = STORE.write(tmp_path, file_format)
    for kind in KINDS:
        tally, rejects = await run(kind, paths[kind])
        assert (tally.known, rejects.counts) == (0, {})
    assert await kinds(documents, settings) == expected(STORE)
    assert len(await read_references("product")) == len(STORE.products)
    for kind in KINDS:
        tally, rejects = await run(kind, paths[kind])
        assert tally.taken == 0
        assert tally.known > 0
    assert await kinds(documents, settings) == expected(STORE)


async def test_an_imported_order_holds_what_was_written(
    documents: Documents, settings: Settings, tmp_path: Path
) -> None:
    await run("orders", STORE.write(tmp_path, "parquet")["orders"])
    wanted = next(order for order in STORE.orders() if len(order["lines"]) > 1)
    stored = await journal(documents, settings).find_one({"payload.order_id": wanted["order_id"]})
    missing_left_out = [{k: v for k, v in line.items() if v is not None} for line in wanted["lines"]]
    assert stored["payload"] == {**wanted, "lines": missing_left_out}
    assert orjson.loads(stored["raw"]) == stored["payload"]


async def test_a_customer_is_placed_in_their_stores_region(
    documents: Documents, settings: Settings, tmp_path: Path
) -> None:
    paths = STORE.write(tmp_path, "csv")
    await run("channels", paths["channels"])
    await run("customers", paths["customers"])
    regions = {channel["store_id"]: channel["region"] for channel in STORE.channels}
    async for entry in journal(documents, settings).find({}):
        assert entry["region"] == regions[entry["payload"]["store_id"]] == regions[entry["store_id"]]
        assert entry["associate_id"] == entry["payload"]["associate_id"]


async def test_unknown_columns_are_kept(documents: Documents, settings: Settings, tmp_path: Path) -> None:
    path = sheet(tmp_path / "c.csv", "customerId,Shoe Size,address.city", "c1,44½,london")
    await run("customers", path)
    stored = await journal(documents, settings).find_one({})
    assert stored["customer_id"] == "c1"
    assert stored["payload"] == {"customerId": "c1", "Shoe Size": "44½", "address": {"city": "london"}}


async def test_lines_that_cannot_be_taken_go_to_the_rejects_file_with_number_reason_and_text(
    documents: Documents, settings: Settings, tmp_path: Path
) -> None:
    path = sheet(
        tmp_path / "o.csv",
        "order_id,customer_id,ordered_at,product_id,quantity,unit_price",
        "1,c1,2026-11-01T10:00:00Z,P1,1,9.90",
        "2,c1,2026-11-01T10:00:00Z,P1,NaN,9.90",
        ",c1,2026-11-01T10:00:00Z,P1,1,9.90",
        "3,c1,2026-11-01T10:00:00Z,,1,9.90",
        "4,c1,once upon a time,P1,1,9.90",
        "5,c/1,2026-11-01,P1,1,9.90",
        '6,c1,2026-11-01,"P1,1,9.90',
        "7,c1,2026-11-01,P1,2,",
    )
    tally, rejects = await run("orders", path)
    assert (tally.rows, tally.taken) == (8, 2)
    found = lines(rejects.path_for(path))
    assert [row["line"] for row in found] == [3, 4, 5, 6, 7, 8]
    assert found[0] == {
        "file": str(path),
        "line": 3,
        "reason": "quantity: 'NaN' is no number",
        "raw": "2,c1,2026-11-01T10:00:00Z,P1,NaN,9.90",
    }
    assert {entry["payload"]["order_id"] async for entry in journal(documents, settings).find({})} == {"1", "7"}


async def test_a_note_id_with_another_text_is_rejected_and_the_first_stays(
    documents: Documents, settings: Settings, tmp_path: Path
) -> None:
    header = "note_id,customer_id,associate_id,written_at,text"
    await run("notes", sheet(tmp_path / "a.csv", header, "n1,c1,A1,2026-11-01,wants ski boots"))
    second = sheet(tmp_path / "b.csv", header, "n1,c1,A1,2026-11-01,wants skis", "n2,c1,A1,2026-11-01,saw the skis")
    tally, rejects = await run("notes", second)
    assert (tally.taken, rejects.counts) == (1, {second: 1})
    assert lines(rejects.path_for(second))[0]["line"] == 2
    texts = [entry["payload"]["text"] async for entry in journal(documents, settings).find({}).sort("_id")]
    assert texts == ["wants ski boots", "saw the skis"]


async def test_the_lines_of_one_order_may_stand_in_two_files(
    documents: Documents, settings: Settings, tmp_path: Path
) -> None:
    header = "order_id,customer_id,ordered_at,product_id,quantity,unit_price"
    first = sheet(tmp_path / "a.csv", header, "1,c1,2026-11-01,P1,1,9.90", "2,c1,2026-11-01,P2,1,5.00")
    second = sheet(tmp_path / "b.csv", header, "1,c1,2026-11-01,P3,1,1.00")
    tally, _ = await run("orders", first, second)
    assert tally.taken == 2
    order = await journal(documents, settings).find_one({"payload.order_id": "1"})
    assert [line["product_id"] for line in order["payload"]["lines"]] == ["P1", "P3"]


async def test_an_order_that_comes_again_with_another_status_is_a_new_revision(
    documents: Documents, settings: Settings, tmp_path: Path
) -> None:
    for status in ("open", "closed", "closed"):
        path = tmp_path / "o.jsonl"
        line = {"order_id": 15122, "customer_id": "c1", "filed_on": "2026-11-01", "status": status, "lines": []}
        path.write_bytes(orjson.dumps(line))
        await run("orders", path)
    entries = [entry["payload"]["status"] async for entry in journal(documents, settings).find({}).sort("_id")]
    assert entries == ["open", "closed"]


async def test_the_lines_within_an_order_are_looked_at_too(
    documents: Documents, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "o.jsonl"
    order = {"order_id": 1, "customer_id": "c1", "filedon": "2026-11-01"}
    good, bad = {"name": "Ski Boots", "quantity": 1, "unit_price": "9.90"}, {"product_id": "P1", "quantity": "many"}
    rows = [
        {**order, "lines": [good, bad]},
        {**order, "lines": [7]},
        {**order, "lines": "P1"},
        {**order, "lines": [good]},
    ]
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)))
    tally, rejects = await run("orders", path)
    assert tally.taken == 1
    assert [row["reason"] for row in lines(rejects.path_for(path))] == [
        "lines/1: quantity: 'many' is no number",
        "lines/0: no object",
        "lines: send a list of lines",
    ]


async def test_a_store_that_is_away_is_said_without_a_traceback(settings: Settings, tmp_path: Path) -> None:
    away = replace(settings, mongo_url="mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300")
    code, _, err = await command(away, "customers", sheet(tmp_path / "c.csv", "customer_id", "c1"))
    assert code == 1
    assert "document store" in err
    assert "Traceback" not in err


async def test_rejects_that_cannot_be_written_are_said(settings: Settings, tmp_path: Path) -> None:
    path = sheet(tmp_path / "c.csv", "customer_id,first_name", "c1")
    code, _, err = await command(settings, "customers", path, "--rejects", tmp_path / "nowhere" / "r.jsonl")
    assert code == 2
    assert "--rejects" in err
    assert "Traceback" not in err


async def test_the_command_names_rejects_on_stderr_and_ends_with_0(settings: Settings, tmp_path: Path) -> None:
    path = sheet(tmp_path / "c.csv", "customer_id,first_name", "c1,Fama", "c2", "c3,Lena")
    code, out, err = await command(settings, "customers", path)
    assert code == 0
    assert "3 rows read, 2 entries taken, 0 already there, 1 rejected" in out
    assert f"{path}:3: 1 cells where the header names 2 columns" in err
    code, out, _ = await command(settings, "customers", path)
    assert (code, "0 entries taken, 2 already there" in out) == (0, True)


@pytest.mark.parametrize(
    ("kind", "name", "content", "said"),
    [
        ("customers", "c.csv", "first_name\nFama\n", "c.csv:1: no column customer_id"),
        ("notes", "n.csv", "note_id,customer_id,written_at\n", "n.csv:1: no column text"),
        ("notes", "n.jsonl", "{\n[]\n", "n.jsonl:1: Not JSON"),
        ("orders", "o.parquet", "PAR1PAR1", "o.parquet: no Parquet file"),
        ("customers", "c.docx", "PK", "unknown format"),
    ],
)
async def test_the_command_ends_with_2_when_nothing_can_be_used(
    settings: Settings, tmp_path: Path, *, kind: str, name: str, content: str, said: str
) -> None:
    path = tmp_path / name
    path.write_text(content)
    code, _, err = await command(settings, kind, path)
    assert code == 2
    assert said in err
    assert "Traceback" not in err


async def test_the_rejects_of_an_earlier_run_go_when_the_file_is_mended(settings: Settings, tmp_path: Path) -> None:
    path = sheet(tmp_path / "c.csv", "customer_id,first_name", "c1,Fama", "c2")
    await command(settings, "customers", path)
    beside = tmp_path / "c.csv.rejects.jsonl"
    assert lines(beside)[0]["raw"] == "c2"
    sheet(path, "customer_id,first_name", "c1,Fama", "c2,Lena")
    await command(settings, "customers", path)
    assert not beside.exists()


async def test_rows_come_in_by_the_thousand_a_second(documents: Documents, settings: Settings, tmp_path: Path) -> None:
    """The aim is 10,000; the bar here is that of a machine that does much else besides."""
    paths = generate(seed=6, scale=0.1, until=date(2026, 11, 22)).write(tmp_path, "csv")
    for kind, least in (("customers", 500), ("orders", 1000), ("notes", 1000)):
        started = time.perf_counter()
        tally, _ = await run(kind, paths[kind], batch=2000)
        assert tally.rows / (time.perf_counter() - started) > least
