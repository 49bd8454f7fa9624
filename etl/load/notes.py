"""Count notes in the tables."""

from sqlalchemy import Connection, func, select

from backend.warehouse.tables import notes


def count_notes(connection: Connection, begin: str) -> int:
    """Answer how many notes have an id that begins so."""
    chosen = select(func.count()).where(notes.c.note_id.startswith(begin, autoescape=True))
    return int(connection.execute(chosen).scalar_one())
