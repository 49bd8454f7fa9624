"""Corrections → rows."""

from datetime import datetime
from typing import NamedTuple

from backend.domain.corrections import Correction


class CorrectionRow(NamedTuple):
    """One correction as it stands; what was undone says so."""

    correction_id: str
    version: int
    phrase: str
    verdict: str
    product_ids: list[str]
    category: str | None
    scope: str
    associate_id: str | None
    store_id: str | None
    author_id: str
    made_at: datetime
    customer_id: str | None
    note_id: str | None
    revision: int | None
    pointer: str | None
    start: int | None
    end: int | None
    undone_at: datetime | None
    undone_by: str | None


def correction_row(correction: Correction) -> CorrectionRow:
    """Answer the row of one correction."""
    cited = correction.cited
    return CorrectionRow(
        correction_id=correction.correction_id,
        version=correction.version,
        phrase=correction.phrase,
        verdict=correction.verdict.value,
        product_ids=list(correction.product_ids),
        category=correction.category,
        scope=correction.scope.value,
        associate_id=correction.associate_id,
        store_id=correction.store_id,
        author_id=correction.author_id,
        made_at=correction.made_at,
        customer_id=cited.customer_id if cited else None,
        note_id=cited.note_id if cited else None,
        revision=cited.revision if cited else None,
        pointer=cited.pointer if cited else None,
        start=cited.start if cited else None,
        end=cited.end if cited else None,
        undone_at=correction.undone_at,
        undone_by=correction.undone_by,
    )
