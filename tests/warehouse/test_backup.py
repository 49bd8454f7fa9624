"""A backup is taken while everything runs; from its documents alone all tables come back, and who was erased does not."""

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from backend.actions.erase_customer import Reach, erase_customer
from backend.documents import backups
from backend.documents.client import open_documents
from backend.documents.journal import append, count_customers, read_head
from backend.domain.access import Caller, Role
from backend.domain.clock import utc_now
from backend.domain.errors import ConflictError, ErasedError
from backend.domain.ids import CustomerId
from backend.settings import Settings
from backend.warehouse.engine import create_schema, open_async_engine, open_engine
from cli.backups import write_backup
from cli.commands.restore import restore_into
from cli.errors import UnusableInputError
from etl.load.checksums import table_checksums
from tests.documents.drafts import FAMA, DraftFor
from tests.servers import Servers
from tests.warehouse.test_ingest import checksums
from tests.warehouse.test_rebuild import a_week_of_work


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[None]:
    """Have the documents of this instance open, whichever were before."""
    client = await open_documents(settings)
    yield
    await client.close()


@pytest.fixture
async def elsewhere(servers: Servers) -> AsyncIterator[Settings]:
    """Another instance, fresh."""
    fresh = servers.fresh_settings()
    engine = open_engine(fresh.warehouse_url)
    create_schema(engine)
    engine.dispose()
    yield fresh
    servers.forget_warehouse(fresh)


async def erase(settings: Settings, customer_id: CustomerId) -> None:
    engine = open_async_engine(settings.warehouse_url, pool_size=1)
    erasure = await erase_customer(Reach(settings, engine, utc_now), Caller("chief", Role.MANAGER), customer_id)
    await engine.dispose()
    assert erasure.erased_at


@pytest.mark.usefixtures("documents")
async def test_every_table_comes_back_from_the_documents_alone(
    engine: Engine, elsewhere: Settings, tmp_path: Path
) -> None:
    await a_week_of_work(engine)
    before, n_customers = checksums(engine), await count_customers()
    await write_backup(tmp_path, utc_now())
    async with opened(elsewhere):
        n_left_out, report = await restore_into(elsewhere, tmp_path, replace=False)
        with pytest.raises(ConflictError, match="--replace"):
            await restore_into(elsewhere, tmp_path, replace=False)
    assert (n_left_out, report.progress.customers) == (0, n_customers)
    other = open_engine(elsewhere.warehouse_url)
    with other.begin() as connection:
        assert table_checksums(connection) == before
    other.dispose()


@pytest.mark.usefixtures("documents")
async def test_who_was_erased_since_the_backup_does_not_come_back(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    await a_week_of_work(engine)
    await write_backup(tmp_path, utc_now())
    gone, stays = CustomerId("c3"), CustomerId("c4")
    await erase(settings, gone)
    await append(DraftFor(CustomerId("later")).note("n1", "After the backup"))
    n_left_out, report = await restore_into(settings, tmp_path, replace=True)
    assert (n_left_out, report.progress.customers) == (1, await count_customers())
    assert await read_head(gone) is None
    assert await read_head(CustomerId("later")) is None
    assert await read_head(stays) is not None
    with pytest.raises(ErasedError):
        await append(DraftFor(gone).note("n1", "Back again"))
    with engine.begin() as connection:
        known = connection.execute(text("SELECT customer_id FROM ingested ORDER BY 1")).scalars().all()
    assert gone not in known
    assert "later" not in known
    assert stays in known


@pytest.mark.usefixtures("documents")
async def test_who_was_erased_before_the_backup_stays_erased_elsewhere(
    engine: Engine, settings: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    await a_week_of_work(engine)
    await erase(settings, CustomerId("c3"))
    await write_backup(tmp_path, utc_now())
    async with opened(elsewhere):
        await restore_into(elsewhere, tmp_path, replace=False)
        with pytest.raises(ErasedError):
            await append(DraftFor(CustomerId("c3")).note("n1", "Back again"))


@pytest.mark.usefixtures("documents")
async def test_what_is_written_meanwhile_is_not_in_it() -> None:
    await append(FAMA.note("n1", "Before"))
    async with backups.one_moment() as moment:
        assert [d async for d in moment.documents("references")] == []
        await append(FAMA.note("n2", "Meanwhile"))
        assert len([d async for d in moment.documents("revisions")]) == 1


@pytest.mark.usefixtures("documents")
async def test_a_broken_file_is_named_before_anything_is_touched(settings: Settings, tmp_path: Path) -> None:
    await append(FAMA.note("n1", "Before"))
    await write_backup(tmp_path, utc_now())
    file = tmp_path / "revisions.bson.gz"
    held = gzip.decompress(file.read_bytes())
    for broken in (gzip.compress(held.replace(b"Before", b"Behind")), file.read_bytes()[:-20], b"", b"no gzip"):
        file.write_bytes(broken)
        with pytest.raises(UnusableInputError, match=r"revisions\.bson\.gz"):
            await restore_into(settings, tmp_path, replace=True)
    assert (await read_head(FAMA.customer_id)) is not None
