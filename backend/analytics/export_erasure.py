"""Files that may hold a person who was erased: written anew without them."""

from sqlalchemy import Text, cast, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.analytics.export_jobs import file_of
from backend.domain.ids import CustomerId
from backend.settings import Settings
from backend.warehouse.tables import export_jobs

_J = export_jobs.c


async def redo_exports(connection: AsyncConnection, customer_id: CustomerId, settings: Settings) -> dict[str, int]:
    """Take away every file that is written or being written, and have a worker write it anew, under the same id.

    A format that is a compressed archive can't be searched for one person, so no file is spared; a job that was asked
    for with the person's id in its filter goes whole. Answers how many files and how many jobs were taken away.
    """
    naming = cast(_J.filter, Text).contains(customer_id, autoescape=True)
    written = or_(_J.status == "done", _J.status == "running")
    rows = (await connection.execute(select(export_jobs).where(written | naming))).all()
    held = [row for row in rows if file_of(row, settings).exists()]
    for row in held:
        file_of(row, settings).unlink(missing_ok=True)
    named = await connection.execute(delete(export_jobs).where(naming))
    again = [row.job_id for row in rows if row.status == "running" or row in held]
    afresh = {"status": "queued", "n_rows": 0, "n_bytes": None, "sha256": None, "finished_at": None}
    await connection.execute(update(export_jobs).where(_J.job_id.in_(again), written).values(**afresh))
    return {"files": len(held), "jobs": named.rowcount}


async def left_in_exports(connection: AsyncConnection, customer_id: CustomerId) -> int:
    """Answer how many jobs still name the person."""
    naming = cast(_J.filter, Text).contains(customer_id, autoescape=True)
    return len((await connection.execute(select(_J.job_id).where(naming))).all())
