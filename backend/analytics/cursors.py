"""Opaque cursors of keyset lists: the last row's key, in a form that nobody is tempted to build by hand."""

import base64
import binascii
import json
from collections.abc import Sequence

from backend.domain.errors import Fault, InvalidInputError


def write_cursor(key: Sequence[str]) -> str:
    """Answer the cursor that continues after this key."""
    return base64.urlsafe_b64encode(json.dumps(list(key)).encode()).decode().rstrip("=")


def read_cursor(cursor: str, n_parts: int) -> tuple[str, ...]:
    """Answer the key within a cursor; raises InvalidInputError for one that we did not write."""
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        key = None
    if not isinstance(key, list) or len(key) != n_parts or not all(map(_is_text, key)):
        raise _foreign()
    return tuple(key)


def read_version(cursor: str | None) -> int | None:
    """Answer the number within the cursor of a log; None: from the newest. Raises as `read_cursor` does."""
    if cursor is None:
        return None
    (version,) = read_cursor(cursor, 1)
    if not (version.isascii() and version.isdigit()):
        raise _foreign()
    return int(version[:18])


def _foreign() -> InvalidInputError:
    detail = "Not a cursor of this list; take next_cursor as it is, or start without one"
    return InvalidInputError(detail, faults=[Fault("/cursor", detail)])


def _is_text(part: object) -> bool:
    return isinstance(part, str) and "\0" not in part
