"""Fold notes into rows, and rows that wait to be read into mentions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from backend.domain.corrections import NOTHING_CORRECTED, CorrectionBook, versioned
from backend.domain.mentions import NoteContext, NoteReading
from etl.normalize.grouped import Grouped
from etl.normalize.rows import MentionRow, NoteRow, UnsoldAskRow
from etl.normalize.state import CustomerState, NoteReader, Unread

FoundT = TypeVar("FoundT", MentionRow, UnsoldAskRow)


def put_note(state: CustomerState, note: NoteRow, written_on: date, context: NoteContext) -> None:
    """Put a note, to be read with what its reader may know. One that says what is held already keeps its place."""
    held = state.notes.get(note.note_id)
    if held is not None and _content(held) == _content(note):
        note = held
    state.notes[note.note_id] = note
    state.unread[note.note_id] = Unread(written_on, context)


def drop_note(state: CustomerState, note_id: str) -> None:
    """Remove a note with what was found in it."""
    del state.notes[note_id]
    state.unread.pop(note_id, None)
    _put_found(state.mentions, note_id, {})
    _put_found(state.unsold, note_id, {})


def read_notes(states: Iterable[CustomerState], reader: NoteReader, book: CorrectionBook = NOTHING_CORRECTED) -> int:
    """Read all notes that wait, of all customers in one go, and put what was found; answer how many.

    The corrections of the book count for each note as of now, whenever it was written.
    """
    waiting = [(state, note_id, unread) for state in states for note_id, unread in state.unread.items()]
    readings = reader.read_many([_as_taught(state.notes[note_id], unread, book) for state, note_id, unread in waiting])
    for (state, note_id, _), reading in zip(waiting, readings, strict=True):
        _put_reading(state, note_id, reading)
    for state, _, _ in waiting:
        state.unread.clear()
    return len(waiting)


def _as_taught(note: NoteRow, unread: Unread, book: CorrectionBook) -> tuple[str, date, NoteContext]:
    taught = book.for_note(note.associate_id, note.store_id)
    context = replace(unread.context, taught=taught) if taught.corrections else unread.context
    return note.text, unread.written_on, context


def _put_reading(state: CustomerState, note_id: str, reading: NoteReading) -> None:
    cue = reading.follow_up
    note = state.notes[note_id]._replace(
        follow_up_start=cue.start if cue else None,
        follow_up_end=cue.end if cue else None,
        follow_up_text=cue.text if cue else None,
        follow_up_due_on=cue.due_on if cue else None,
        sentiment=reading.sentiment,
        extractor_version=versioned(reading.extractor_version, reading.corrected_by),
    )
    if note != state.notes[note_id]:
        state.notes[note_id] = note
    _put_found(state.mentions, note_id, _mention_rows(note, reading))
    _put_found(state.unsold, note_id, _unsold_rows(note, reading))


def _put_found(held: Grouped[tuple[str, int], FoundT], note_id: str, rows: Mapping[tuple[str, int], FoundT]) -> None:
    """Let these rows be all that was found in the note; those that say the same stay the same objects."""
    for old in held.of(note_id):
        if old.position >= len(rows):
            del held[old.note_id, old.position]
    for key, row in rows.items():
        if held.get(key) != row:
            held[key] = row


def _mention_rows(note: NoteRow, reading: NoteReading) -> dict[tuple[str, int], MentionRow]:
    return {
        (note.note_id, position): MentionRow(
            customer_id=note.customer_id,
            note_id=note.note_id,
            position=position,
            start=mention.start,
            end=mention.end,
            text=mention.text,
            product_id=mention.product_ids[0] if mention.product_ids else None,
            product_ids=list(mention.product_ids),
            category=mention.category,
            intent=mention.intent.value,
            confidence=mention.confidence,
            size=mention.size,
            color=mention.color,
            gender=mention.gender,
            quantity=mention.quantity,
            recipient=mention.recipient,
            shortage=mention.shortage.value if mention.shortage else None,
            correction_id=mention.corrected_by.correction_id if mention.corrected_by else None,
            extractor_version=versioned(reading.extractor_version, mention.corrected_by),
            revision=note.revision,
            source_kind=note.source_kind,
            pointer=note.pointer,
        )
        for position, mention in enumerate(reading.mentions)
    }


def _unsold_rows(note: NoteRow, reading: NoteReading) -> dict[tuple[str, int], UnsoldAskRow]:
    return {
        (note.note_id, position): UnsoldAskRow(
            customer_id=note.customer_id,
            note_id=note.note_id,
            position=position,
            start=ask.start,
            end=ask.end,
            text=ask.text,
            wanted=ask.wanted,
            head=ask.head,
            size=ask.size,
            color=ask.color,
            gender=ask.gender,
            extractor_version=reading.extractor_version,
            revision=note.revision,
            source_kind=note.source_kind,
            pointer=note.pointer,
        )
        for position, ask in enumerate(reading.unsold)
    }


def _content(note: NoteRow) -> Sequence[object]:
    """Answer what the note itself says: not when it was accepted, where it came from, or what was read in it."""
    return note.text, note.written_at, note.associate_id, note.store_id, note.order_id, note.extra
