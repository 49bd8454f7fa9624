"""What associates teach the reader: made, listed, undone."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from backend.actions.make_correction import Teaching, make_correction
from backend.actions.read_corrections import SeenCorrection, Selection, read_corrections, undo_correction
from backend.analytics.cursors import read_version, write_cursor
from backend.analytics.products import product_names
from backend.api.auth import EVERYONE, allow
from backend.api.bodies import JsonObject, shaped
from backend.api.correction_schemas import (
    CitedIn,
    CitedOut,
    CorrectionIn,
    CorrectionList,
    CorrectionOut,
    CorrectionReceipt,
    TaughtProduct,
)
from backend.api.openapi import refuses, takes
from backend.api.parts import PartsDep
from backend.api.writes import Write
from backend.documents.corrections import Logged
from backend.domain.access import Caller
from backend.domain.corrections import CitedWords, CorrectionScope
from backend.domain.ids import CorrectionId, CustomerId, NoteId, ProductId, StoreId

_KEPT = (
    "correction_id", "version", "phrase", "verdict", "category", "scope", "associate_id", "store_id", "author_id",
    "made_at", "undone_at", "undone_by",
)  # fmt: skip

router = APIRouter(prefix="/v1/corrections", tags=["corrections"])

_NOTE = {"customer_id": "c-1", "note_id": "7f1c", "revision": 3, "pointer": "/text", "start": 10, "end": 17}
_CORRECTION = {
    "correction_id": "4b1f",
    "phrase": "dutchie",
    "verdict": "product",
    "product_ids": ["P-0042"],
    "scope": "associate",
    "note": _NOTE,
}


@router.post("", status_code=202, openapi_extra=takes(CorrectionIn, example=_CORRECTION), responses=refuses(404, 409))
async def post_correction(body: JsonObject, request: Write, response: Response) -> CorrectionReceipt:
    """Say what words mean. The next note is read with it; old ones are read again within seconds.

    Scopes: `associate` (your notes), `store` (all notes of your store), `all` (managers of all stores). The narrower
    wins over the wider, the newer over the older. The same correction_id with the same body is the same correction.
    """
    return _receipt(response, await make_correction(request, _teaching(shaped(CorrectionIn, body))))


async def selected(
    scope: CorrectionScope | None = None,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    undone: Annotated[bool, Query(description="With those that were undone.")] = False,  # noqa: FBT002 - a filter
) -> Selection:
    """Answer which corrections are asked for."""
    return Selection(scope, read_version(cursor), undone)


@router.get("")
async def get_corrections(
    caller: Annotated[Caller, Depends(allow(*EVERYONE))],
    parts: PartsDep,
    selection: Annotated[Selection, Depends(selected)],
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CorrectionList:
    """List what was taught, newest first: your own, your store's and everybody's."""
    found = await read_corrections(caller, parts.memory, selection, limit=limit + 1)
    page = found[:limit]
    async with parts.engine.connect() as connection:
        names = await product_names(connection, [p for seen in page for p in seen.correction.product_ids])
    more = len(found) > limit
    return CorrectionList(
        items=[_out(seen, names) for seen in page],
        next_cursor=write_cursor([str(page[-1].correction.version)]) if more else None,
    )


@router.delete("/{correction_id}", status_code=202)
async def delete_correction(
    correction_id: Annotated[str, Path(min_length=1, max_length=128)], request: Write, response: Response
) -> CorrectionReceipt:
    """Undo a correction: notes are read as if it had never been made; that it was made and undone is kept."""
    return _receipt(response, await undo_correction(request, CorrectionId(correction_id)))


def _receipt(response: Response, logged: Logged) -> CorrectionReceipt:
    if logged.repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return CorrectionReceipt(correction_id=logged.correction_id, version=logged.version, accepted_at=logged.at)


def _teaching(given: CorrectionIn) -> Teaching:
    return Teaching(
        correction_id=CorrectionId(given.correction_id),
        phrase=given.phrase,
        verdict=given.verdict,
        scope=given.scope,
        product_ids=tuple(ProductId(product_id) for product_id in given.product_ids),
        category=given.category,
        store_id=StoreId(given.store_id) if given.store_id else None,
        cited=_cited(given.note) if given.note else None,
    )


def _cited(note: CitedIn) -> CitedWords:
    words = note.model_dump() | {"customer_id": CustomerId(note.customer_id), "note_id": NoteId(note.note_id)}
    return CitedWords(**words)


def _out(seen: SeenCorrection, names: Mapping[str, str]) -> CorrectionOut:
    one = seen.correction
    return CorrectionOut(
        **{name: getattr(one, name) for name in _KEPT},
        products=[TaughtProduct(product_id=p, name=names.get(p)) for p in one.product_ids],
        note=CitedOut.model_validate(one.cited) if one.cited and seen.may_see_note else None,
        may_undo=seen.may_undo,
    )
