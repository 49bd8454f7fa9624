"""Where a customer belongs, and who may therefore see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.documents.erasures import refuse_erased
from backend.documents.journal import Head, read_head
from backend.documents.references import region_of_store
from backend.domain.access import Caller, Role, may_see
from backend.domain.errors import NotFoundError
from backend.domain.ids import AssociateId, CustomerId, Region, StoreId

_STORE_FIELDS = ("store_id", "storeId", "storeid")
_ASSOCIATE_FIELDS = ("associate_id", "associateId", "associateid")


@dataclass(frozen=True, slots=True)
class Place:
    """What a write says of a customer's place; None leaves it as it was."""

    store_id: StoreId | None
    region: Region | None
    associate_id: AssociateId | None


def author_of(caller: Caller) -> AssociateId:
    """Answer the name under which the caller's writes are kept."""
    return caller.associate_id or AssociateId(caller.subject)


async def is_within_scope(caller: Caller, store_id: StoreId | None, region: Region | None) -> bool:
    """Tell whether a store's customer is within the scope; the region is looked up where it was not known before."""
    if caller.region is not None and region is None and store_id is not None:
        region = await region_of_store(store_id)
    return may_see(caller, store_id, region)


async def require_customer(caller: Caller, customer_id: CustomerId) -> Head:
    """Answer the customer's head; raises NotFoundError where there is none, or none within the caller's scope."""
    head = await read_head(customer_id)
    return await _within_scope(caller, head)


async def require_writable(caller: Caller, customer_id: CustomerId) -> Head:
    """Answer the customer's head for a write; raises ErasedError where the person was erased, else NotFoundError."""
    head = await read_head(customer_id)
    if head is None:
        await refuse_erased(customer_id)
    return await _within_scope(caller, head)


async def _within_scope(caller: Caller, head: Head | None) -> Head:
    if head is None or not await is_within_scope(caller, head.store_id, head.region):
        raise NotFoundError("There is no such customer within your scope.")
    return head


async def place_customer(
    caller: Caller, head: Head | None, document: Mapping[str, Any], regions: Mapping[StoreId, Region] | None = None
) -> Place:
    """Tell where a document puts its customer: the store it names where the caller may see that, else the caller's own.

    A customer who has a store keeps it until a document names another. `regions` spares looking a store's region up.
    """
    named = _text(document, _STORE_FIELDS)
    store_id = region = None
    if named is not None and (head is None or named != head.store_id):
        region = await _region(StoreId(named), regions)
        if may_see(caller, StoreId(named), region):
            store_id = StoreId(named)
    if store_id is None and (head is None or head.store_id is None) and caller.store_id is not None:
        store_id = caller.store_id
        region = await _region(store_id, regions)
    return Place(store_id, region if store_id else None, _associate(caller, head, document))


async def _region(store_id: StoreId, regions: Mapping[StoreId, Region] | None) -> Region | None:
    return await region_of_store(store_id) if regions is None else regions.get(store_id)


def _associate(caller: Caller, head: Head | None, document: Mapping[str, Any]) -> AssociateId | None:
    named = _text(document, _ASSOCIATE_FIELDS)
    if named is not None:
        return AssociateId(named)
    return adopting_associate(caller, head)


def adopting_associate(caller: Caller, head: Head | None) -> AssociateId | None:
    """Answer the associate who takes on a customer that has none: the first who writes of them."""
    if caller.role is Role.ASSOCIATE and (head is None or head.associate_id is None):
        return author_of(caller)
    return None


def _text(document: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = document.get(name)
        if isinstance(value, str) and value:
            return value
    return None
