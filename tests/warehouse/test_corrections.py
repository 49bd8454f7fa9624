"""What was taught is in the next note at once, in the notes before after they were read again, and gone when undone."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text

from backend.documents.corrections import (
    CorrectionMemory,
    due_corrections,
    log_correction,
    log_undoing,
    mark_corrections_read,
    newest_version,
    pending_corrections,
    read_correction,
)
from backend.documents.references import put_references
from backend.domain.clock import utc_now
from backend.domain.corrections import CitedWords, Correction, CorrectionScope, Verdict
from backend.domain.errors import ConflictError
from backend.domain.events import RevisionKind
from backend.domain.ids import AssociateId, CorrectionId, CustomerId, NoteId, ProductId, StoreId
from backend.settings import Settings
from backend.warehouse import tables as t
from etl.corrections import customers_concerned, load_corrections, reread_pending
from etl.load.catalog import read_catalog
from etl.load.corrections import wait_for_loaders
from etl.load.states import lock_customers
from etl.mentions import NoteReader
from etl.mentions.taught_words import TaughtWords
from etl.pipeline import ingest, load_references
from etl.rebuild import rebuild
from tests.warehouse.test_ingest import PRODUCTS, checksums, rows, write

pytestmark = pytest.mark.usefixtures("documents")

ANN = AssociateId("A-7")  # who writes the notes of these tests, in S-1


@pytest.fixture
async def reader(engine: Engine) -> NoteReader:
    """A reader over a small catalogue."""
    await put_references("product", PRODUCTS, utc_now())
    await load_references(engine)
    with engine.begin() as connection:
        return NoteReader.from_catalog(read_catalog(connection))


def correction(correction_id: str = "k1", phrase: str = "the beast", *ids: str, **more: Any) -> Correction:
    said: dict[str, Any] = {
        "verdict": Verdict.PRODUCT,
        "scope": CorrectionScope.STORE,
        "associate_id": ANN,
        "store_id": StoreId("S-1"),
        "cited": CitedWords(CustomerId("c1"), NoteId("n1"), 1, "/text", 6, 15),
    }
    return Correction(
        correction_id=CorrectionId(correction_id),
        version=0,
        phrase=phrase,
        author_id=ANN,
        made_at=utc_now(),
        product_ids=tuple(map(ProductId, ids or ("P-BOOTS",))),
        **(said | more),
    )


async def note(engine: Engine, reader: NoteReader, customer_id: str, note_id: str, words: str) -> None:
    payload = {"note_id": note_id, "text": words, "written_at": "2026-11-20T10:00:00Z"}
    await write(RevisionKind.NOTE, payload, customer_id)
    await ingest(engine, reader, [CustomerId(customer_id)], clock=utc_now)


def found(engine: Engine) -> list[tuple[Any, ...]]:
    query = (
        "SELECT note_id, text, product_id, correction_id, extractor_version FROM mentions ORDER BY note_id, position"
    )
    return [tuple(row) for row in rows(engine, query)]


async def reread(engine: Engine, reader: NoteReader) -> list[CustomerId]:
    """Do what the background does."""
    memory = CorrectionMemory()
    version = await load_corrections(engine, memory)
    changed = await reread_pending(engine, reader, memory, clock=utc_now)
    await mark_corrections_read(version)
    return changed


async def test_the_next_note_is_read_with_it_and_the_one_before_after_it_was_read_again(
    engine: Engine, reader: NoteReader
) -> None:
    await note(engine, reader, "c1", "n1", "wants the beast")
    assert found(engine) == []
    logged = await log_correction(correction())
    await note(engine, reader, "c2", "n2", "asked about a beast")
    by = ("P-BOOTS", "k1", f"{reader.version}+c{logged.version}")
    assert found(engine) == [("n2", "beast", *by)]
    assert await reread(engine, reader) == ["c1"]
    assert found(engine) == [("n1", "beast", *by), ("n2", "beast", *by)]
    assert await pending_corrections() == []
    assert await reread(engine, reader) == []


async def test_undoing_gives_back_what_was_read_before(engine: Engine, reader: NoteReader) -> None:
    for number, words in enumerate(["wants the beast", "returned the boots", "asked about socks"]):
        await note(engine, reader, f"c{number}", f"n{number}", words)
    before = checksums(engine)
    await log_correction(correction())
    await log_correction(correction("k2", "boots", verdict=Verdict.NOT_A_PRODUCT))
    assert await reread(engine, reader) == ["c0", "c1"]
    assert {name for name, digest in checksums(engine).items() if digest != before[name]} == {
        "mentions",
        "notes",
        "corrections",
    } | changed_marts(engine, before)
    for correction_id in ("k1", "k2"):
        await log_undoing(CorrectionId(correction_id), ANN, utc_now())
    assert await reread(engine, reader) == ["c0", "c1"]
    after = checksums(engine)
    assert {name for name, digest in after.items() if digest != before[name]} == {"corrections"}
    undone = rows(engine, "SELECT correction_id FROM corrections WHERE undone_at IS NOT NULL AND undone_by = 'A-7'")
    assert sorted(row.correction_id for row in undone) == ["k1", "k2"]


def changed_marts(engine: Engine, before: dict[str, str]) -> set[str]:
    """What follows from the mentions may change with them."""
    return {name for name, digest in checksums(engine).items() if digest != before[name]} & {"unmet_demand"}


async def test_a_rebuild_reads_with_the_corrections_in_force(
    engine: Engine, reader: NoteReader, settings: Settings
) -> None:
    await note(engine, reader, "c1", "n1", "wants the beast, not the boots")
    await log_correction(correction())
    await log_correction(correction("k2", "boots", "P-BOOTS", verdict=Verdict.NOT_THIS_PRODUCT))
    await log_correction(correction("k3", "beast", "P-SOCKS", scope=CorrectionScope.ASSOCIATE))
    await log_undoing(CorrectionId("k2"), ANN, utc_now())
    await reread(engine, reader)
    assert [row[2] for row in found(engine)] == ["P-SOCKS", "P-BOOTS"]
    report = await rebuild(settings, clock=utc_now, swap=False)
    assert report.differences == []
    assert report.n_rows["corrections"] == 3
    await rebuild(settings, clock=utc_now, swap=True)
    assert [row[2] for row in found(engine)] == ["P-SOCKS", "P-BOOTS"]


async def test_other_stores_and_other_associates_are_left_alone(engine: Engine, reader: NoteReader) -> None:
    await note(engine, reader, "c1", "n1", "wants the beast")
    await log_correction(correction("k1", store_id=StoreId("S-2")))
    await log_correction(correction("k2", scope=CorrectionScope.ASSOCIATE, associate_id=AssociateId("A-8")))
    assert await reread(engine, reader) == []
    assert found(engine) == []


async def test_reading_again_writes_no_row_that_says_the_same(engine: Engine, reader: NoteReader) -> None:
    await note(engine, reader, "c1", "n1", "wants the beast and wool socks, call back tomorrow")
    await note(engine, reader, "c1", "n2", "likes powerbars")
    query = "SELECT note_id, position, xmin::text FROM mentions WHERE correction_id IS NULL ORDER BY 1, 2"
    socks, bars = rows(engine, query)
    await log_correction(correction("k1", "powerbars", "P-SOCKS"))
    await reread(engine, reader)
    assert [tuple(row) for row in rows(engine, query)] == [tuple(socks)]
    assert bars.note_id == "n2"


async def test_versions_are_dense_and_repeats_are_the_same(engine: Engine) -> None:
    one = correction()
    first = await log_correction(one, idempotency="key")
    again = await log_correction(one, idempotency="key")
    without = await log_correction(one)
    assert [(first.version, first.at), (again.version, again.at), (without.version, without.at)] == [(1, first.at)] * 3
    assert (first.repeated, again.repeated, without.repeated) == (False, True, True)
    with pytest.raises(ConflictError):
        await log_correction(correction("k1", "another phrase"))
    undone = await log_undoing(CorrectionId("k1"), ANN, utc_now())
    assert (undone.version, (await log_undoing(CorrectionId("k1"), ANN, utc_now())).version) == (2, 2)
    assert await newest_version() == 2
    kept = await read_correction(CorrectionId("k1"))
    assert kept is not None
    assert (kept.version, kept.phrase, kept.undone_by, kept.cited) == (1, one.phrase, ANN, one.cited)


async def test_corrections_made_at_once_are_all_numbered(engine: Engine) -> None:
    several = [correction(f"k{number}") for number in range(20)]
    logged = await asyncio.gather(*(log_correction(one) for one in [*several, *several]))
    assert sorted({one.version for one in logged}) == list(range(1, 21))
    assert sum(one.repeated for one in logged) == 20
    assert [one.version for one in (await CorrectionMemory().book()).corrections] == list(range(1, 21))


async def test_what_waits_names_the_customer_of_the_note_and_is_put_off() -> None:
    await log_correction(correction())
    due = await due_corrections(utc_now())
    assert due is not None
    assert (due.version, due.cited) == (1, ("c1",))
    assert await due_corrections(utc_now()) is None


async def test_a_loader_that_runs_is_waited_for(engine: Engine) -> None:
    through = threading.Event()

    def wait() -> None:
        with engine.begin() as connection:
            wait_for_loaders(connection)
        through.set()

    with engine.begin() as loading:
        lock_customers(loading, [CustomerId("c1")], utc_now())
        waiter = threading.Thread(target=wait)
        waiter.start()
        assert not through.wait(0.3)
    assert through.wait(10)
    waiter.join()


TEXTS: Sequence[str] = [
    "the beast", "two BEASTS", "beest it is", "a beats", "bea\u0301st", "the beas\u2019t", "nothing", "cherries", "women's knives",
    "100% beast_ed", "b e a s t", "cherry pitter", "a knife",
]  # fmt: skip


@pytest.mark.parametrize("phrase", ["beast", "the cherry", "knife", "beast pitter", "women", "cherry pitter", "e"])
async def test_the_search_for_old_notes_misses_none(engine: Engine, phrase: str) -> None:
    with engine.begin() as connection:
        for number, words in enumerate(TEXTS):
            row = {"customer_id": f"c{number}", "note_id": "n", "text": words, "store_id": "S-1", "associate_id": "A-7"}
            origin = {"extractor_version": "1", "revision": 1, "source_kind": "note", "pointer": "/text"}
            connection.execute(insert(t.notes).values(row | origin))
    sought = TaughtWords([correction("k", phrase)])
    expected = {f"c{number}" for number, words in enumerate(TEXTS) if sought.find(words)}
    for scope in CorrectionScope:
        assert customers_concerned(engine, [correction("k", phrase, scope=scope)]) == expected
    assert customers_concerned(engine, [correction("k", phrase, store_id=StoreId("S-2"))]) == set()
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM notes")).scalar() == len(TEXTS)
