"""The versions of the catalogue: when each was imported, loaded and taken into use, and whose notes came in between.

A version is the time of its loading. Workers read with the version that they have compiled, and write it down with each
customer (`ingested.catalog_at`): who was read after a version had been loaded, by an older one, was read late.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, exists, insert, select, text, update

from backend.domain.ids import CustomerId
from backend.warehouse.tables import catalog_changes, ingested

SETTLED_AFTER = timedelta(minutes=1)
"""A version that has been in use for so long is used by every worker."""

_changes = catalog_changes.c


def note_catalog_change(
    connection: Connection, *, loaded_at: datetime, imported_at: datetime, n_products: int = 0
) -> None:
    """Write down, in the transaction of the loading, that there is another version."""
    row = {"loaded_at": loaded_at, "imported_at": imported_at, "n_products": n_products}
    connection.execute(insert(catalog_changes).values(row))


def mark_in_use(connection: Connection, version: datetime, now: datetime) -> datetime | None:
    """Write down that notes are read with this version, and so with all before it; answer when it was imported.

    None: it was in use already, by other workers.
    """
    fresh = (_changes.loaded_at <= version) & _changes.in_use_at.is_(None)
    marked = update(catalog_changes).where(fresh).values(in_use_at=now).returning(_changes.imported_at)
    return max(connection.execute(marked).scalars(), default=None)


def awaits_use(connection: Connection) -> bool:
    """Tell whether a catalogue was loaded that no worker reads with yet."""
    return bool(connection.execute(select(exists().where(_changes.in_use_at.is_(None)))).scalar_one())


def read_late(connection: Connection, limit: int) -> list[CustomerId]:
    """Answer customers whose notes were read by a catalogue older than the one that was loaded by then."""
    late = (
        (ingested.c.ingested_at >= _changes.loaded_at)
        & (ingested.c.catalog_at < _changes.loaded_at)
        & _changes.settled_at.is_(None)
    )
    found = select(ingested.c.customer_id).distinct().join_from(catalog_changes, ingested, late)
    rows = connection.execute(found.order_by(ingested.c.customer_id).limit(limit))
    return [CustomerId(customer_id) for customer_id in rows.scalars()]


def is_unsettled(connection: Connection) -> bool:
    """Tell whether there may be customers who were read late."""
    return bool(connection.execute(select(exists().where(_changes.settled_at.is_(None)))).scalar_one())


def settle(connection: Connection, now: datetime) -> None:
    """Look no more for who was read late by the versions that have long been in use; nobody was left."""
    long_used = _changes.settled_at.is_(None) & (_changes.in_use_at < now - SETTLED_AFTER)
    connection.execute(update(catalog_changes).where(long_used).values(settled_at=now))


def wait_for_products(connection: Connection) -> None:
    """Let no other loader of products in until the transaction ends: versions come in the order of their commits."""
    connection.execute(text("LOCK TABLE catalog_changes IN EXCLUSIVE MODE"))
