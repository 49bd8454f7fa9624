"""What was taught, as far as the caller may see it, and what they may undo."""

from collections.abc import Callable
from dataclasses import dataclass

from backend.actions.make_correction import may_teach_all
from backend.actions.places import author_of
from backend.actions.requests import Request
from backend.documents.corrections import CorrectionMemory, Logged, log_undoing, read_correction
from backend.documents.references import stores_of_region
from backend.domain.access import Caller, Role
from backend.domain.corrections import Correction, CorrectionScope
from backend.domain.errors import ForbiddenError, NotFoundError
from backend.domain.ids import CorrectionId, CustomerId, StoreId


@dataclass(frozen=True, slots=True)
class Selection:
    """Which corrections are asked for: of one scope or all; `before` a version; with those undone, or without."""

    scope: CorrectionScope | None = None
    before: int | None = None
    undone: bool = False


@dataclass(frozen=True, slots=True)
class SeenCorrection:
    """A correction as a caller sees it."""

    correction: Correction
    may_undo: bool
    may_see_note: bool


async def read_corrections(
    caller: Caller, memory: CorrectionMemory, selection: Selection, *, limit: int
) -> list[SeenCorrection]:
    """Answer the newest corrections that the caller may see."""
    sees_store = await _stores(caller)
    found: list[SeenCorrection] = []
    for one in reversed((await memory.book()).corrections):
        if len(found) == limit:
            break
        if _is_selected(one, selection) and _is_visible(caller, one, sees_store):
            may_undo = one.undone_at is None and _may_undo(caller, one, sees_store)
            found.append(SeenCorrection(one, may_undo, sees_store(one.store_id)))
    return found


async def undo_correction(request: Request, correction_id: CorrectionId) -> Logged:
    """Accept that a correction holds no more, once; raises NotFoundError, or ForbiddenError for somebody else's."""
    one = await read_correction(correction_id)
    sees_store = await _stores(request.caller)
    if one is None or not _is_visible(request.caller, one, sees_store):
        raise NotFoundError("There is no such correction within your scope.")
    if not _may_undo(request.caller, one, sees_store):
        raise ForbiddenError("Who made a correction undoes it, or a manager who sees all that it holds for.")
    key = request.scoped_key("corrections/undo", CustomerId(correction_id))
    return await log_undoing(correction_id, author_of(request.caller), request.clock(), idempotency=key)


async def _stores(caller: Caller) -> Callable[[StoreId | None], bool]:
    """Answer what tells whether a store is one of the caller's; who is bound to none sees all."""
    if caller.store_id is not None:
        return lambda store_id: store_id == caller.store_id
    if caller.region is not None:
        stores = frozenset(await stores_of_region(caller.region))
        return lambda store_id: store_id in stores
    return lambda _: caller.role is not Role.ASSOCIATE


def _is_selected(one: Correction, selection: Selection) -> bool:
    return (
        selection.scope in {None, one.scope}
        and (selection.before is None or one.version < selection.before)
        and (selection.undone or one.undone_at is None)
    )


def _is_visible(caller: Caller, one: Correction, sees_store: Callable[[StoreId | None], bool]) -> bool:
    if one.scope is CorrectionScope.ALL or one.author_id == author_of(caller):
        return True
    own = one.scope is CorrectionScope.STORE or caller.role is not Role.ASSOCIATE
    return own and sees_store(one.store_id)


def _may_undo(caller: Caller, one: Correction, sees_store: Callable[[StoreId | None], bool]) -> bool:
    if caller.role not in {Role.ASSOCIATE, Role.MANAGER}:
        return False
    if one.scope is CorrectionScope.ALL:
        return may_teach_all(caller)
    return one.author_id == author_of(caller) or (caller.role is Role.MANAGER and sees_store(one.store_id))
