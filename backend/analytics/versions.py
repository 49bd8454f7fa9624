"""The versions of the semantic model that have answered here, and what the definitions of two of them differ in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.analytics.semantic import SemanticModel
from backend.domain.errors import NotFoundError
from backend.warehouse.tables import model_versions

_V = model_versions.c


@dataclass(frozen=True, slots=True)
class Version:
    """A version and when it first answered."""

    version: str
    first_used_at: datetime
    n_members: int


@dataclass(frozen=True, slots=True)
class Change:
    """A member that means something else; `before` None: it is new, `after` None: it is gone."""

    member: str
    before: str | None
    after: str | None


async def note_version(connection: AsyncConnection, model: SemanticModel, now: datetime) -> None:
    """Write the model down where it was never used before."""
    row = {"version": model.version, "first_used_at": now, "definitions": dict(model.definitions)}
    await connection.execute(insert(model_versions).values(row).on_conflict_do_nothing())


async def read_versions(connection: AsyncConnection) -> list[Version]:
    """Answer the versions that were used, newest first."""
    rows = await connection.execute(select(model_versions).order_by(_V.first_used_at.desc(), _V.version))
    return [Version(row.version, row.first_used_at, len(row.definitions)) for row in rows]


async def read_changes(connection: AsyncConnection, since: str, until: str) -> list[Change]:
    """Answer what changed between two versions, by member; raises NotFoundError for one that was never used."""
    return changes(await _definitions(connection, since), await _definitions(connection, until))


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """Answer the members whose definitions differ, in order of their names."""
    named = sorted(before.keys() | after.keys())
    return [Change(name, before.get(name), after.get(name)) for name in named if before.get(name) != after.get(name)]


async def _definitions(connection: AsyncConnection, version: str) -> dict[str, str]:
    found = await connection.execute(select(_V.definitions).where(_V.version == version))
    definitions: dict[str, str] | None = found.scalar_one_or_none()
    if definitions is None:
        raise NotFoundError(f"No version {version[:40]} of the semantic model was ever used here.")
    return definitions
