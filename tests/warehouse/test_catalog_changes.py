"""Notes that are read while the catalogue changes: found, read again with the new one, and then left alone."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from backend.documents.references import due_references, pending_references, put_references
from backend.domain.clock import utc_now
from backend.domain.events import RevisionKind
from backend.domain.ids import CustomerId
from backend.settings import Settings
from backend.warehouse.engine import transaction
from etl.load.catalog_changes import (
    SETTLED_AFTER,
    awaits_use,
    is_unsettled,
    mark_in_use,
    read_late,
    settle,
)
from etl.pipeline import ingest, load_references, reread
from etl.rebuild import rebuild
from tests.warehouse.test_ingest import PRODUCTS, rows, write
from workers.catalog import CompiledCatalog, compile_catalog

pytestmark = pytest.mark.usefixtures("documents")

KAYAK = {"productid": "P-KAYAK", "productname": "River Kayak", "subcategory": "Kayaks", "price": "899.00"}


@pytest.fixture
async def old(engine: Engine) -> CompiledCatalog:
    """What the workers read with before the kayak came."""
    await put_references("product", PRODUCTS, utc_now())
    await load_references(engine)
    compiled = compile_catalog(engine)
    with transaction(engine) as connection:
        mark_in_use(connection, compiled.version or utc_now(), utc_now())
    return compiled


async def note(engine: Engine, compiled: CompiledCatalog, customer_id: str, text: str) -> None:
    payload = {"note_id": f"n-{customer_id}", "text": text, "written_at": "2026-11-20T10:00:00Z"}
    await write(RevisionKind.NOTE, payload, customer_id)
    await ingest(engine, compiled.reader, [CustomerId(customer_id)], clock=utc_now, catalog_at=compiled.version)


def late(engine: Engine) -> list[str]:
    with transaction(engine) as connection:
        return list(read_late(connection, 100))


def found(engine: Engine) -> dict[str, str]:
    query = "SELECT customer_id, product_id FROM mentions WHERE product_id IS NOT NULL"
    return {row.customer_id: row.product_id for row in rows(engine, query)}


async def bring_the_kayak(engine: Engine) -> datetime:
    """Load it; answer when it was accepted."""
    accepted_at = utc_now()
    await put_references("product", [KAYAK], accepted_at)
    await load_references(engine)
    return accepted_at


async def test_a_note_read_by_the_old_catalogue_after_the_new_was_loaded_is_read_again(
    engine: Engine, old: CompiledCatalog
) -> None:
    await note(engine, old, "before", "wants the River Kayak")
    await bring_the_kayak(engine)
    await note(engine, old, "between", "wants the River Kayak")
    new = compile_catalog(engine)
    await note(engine, new, "after", "wants the River Kayak")
    assert found(engine) == {"after": "P-KAYAK"}
    assert late(engine) == ["between"]
    ids = [CustomerId("between")]
    assert await reread(engine, new.reader, ids, clock=utc_now, catalog_at=new.version) == ("between",)
    assert found(engine) == {"after": "P-KAYAK", "between": "P-KAYAK"}
    assert late(engine) == []


async def test_a_catalogue_skipped_on_the_way_counts_too(engine: Engine, old: CompiledCatalog) -> None:
    await bring_the_kayak(engine)
    await note(engine, old, "between", "wants the River Kayak")
    await put_references("product", [{**KAYAK, "price": "799.00"}], utc_now())
    await load_references(engine)
    assert late(engine) == ["between"]


async def test_a_version_is_looked_after_until_it_has_been_in_use_for_a_while(
    engine: Engine, old: CompiledCatalog
) -> None:
    accepted_at = await bring_the_kayak(engine)
    version = compile_catalog(engine).version
    assert version is not None
    assert old.version is not None
    assert version > old.version
    now = utc_now()
    with transaction(engine) as connection:
        settle(connection, now + 2 * SETTLED_AFTER)
        assert is_unsettled(connection)
        assert awaits_use(connection)
        imported_at = mark_in_use(connection, version, now)
        assert imported_at is not None
        assert abs(imported_at - accepted_at) < timedelta(milliseconds=1)
        assert mark_in_use(connection, version, now) is None
        assert not awaits_use(connection)
        settle(connection, now + SETTLED_AFTER / 2)
        assert is_unsettled(connection)
        settle(connection, now + 2 * SETTLED_AFTER)
        assert not is_unsettled(connection)


async def test_what_was_loaded_waits_no_more_and_what_changed_meanwhile_does(engine: Engine) -> None:
    await put_references("product", PRODUCTS, utc_now())
    assert await due_references(utc_now())
    await load_references(engine)
    assert not await due_references(utc_now())
    await put_references("product", [KAYAK, PRODUCTS[0]], utc_now())
    assert [waiting.id for waiting in await pending_references("product")] == ["product/P-KAYAK"]


async def test_a_rebuild_that_is_put_in_place_has_the_workers_compile_anew(
    engine: Engine, settings: Settings, old: CompiledCatalog
) -> None:
    await note(engine, old, "c1", "wants the ski boots")
    await rebuild(settings, clock=utc_now, swap=True, processes=1)
    assert compile_catalog(engine).version != old.version
    assert late(engine) == []
    await note(engine, old, "c2", "wants the ski boots")  # a worker that has not heard of it yet
    assert late(engine) == ["c2"]
