"""Mentions against the notes that they cite."""

from typing import NamedTuple

from sqlalchemy import Connection

_MISQUOTED = """
SELECT m.customer_id, m.note_id, m.position, substring(n.text FROM m.start + 1 FOR m."end" - m.start) AS quoted
FROM mentions AS m LEFT JOIN notes AS n USING (customer_id, note_id)
WHERE substring(n.text FROM m.start + 1 FOR m."end" - m.start) IS DISTINCT FROM m.text
ORDER BY m.customer_id, m.note_id, m.position LIMIT 100
"""


class Misquoted(NamedTuple):
    """A mention whose text is not in its note at its offsets, and what stands there."""

    customer_id: str
    note_id: str
    position: int
    quoted: str | None


def misquoted_mentions(connection: Connection) -> list[Misquoted]:
    """Answer the first hundred mentions that don't quote their notes. Offsets count characters, as Python does."""
    return [Misquoted(*row) for row in connection.exec_driver_sql(_MISQUOTED)]
