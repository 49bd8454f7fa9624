"""What is cited is what was written."""

from typing import ClassVar

from backend.warehouse.engine import Connection
from etl.load.quotations import misquoted_mentions
from etl.quality.invariants import Invariant, Violation


class MentionsQuoteTheirNotes(Invariant):
    """The characters of every mention."""

    name: ClassVar[str] = "mentions_quote_their_notes"
    promise: ClassVar[str] = "the text of a mention stands in its note, at its offsets"

    def check(self, connection: Connection) -> list[Violation]:
        """Cut every mention out of its note again."""
        return [
            Violation(f"{wrong.customer_id}/{wrong.note_id}/{wrong.position}", f"{wrong.quoted!r} stands there")
            for wrong in misquoted_mentions(connection)
        ]
