"""An older warehouse gets the columns and indexes of a newer version, and keeps its rows."""

from datetime import UTC, datetime

from sqlalchemy import Engine, insert, select, text

from backend.warehouse import tables as t
from backend.warehouse.engine import create_schema

NOTE = {
    "customer_id": "c1",
    "note_id": "n1",
    "text": "hello",
    "written_at": datetime(2026, 11, 22, tzinfo=UTC),
    "extractor_version": "1",
    "extra": {},
    "revision": 1,
    "source_kind": "note",
    "pointer": "/text",
}


def test_adds_what_is_missing_and_keeps_what_is_there(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE notes DROP COLUMN sentiment"))
        connection.execute(text("ALTER TABLE orders DROP COLUMN posted"))  # one with a default
        connection.execute(text("DROP INDEX products_subcategory"))
        connection.execute(insert(t.notes).values(NOTE))
    for _ in range(2):
        create_schema(engine)
    with engine.begin() as connection:
        (note,) = connection.execute(select(t.notes)).all()
        assert (note.text, note.sentiment) == ("hello", None)
        assert connection.execute(select(t.orders.c.posted)).all() == []
        indexes = connection.execute(text("SELECT indexname FROM pg_indexes WHERE tablename = 'products'")).scalars()
        assert "products_subcategory" in set(indexes)
