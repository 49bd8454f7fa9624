"""A second schema beside the live one: to be filled, compared, and put in its place or dropped."""

from sqlalchemy import Connection, text

from backend.analytics.logins import PREFIX as LOGINS
from backend.domain.ids import CustomerId
from backend.warehouse.tables import metadata
from etl.load.checksums import COMPARED

LIVE = "public"
_LOADED = ("ingested", "catalog_changes", "products", "channels", "suggestions", "outcomes", "corrections")


def drop_schema(connection: Connection, schema: str) -> None:
    """Remove a schema with everything in it."""
    connection.execute(text(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE'))


def empty_tables(connection: Connection) -> None:
    """Empty every table that the documents determine: what they held is told by other documents now."""
    names = ", ".join(f'{LIVE}."{name}"' for name in COMPARED)
    connection.execute(text(f"TRUNCATE {names}"))


def hold_loading(connection: Connection) -> None:
    """Let no loader write until the transaction ends; those that run are waited for, readers go on."""
    for table in _LOADED:  # first the one that every loader of customers begins with
        connection.execute(text(f"LOCK TABLE {LIVE}.{table} IN EXCLUSIVE MODE"))


def views_on_live(connection: Connection) -> list[str]:
    """Answer the views that read the live tables: they would stay with the old ones. Those of logins are renewed."""
    found = connection.execute(
        text(
            "SELECT DISTINCT view_schema || '.' || view_name AS name FROM information_schema.view_table_usage "
            "WHERE table_schema = :live AND table_name = ANY(:tables) AND NOT starts_with(view_schema, :ours) "
            "ORDER BY 1"
        ),
        {"live": LIVE, "tables": list(COMPARED), "ours": LOGINS},
    )
    return [row.name for row in found]


def customers_behind(connection: Connection, fresh: str, limit: int) -> list[CustomerId]:
    """Answer customers of whom the live tables know more than the fresh ones."""
    found = connection.execute(
        text(
            f'SELECT live.customer_id FROM {LIVE}.ingested AS live LEFT JOIN "{fresh}".ingested AS ours '  # noqa: S608
            "USING (customer_id) WHERE live.revision > coalesce(ours.revision, 0) ORDER BY 1 LIMIT :limit"
        ),
        {"limit": limit},
    )
    return [CustomerId(row.customer_id) for row in found]


def swap_in(connection: Connection, fresh: str, retired: str) -> None:
    """Put the fresh tables in the place of the live ones, in this transaction; the old ones move to `retired`.

    Tables that documents do not determine (jobs, runs, marts refreshed on a schedule) stay as they are. Rights that
    were granted on the live tables are granted on the fresh ones.
    """
    connection.execute(text(f'CREATE SCHEMA "{retired}"'))
    for name in sorted(COMPARED):
        _grant_alike(connection, name, fresh)
        connection.execute(text(f'ALTER TABLE {LIVE}."{name}" SET SCHEMA "{retired}"'))
        connection.execute(text(f'ALTER TABLE "{fresh}"."{name}" SET SCHEMA {LIVE}'))


def count_rows(connection: Connection, schema: str) -> dict[str, int]:
    """Answer how many rows each table of the schema has."""
    return {
        name: int(connection.execute(text(f'SELECT count(*) FROM "{schema}"."{name}"')).scalar_one())  # noqa: S608
        for name in COMPARED
        if name in metadata.tables
    }


def _grant_alike(connection: Connection, table: str, fresh: str) -> None:
    granted = connection.execute(
        text(
            "SELECT grantee, privilege_type FROM information_schema.role_table_grants "
            "WHERE table_schema = :live AND table_name = :table AND grantee <> grantor"
        ),
        {"live": LIVE, "table": table},
    )
    for grantee, privilege in granted.all():
        role = "PUBLIC" if grantee == "PUBLIC" else f'"{grantee}"'
        connection.execute(text(f'GRANT {privilege} ON "{fresh}"."{table}" TO {role}'))
