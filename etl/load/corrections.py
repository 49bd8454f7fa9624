"""Corrections → their table; and the notes that may hold the words of one."""

from collections.abc import Generator, Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, or_, select, text, true

from backend.domain.corrections import Correction, CorrectionScope
from backend.domain.ids import CustomerId
from backend.warehouse.driver import driver
from backend.warehouse.tables import notes
from etl.normalize.correction_rows import CorrectionRow

_BATCH = 2_000
_COLUMNS = ", ".join(f'"{name}"' for name in CorrectionRow._fields)
_WRITE = (
    f"INSERT INTO corrections AS held ({_COLUMNS}) "  # noqa: S608 - names of ours
    f"VALUES ({', '.join('%s' for _ in CorrectionRow._fields)}) "
    "ON CONFLICT (correction_id) DO UPDATE SET undone_at = EXCLUDED.undone_at, undone_by = EXCLUDED.undone_by "
    "WHERE held.undone_at IS NULL AND EXCLUDED.undone_at IS NOT NULL"
)


def write_corrections(connection: Connection, rows: Iterable[CorrectionRow]) -> None:
    """Write what was taught and what was undone; nothing is ever taken back from an undoing."""
    with driver(connection).cursor() as cursor:
        cursor.executemany(_WRITE, sorted(rows))


def wait_for_loaders(connection: Connection) -> None:
    """Wait until every loader that runs now is through; who starts later sees the corrections as of now, or newer."""
    connection.execute(text("LOCK TABLE ingested IN SHARE MODE"))


def notes_in_scope(
    connection: Connection, correction: Correction, needles: Sequence[str]
) -> Generator[tuple[CustomerId, str]]:
    """Answer the notes for which a correction was made and that may hold its words: customer and text.

    `needles` as `taught_words.needles` answers them; none means every note of the scope.
    """
    statement = select(notes.c.customer_id, notes.c.text).where(_in_scope(correction))
    if needles:
        holding = [notes.c.text.icontains(needle, autoescape=True) for needle in needles]
        statement = statement.where(
            or_(*holding, notes.c.text.contains("'"), notes.c.text.regexp_match(r"[^\x01-\x7f]"))
        )
    for row in connection.execute(statement, execution_options={"stream_results": True, "yield_per": _BATCH}):
        yield CustomerId(row.customer_id), row.text


def _in_scope(correction: Correction) -> ColumnElement[bool]:
    match correction.scope:
        case CorrectionScope.ASSOCIATE:
            return notes.c.associate_id == correction.associate_id
        case CorrectionScope.STORE:
            return notes.c.store_id == correction.store_id
        case CorrectionScope.ALL:
            return true()
