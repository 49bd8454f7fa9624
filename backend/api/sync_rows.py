"""The body of a push, row by row: a row that can't be read spoils no other."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import orjson

from backend.actions.push_sync import Unreadable
from backend.api.bodies import shaped
from backend.api.schemas import CUSTOMER_ID_PATTERN, NoteIn, OrderIn
from backend.domain.errors import Fault, FloorbookError, InvalidInputError, MalformedJsonError, TooLargeError
from backend.domain.free_form import FreeForm, parse_object
from backend.domain.ids import CustomerId
from backend.domain.sync import Operation, OperationKind

MOST_ROWS = 5_000
_LISTS = ("rows", "operations", "changeRows")
_ID_FIELDS = ("customer_id", "customerId", "id")
_CUSTOMER_ID = re.compile(CUSTOMER_ID_PATTERN)
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{},]', re.DOTALL)
_START = re.compile(rb'\s*(?:\[|\{\s*"(?:' + "|".join(_LISTS).encode() + rb')"\s*:\s*\[)')


def split_rows(body: bytes) -> list[bytes]:
    """Answer the bytes of each row; raises MalformedJsonError where the body is no list of rows, TooLargeError."""
    try:
        rows = _split_fast(body)
    except (msgspec.DecodeError, RecursionError):
        rows = list(_split_patiently(body))
    if len(rows) > MOST_ROWS:
        raise TooLargeError(f"The push has {len(rows)} rows; {MOST_ROWS} is the most. Send it in parts.")
    return rows


def _split_fast(body: bytes) -> list[bytes]:
    if body.lstrip()[:1] == b"[":
        rows = msgspec.json.decode(body, type=list[msgspec.Raw])
        return [bytes(row) for row in rows]
    members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    for name in _LISTS:
        if name in members:
            return [bytes(row) for row in msgspec.json.decode(members[name], type=list[msgspec.Raw])]
    raise _no_rows()


def _split_patiently(body: bytes) -> Iterator[bytes]:
    """Cut at the commas of the outermost list, whatever is between them: NaN, half characters, depth."""
    start = _START.match(body)
    if start is None:
        raise _no_rows()
    began, depth = start.end(), 0
    for token in _TOKEN.finditer(body, began):
        text = token.group()
        if depth == 0 and text in (b",", b"]"):
            row = body[began : token.start()].strip()
            if row or text == b",":
                yield row
            if text == b"]":
                return
            began = token.end()
        elif text in (b"[", b"{"):
            depth += 1
        elif text in (b"]", b"}"):
            depth -= 1
    raise MalformedJsonError("The list of rows does not end. Send the whole body.")


def _no_rows() -> MalformedJsonError:
    return MalformedJsonError('Send a list of rows, or {"rows": […]}, each {"assumedMasterState", "newDocumentState"}.')


def read_row(
    index: int, raw: bytes, *, subject: str, collection: str | None, most_chars: int
) -> Operation | Unreadable:
    """Answer the operation that a row asks for, or why it can't be read."""
    try:
        row = parse_object(raw)
        state = _object(row, "newDocumentState")
        if state is None:
            raise _wrong("/newDocumentState", "Give the new state of the document; it is missing.")
        operation = _Reader(index, raw, subject, most_chars).read(
            row, state, str(row.get("collection") or collection or _kind_of(state))
        )
    except FloorbookError as error:
        return Unreadable(index, raw, error)
    return operation


def _kind_of(state: Mapping[str, Any]) -> str:
    """Tell what a state is about that does not say its collection."""
    if isinstance(state.get("document"), dict):
        return "customers"
    if "note_id" in state:
        return "notes"
    return "orders" if "order_id" in state and "customer_id" in state else "customers"


class _Reader:
    """Reads one row; every refusal says where in the row."""

    def __init__(self, index: int, raw: bytes, subject: str, most_chars: int) -> None:
        self._index = index
        self._raw = raw
        self._subject = subject
        self._most_chars = most_chars

    def read(self, row: Mapping[str, Any], state: Mapping[str, Any], collection: str) -> Operation:
        """Answer the operation; raises InvalidInputError."""
        base = _object(row, "assumedMasterState")
        customer_id = _customer_id(state)
        given = row.get("operation_id")
        identity = [given] if given is not None else [base, state]
        told = orjson.dumps([self._subject, customer_id, identity], option=orjson.OPT_SORT_KEYS)
        digest, operation_id = hashlib.sha256(told).hexdigest(), None if given is None else str(given)
        if collection == "customers":
            return self._customer(customer_id, base, state, digest, operation_id=operation_id)
        if collection == "notes":
            return self._note(customer_id, state, digest, operation_id=operation_id)
        if collection == "orders":
            return self._order(customer_id, state, digest, operation_id=operation_id)
        raise _wrong("/collection", f"There is no collection {collection!r}: customers, notes or orders.")

    def _operation(self, kind: OperationKind, customer_id: CustomerId, digest: str, **members: Any) -> Operation:
        return Operation(self._index, kind, customer_id, digest, self._raw, **members)

    def _customer(
        self,
        customer_id: CustomerId,
        base: Mapping[str, Any] | None,
        state: Mapping[str, Any],
        digest: str,
        *,
        operation_id: str | None,
    ) -> Operation:
        if state.get("_deleted"):
            return self._operation(OperationKind.REMOVAL, customer_id, digest, operation_id=operation_id)
        before, _ = _document(base) if base is not None else (None, ())
        mine, notes = _document(state)
        known = {note.get("note_id") for note in (base or {}).get("notes") or () if isinstance(note, dict)}
        for place, note in enumerate(notes):
            if note.get("note_id") not in known:
                self._check_note(note, f"/newDocumentState/notes/{place}")
        return self._operation(
            OperationKind.CUSTOMER, customer_id, digest, operation_id=operation_id, base=before, mine=mine, notes=notes
        )

    def _note(
        self, customer_id: CustomerId, state: Mapping[str, Any], digest: str, *, operation_id: str | None
    ) -> Operation:
        note = _bare(state, "customer_id", "customerId", "associate_id")
        if state.get("_deleted"):
            if not isinstance(note.get("note_id"), str):
                raise _wrong("/newDocumentState/note_id", "Give the id of the note that is taken back.")
            return self._operation(
                OperationKind.RETRACTION, customer_id, digest, operation_id=operation_id, payload=note
            )
        self._check_note(note, "/newDocumentState")
        return self._operation(OperationKind.NOTE, customer_id, digest, operation_id=operation_id, notes=(note,))

    def _order(
        self, customer_id: CustomerId, state: Mapping[str, Any], digest: str, *, operation_id: str | None
    ) -> Operation:
        order = _bare(state, "customer_id", "customerId")
        if state.get("_deleted"):
            raise _wrong("/newDocumentState/_deleted", "An order is not deleted; send its new status.")
        given = _within("/newDocumentState", OrderIn, order)
        self._check_length(given.comments or "", "/newDocumentState/comments")
        return self._operation(OperationKind.ORDER, customer_id, digest, operation_id=operation_id, payload=order)

    def _check_note(self, note: Mapping[str, Any], pointer: str) -> None:
        self._check_length(_within(pointer, NoteIn, note).text, f"{pointer}/text")

    def _check_length(self, text: str, pointer: str) -> None:
        if len(text) > self._most_chars:
            raise _wrong(pointer, f"The text has {len(text)} characters; {self._most_chars} is the most. Split it.")


def _document(state: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[dict[str, Any], ...]]:
    """Take the document and the notes out of a state: out of our envelope, or all of a document sent by itself."""
    if not isinstance(state.get("document"), dict):
        return _bare(state), ()
    notes = state.get("notes") or []
    if not isinstance(notes, list) or not all(isinstance(note, dict) for note in notes):
        raise _wrong("/newDocumentState/notes", "Notes are a list of objects.")
    return state["document"], tuple(_bare(note, "associate_id", "customer_id") for note in notes)


def _bare(state: Mapping[str, Any], *left_out: str) -> dict[str, Any]:
    """Leave out what replication itself keeps in a document (_deleted, _rev, …)."""
    return {name: value for name, value in state.items() if not name.startswith("_") and name not in left_out}


def _customer_id(state: Mapping[str, Any]) -> CustomerId:
    for name in _ID_FIELDS:
        value = state.get(name)
        if value is None or isinstance(value, bool) or not isinstance(value, (str, int)):
            continue
        if not _CUSTOMER_ID.fullmatch(str(value)):
            raise _wrong(f"/newDocumentState/{name}", f"A customer's id looks like {CUSTOMER_ID_PATTERN}.")
        return CustomerId(str(value))
    raise _wrong("/newDocumentState/customer_id", "Say whose state it is: customer_id is missing.")


def _object(row: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    value = row.get(name)
    if value is not None and not isinstance(value, dict):
        raise _wrong(f"/{name}", "Send an object, or null.")
    return value


def _within(pointer: str, shape: type[Any], value: Mapping[str, Any]) -> Any:
    """Check a part of a row against its shape, and point into the row."""
    try:
        return shaped(shape, FreeForm(b"", dict(value)))
    except InvalidInputError as error:
        faults = [Fault(pointer + fault.pointer, fault.detail) for fault in error.faults]
        raise InvalidInputError(error.detail, faults=faults) from error


def _wrong(pointer: str, detail: str) -> InvalidInputError:
    return InvalidInputError(detail, faults=[Fault(pointer, detail)])
