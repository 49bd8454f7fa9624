"""Accept what an associate teaches: what some words mean, and for whose notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.actions.places import author_of, is_within_scope, require_customer
from backend.actions.requests import Request
from backend.documents.corrections import Logged, log_correction
from backend.documents.journal import read_entry
from backend.documents.references import missing_references
from backend.domain.access import Caller, Role
from backend.domain.corrections import CitedWords, Correction, CorrectionScope, Verdict
from backend.domain.errors import Fault, ForbiddenError, InvalidInputError
from backend.domain.ids import AssociateId, CorrectionId, CustomerId, ProductId, StoreId


@dataclass(frozen=True, slots=True)
class Teaching:
    """What is taught, before it is known whose it is."""

    correction_id: CorrectionId
    phrase: str
    verdict: Verdict
    scope: CorrectionScope
    product_ids: tuple[ProductId, ...] = ()
    category: str | None = None
    store_id: StoreId | None = None
    cited: CitedWords | None = None


async def make_correction(request: Request, teaching: Teaching) -> Logged:
    """Accept a correction, once; raises ForbiddenError beyond the caller's reach, InvalidInputError, ConflictError."""
    associate_id, store_id = await _place(request.caller, teaching)
    if teaching.cited is not None:
        await _check_citation(request.caller, teaching.cited, teaching.phrase)
    if teaching.verdict is Verdict.PRODUCT:
        await _check_products(teaching.product_ids)
    correction = Correction(
        correction_id=teaching.correction_id,
        version=0,
        phrase=_plain(teaching.phrase),
        verdict=teaching.verdict,
        scope=teaching.scope,
        author_id=author_of(request.caller),
        made_at=request.clock(),
        associate_id=associate_id,
        store_id=store_id,
        product_ids=teaching.product_ids,
        category=teaching.category,
        cited=teaching.cited,
    )
    return await log_correction(correction, idempotency=request.scoped_key("corrections", CustomerId("")))


async def _place(caller: Caller, teaching: Teaching) -> tuple[AssociateId | None, StoreId | None]:
    """Answer whose the correction is: nobody teaches beyond what they see."""
    match teaching.scope:
        case CorrectionScope.ASSOCIATE:
            return author_of(caller), caller.store_id
        case CorrectionScope.STORE:
            store_id = teaching.store_id or caller.store_id
            if store_id is None:
                raise _unusable("/store_id", "Say for which store.")
            if not await is_within_scope(caller, store_id, None):
                raise ForbiddenError("You may teach for your own store only.")
            return None, store_id
        case CorrectionScope.ALL:
            if not may_teach_all(caller):
                raise ForbiddenError("Only a manager of all stores teaches for all of them; take your store.")
            return None, None


def may_teach_all(caller: Caller) -> bool:
    """Say whether the caller may teach, and undo, what holds everywhere."""
    return caller.role is Role.MANAGER and caller.store_id is None and caller.region is None


async def _check_citation(caller: Caller, cited: CitedWords, phrase: str) -> None:
    await require_customer(caller, cited.customer_id)
    entry = await read_entry(cited.customer_id, cited.revision)
    text = None if entry is None else _at(entry.payload, cited.pointer)
    if not isinstance(text, str) or _plain(text[cited.start : cited.end]) != _plain(phrase):
        raise _unusable("/note/start", "These characters of that note are not the phrase. Send them as you read them.")


async def _check_products(product_ids: Sequence[ProductId]) -> None:
    missing = await missing_references("product", product_ids)
    faults = [
        Fault(f"/product_ids/{place}", f"The catalogue has no product {product_id}.")
        for place, product_id in enumerate(product_ids)
        if product_id in missing
    ]
    if faults:
        raise InvalidInputError("Words can mean only what the catalogue has.", faults=faults)


def _plain(text: str) -> str:
    return " ".join(text.replace("\0", "\ufffd").split())


def _at(payload: Mapping[str, Any], pointer: str) -> Any:
    """Answer what stands at a JSON pointer (RFC 6901); None where nothing does."""
    value: Any = payload
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name[:9]) < len(value):
            value = value[int(name[:9])]
        else:
            return None
    return value


def _unusable(pointer: str, detail: str) -> InvalidInputError:
    return InvalidInputError(detail, faults=[Fault(pointer, detail)])
