"""Notes that were posted, and notes that stand in a document itself."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date
from typing import Any

from backend.domain.events import JournalEntry, RevisionKind
from backend.domain.mentions import NoteContext
from etl.normalize import fields
from etl.normalize.documents import DocumentParts
from etl.normalize.fields import token
from etl.normalize.note_rows import drop_note, put_note
from etl.normalize.objects import Doubtful, escape, extract, keep
from etl.normalize.rows import NoteRow
from etl.normalize.state import CustomerState
from etl.normalize.values import clean, fit_for_key


def replace_notes(state: CustomerState, parts: DocumentParts, entry: JournalEntry, context: NoteContext) -> None:
    """Put the notes that stand in the document itself, and take back those that it does not hold any more."""
    told: set[str] = set()
    for part in parts.sections.get("notes", ()):
        if isinstance(part.value, str) and part.value.strip():
            note, doubts = state_note(entry, {"text": part.value}, part.pointer, None, f"document:{part.pointer}")
            note = note._replace(text=clean(part.value), pointer=part.pointer, extra={})
        elif isinstance(part.value, dict) and (text_key := _text_key(part.value)):
            note, doubts = state_note(entry, part.value, part.pointer, text_key, f"document:{part.pointer}")
            note = note._replace(note_id=f"document:{note.note_id.removeprefix('document:')}")
        else:
            keep(parts.extra, part.pointer, part.value)
            continue
        parts.doubts.extend(doubts)
        held = state.notes.get(note.note_id)
        if note.written_at == entry.accepted_at and held is not None and held.text == note.text:
            note = note._replace(written_at=held.written_at)
        told.add(note.note_id)
        put_note(state, note, written_on(note), context)
    for row in list(state.notes.values()):
        if row.source_kind == RevisionKind.DOCUMENT and row.order_id is None and row.note_id not in told:
            drop_note(state, row.note_id)


def _text_key(record: Mapping[str, Any]) -> str | None:
    return next((k for k, v in record.items() if token(k) in fields.TEXTS and isinstance(v, str) and v.strip()), None)


def state_note(
    entry: JournalEntry, record: Mapping[str, Any], at: str, text_key: str | None, fallback_id: str
) -> tuple[NoteRow, Sequence[Doubtful]]:
    found = extract(record, fields.NOTE, at, skip=() if text_key is None else (text_key,))
    said = found.said
    return NoteRow(
        customer_id=entry.customer_id,
        note_id=said.get("note_id") or fit_for_key(fallback_id),
        text=clean(str(record[text_key])) if text_key is not None else "",
        written_at=said.get("written_at", entry.accepted_at),
        associate_id=said.get("associate_id") or entry.author_id or entry.associate_id,
        store_id=said.get("store_id") or entry.store_id,
        order_id=None,
        accepted_at=entry.accepted_at,
        author_id=entry.author_id,
        follow_up_start=None,
        follow_up_end=None,
        follow_up_text=None,
        follow_up_due_on=None,
        sentiment=None,
        extractor_version="",
        extra={pointer.removeprefix(at): value for pointer, value in found.extra.items()},
        revision=entry.revision,
        source_kind=entry.kind.value,
        pointer=at if text_key is None else f"{at}/{escape(text_key)}",
    ), found.doubts


def written_on(note: NoteRow) -> date:
    """Answer the day on which a note was written, from which its "tomorrow" counts."""
    at = note.written_at or note.accepted_at
    assert at is not None
    return at.astimezone(UTC).date()
