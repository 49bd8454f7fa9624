"""Another reader or catalogue, tried on all stored notes: what would change is listed, and nothing is written."""

import asyncio
import os
import subprocess
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis
from sqlalchemy import Engine, text

from backend.documents.corrections import log_correction
from backend.documents.references import put_references
from backend.domain.clock import utc_now
from backend.domain.corrections import CorrectionScope
from backend.domain.events import RevisionKind
from backend.domain.ids import CustomerId, ProductId
from backend.domain.products import CatalogProduct
from backend.settings import Settings as FloorbookSettings
from cli.reading_lines import lines_of
from etl.load.catalog import read_catalog
from etl.mentions import NoteReader
from etl.normalize.reading_changes import ChangeKind, ReadingChange, Subject
from etl.normalize.reading_tally import Aspect
from etl.pipeline import ingest, load_references, reread
from etl.preview import Preview, Watch, preview_readings
from tests.journals import HOMESTEAD
from tests.warehouse.test_corrections import correction
from tests.warehouse.test_ingest import PRODUCTS, checksums, rows, write

pytestmark = pytest.mark.usefixtures("documents")

SLED = CatalogProduct(ProductId("P-SLED"), "Davos Sled", subcategory="Sleds")
NOTES = {
    "n1": "wants the ski boots, call back tomorrow",
    "n2": "bought powerbars and wool socks. looking for a davos sled",
    "n3": "said hello",
}


async def reader_of(engine: Engine) -> NoteReader:
    await put_references("product", PRODUCTS, utc_now())
    await load_references(engine)
    with engine.begin() as connection:
        return NoteReader.from_catalog(read_catalog(connection))


async def some_notes(engine: Engine, *customers: str) -> NoteReader:
    """Let each of the customers have the notes, and one more the document whose orders have comments."""
    reader = await reader_of(engine)
    for customer in customers:
        for note_id, words in NOTES.items():
            payload = {"note_id": note_id, "text": words, "written_at": "2026-11-20T10:00:00Z"}
            await write(RevisionKind.NOTE, payload, customer)
    await write(RevisionKind.DOCUMENT, dict(HOMESTEAD))
    everybody = [*map(CustomerId, customers), CustomerId(str(HOMESTEAD["customerId"]))]
    await ingest(engine, reader, everybody, clock=utc_now)
    return reader


def tamper(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            assert connection.execute(text(statement)).rowcount


async def preview(settings: FloorbookSettings, **more: Any) -> tuple[Preview, list[ReadingChange]]:
    changes: list[ReadingChange] = []
    done = await preview_readings(settings, watch=Watch(keep=changes.append), **more)
    return done, changes


def told(changes: list[ReadingChange]) -> list[tuple[str, str, str, str]]:
    return [(c.customer_id, c.note_id, c.text, c.kinds[0]) for c in changes if c.subject is Subject.MENTION]


async def test_what_is_read_as_it_is_stored_makes_an_empty_list(engine: Engine, settings: FloorbookSettings) -> None:
    await some_notes(engine, "c1", "c2")
    done, changes = await preview(settings)
    assert changes == []
    assert done.tally.n_notes == 2 * len(NOTES) + 2
    assert done.tally.stored[Subject.MENTION] == done.tally.same[Subject.MENTION] > 0
    assert lines_of(done, top=5)[-1] == "Every note is read as it is stored."


async def test_what_an_older_reader_stored_is_listed_with_its_words_and_nothing_is_written(
    engine: Engine, settings: FloorbookSettings
) -> None:
    await some_notes(engine, "c1", "c2")
    tamper(
        engine,
        "UPDATE mentions SET intent = 'asked' WHERE text = 'powerbars'",
        "UPDATE mentions SET product_id = 'P-BARS', product_ids = '{P-BARS}' WHERE text = 'wool socks'",
        "DELETE FROM mentions WHERE customer_id = 'c2' AND text = 'ski boots'",
        "UPDATE notes SET follow_up_due_on = '2026-11-25' WHERE customer_id = 'c1' AND note_id = 'n1'",
        "UPDATE notes SET extractor_version = '1+c9'",
    )
    before = checksums(engine)
    done, changes = await preview(settings, n_samples=1)
    assert checksums(engine) == before
    assert told(changes) == [
        ("c1", "n2", "powerbars", ChangeKind.OTHER_INTENT),
        ("c1", "n2", "wool socks", ChangeKind.OTHER_PRODUCT),
        ("c2", "n1", "ski boots", ChangeKind.FOUND),
        ("c2", "n2", "powerbars", ChangeKind.OTHER_INTENT),
        ("c2", "n2", "wool socks", ChangeKind.OTHER_PRODUCT),
    ]
    (day,) = [change for change in changes if change.subject is Subject.FOLLOW_UP]
    assert (day.customer_id, day.text, day.kinds) == ("c1", "tomorrow", (ChangeKind.OTHER_DAY,))
    (intent,) = done.tally.most_frequent(Aspect.INTENT)
    assert (intent[0].old, intent[0].new, intent[1].n) == ("asked", "bought", 2)
    assert done.tally.n_notes_changed == 4
    assert done.tally.versions == {"1": 2 * len(NOTES) + 2}
    lines = "\n".join(lines_of(done, top=5))
    assert "2  Powerbars [P-BARS] → Wool Socks [P-SOCKS]" in lines
    assert "“wool socks” at 21–31 of c1, n2, r2 /text: bought powerbars and wool socks. looking for" in lines
    assert "1  nothing → Ski Boots [P-BOOTS]" in lines
    assert "4 notes (50.0%) would say something else" in lines


async def test_a_catalogue_that_is_not_imported_yet_is_tried(engine: Engine, settings: FloorbookSettings) -> None:
    await some_notes(engine, "c1")
    done, changes = await preview(settings, proposed=[SLED])
    assert ("c1", "n2", "davos sled", ChangeKind.FOUND) in told(changes)
    assert done.names["P-SLED"] == "Davos Sled"
    assert rows(engine, "SELECT 1 FROM products WHERE productid = 'P-SLED'") == []


async def test_corrections_count_as_at_ingestion(engine: Engine, settings: FloorbookSettings) -> None:
    await some_notes(engine, "c1")
    await log_correction(correction("k1", "said hello", "P-MASK", scope=CorrectionScope.ALL))
    _, changes = await preview(settings)
    assert told(changes) == [("c1", "n3", "said hello", ChangeKind.FOUND)]


async def test_notes_that_are_not_loaded_yet_are_left_out(engine: Engine, settings: FloorbookSettings) -> None:
    await some_notes(engine, "c1")
    for customer in ("c1", "c9"):
        await write(RevisionKind.NOTE, {"note_id": "n9", "text": "wants the ski boots"}, customer)
    done, changes = await preview(settings)
    assert (done.tally.n_customers, changes) == (2, [])


async def test_several_processes_tell_the_same_in_the_same_order(engine: Engine, settings: FloorbookSettings) -> None:
    await some_notes(engine, *(f"c{n}" for n in range(10)))
    tamper(engine, "UPDATE mentions SET intent = 'asked' WHERE customer_id < 'c5'")
    alone, together = await preview(settings, processes=1), await preview(settings, processes=2)
    assert together[1] == alone[1] != []
    assert together[0].tally == alone[0].tally


async def test_read_again_there_is_nothing_left_to_change(engine: Engine, settings: FloorbookSettings) -> None:
    reader = await some_notes(engine, "c1", "c2")
    tamper(engine, "UPDATE mentions SET intent = 'asked'", "UPDATE notes SET sentiment = NULL")
    _, changes = await preview(settings)
    assert await reread(engine, reader, {CustomerId(change.customer_id) for change in changes}, clock=utc_now)
    assert (await preview(settings))[1] == []


async def run_command(settings: FloorbookSettings, tmp_path: Path, *arguments: str) -> Any:
    environment = {
        "PATH": os.environ["PATH"],
        "FLOORBOOK_DATA": str(tmp_path),
        "FLOORBOOK_MONGO_URL": settings.mongo_url,
        "FLOORBOOK_MONGO_DATABASE": settings.mongo_database,
        "FLOORBOOK_REDIS_URL": settings.redis_url,
        "FLOORBOOK_WAREHOUSE_URL": settings.warehouse_url,
    }
    command = [sys.executable, "-m", "cli.main", *arguments]
    return await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, check=False
    )


async def test_the_command_lists_every_change_as_json(
    engine: Engine, settings: FloorbookSettings, tmp_path: Path
) -> None:
    await some_notes(engine, "c1")
    tamper(engine, "UPDATE mentions SET intent = 'asked' WHERE text = 'powerbars'")
    catalog, out = tmp_path / "new.jsonl", tmp_path / "changes.jsonl"
    catalog.write_text('{"product_id": "P-SLED", "name": "Davos Sled", "subcategory": "Sleds", "price": "49.00"}\n')
    done = await run_command(settings, tmp_path, "replay", "--catalog", str(catalog), "--out", str(out))
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0)
    assert "nothing → Davos Sled [P-SLED]" in done.stdout
    listed = [orjson.loads(line) for line in out.read_bytes().splitlines()]
    (bars,) = [one for one in listed if one["text"] == "powerbars"]
    where = ("customer_id", "note_id", "revision", "source_kind", "pointer", "start", "end")
    assert [bars[name] for name in where] == ["c1", "n2", 2, "note", "/text", 7, 16]
    assert (bars["kinds"][0], bars["old"]["intent"], bars["new"]["intent"]) == ("other_intent", "asked", "bought")
    rebuilt = await run_command(settings, tmp_path, "rebuild", "--diff")
    assert "mentions would change: 0 added, 0 removed, 1 changed" in rebuilt.stdout
    assert "1  asked → bought" in rebuilt.stdout


async def test_who_is_concerned_is_sent_to_the_background(
    engine: Engine, settings: FloorbookSettings, redis: Redis, tmp_path: Path
) -> None:
    await some_notes(engine, "c1", "c2", "c3")
    tamper(engine, "UPDATE mentions SET intent = 'asked' WHERE customer_id <> 'c2'")
    done = await run_command(settings, tmp_path, "replay", "--apply")
    (message,) = await redis.lrange("references", 0, -1)
    sent = orjson.loads(message)
    assert sent["headers"]["task"] == "references.reread"
    ((ids,), _, _) = orjson.loads(b64decode(sent["body"]))
    assert ids == sorted({"c1", "c3", str(HOMESTEAD["customerId"])})
    assert "3 customers are read again in the background" in done.stdout


async def test_a_file_that_is_no_catalogue_is_refused_with_its_line(
    settings: FloorbookSettings, tmp_path: Path
) -> None:
    catalog = tmp_path / "new.jsonl"
    catalog.write_text('{"product_id": "P-1", "name": "Boots"}\n{"name": "no id"}\n')
    done = await run_command(settings, tmp_path, "replay", "--catalog", str(catalog))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{catalog}:2: no productid" in done.stderr
    done = await run_command(settings, tmp_path, "replay", "--catalog", str(catalog), "--apply")
    assert (done.returncode, "import the file first" in done.stderr) == (2, True)
